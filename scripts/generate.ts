/**
 * Writes what is derived. From `schema/*.schema.json`: the types of lab file, plan and a user's configuration (json-schema-to-typescript), their
 * validators (ajv, compiled ahead, so that a start costs no compiler) and `docs/reference/`. From `plans/boards.yaml`: the
 * catalogue as code, and what an editor offers where a board is wanted.
 * `--check` writes nothing and ends with 1 if a file is not what it should be.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { compile } from 'json-schema-to-typescript';
import { format } from 'prettier';
import type { Boards } from '../src/config/plan.generated.ts';
import { referencePage } from './reference.ts';
import { readSchema, type JsonSchema, type SchemaName } from '../src/config/schema.ts';

const root = path.resolve(import.meta.dirname, '..');
const HEADER = '// Generated from schema/ by "npm run generate"; do not edit.\n';
/** The types that somebody imports; the rest only names parts of them. */
const EXPORTED: Readonly<Record<SchemaName, readonly string[]>> = {
  lab: ['LabFile', 'Tentacle', 'Fault', 'Hook'],
  plan: ['PlanFile', 'Spec', 'Stage', 'Step', 'Board', 'Boards', 'Expectation'],
  user: ['UserFile'],
  event: [],
};
const TYPE_NAMES: Readonly<Record<SchemaName, string>> = {
  lab: 'LabFile',
  plan: 'PlanFile',
  user: 'UserFile',
  event: 'Event',
};
const SCHEMAS: readonly SchemaName[] = ['lab', 'plan', 'user'];
/** Keywords for people and their editors. */
const PROSE = [
  'description',
  'examples',
  'expected',
  'default',
  'title',
  'enumDescriptions',
  'defaultSnippets',
  '$comment',
] as const;

async function types(name: SchemaName): Promise<string> {
  // json-schema-to-typescript changes what it is given.
  const schema = { ...structuredClone(readSchema(name)), title: TYPE_NAMES[name] };
  const text = await compile(schema as never, `${name}-file`, {
    bannerComment: HEADER.trim(),
    additionalProperties: false,
    unreachableDefinitions: false,
    style: { singleQuote: true, printWidth: 110 },
  });
  return text.replaceAll(/^export (type|interface) (\w+)/gm, (exported, kind: string, word: string) =>
    EXPORTED[name].includes(word) ? exported : `${kind} ${word}`,
  );
}

function validators(): string {
  const ajv = new Ajv({
    strict: true,
    allErrors: true,
    discriminator: true,
    allowUnionTypes: false,
    // Regular expressions inside a pattern are ours, tested, and written without `u`.
    unicodeRegExp: false,
    code: { source: true, esm: true, lines: true },
    // One function for each definition, instead of a copy wherever it is used.
    inlineRefs: false,
  });
  ajv.addVocabulary(['expected', 'enumDescriptions', 'defaultSnippets']);
  for (const name of SCHEMAS) ajv.addSchema({ ...withoutProse(readSchema(name)), $id: name }, name);
  const code = standalone.default(ajv, { validateLab: 'lab', validatePlan: 'plan', validateUser: 'user' });
  if (code.includes('require('))
    throw new Error('Internal error: a schema uses a keyword that needs ajv at run time');
  return `${HEADER}// @ts-nocheck\n${code}\n`;
}

/** Validators carry their schema along; nobody reads its prose there. */
function withoutProse(schema: JsonSchema): JsonSchema {
  const prose = new Set<string>(PROSE);
  const drop = (_key: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    // Only a schema has prose; a map of properties may have a property of that name.
    const isSchema = Object.keys(value).some(
      (key) => key.startsWith('$') || key === 'type' || key === 'enum',
    );
    return isSchema ? Object.fromEntries(Object.entries(value).filter(([key]) => !prose.has(key))) : value;
  };
  return JSON.parse(JSON.stringify(schema, drop)) as JsonSchema;
}

/** The catalogue, read as a lab would. */
async function catalogueBoards(): Promise<Boards> {
  // Not before the validators that it uses are written.
  const { CATALOGUE, openPlan } = await import('../src/config/plan-files.ts');
  const { plan, faults } = await openPlan(CATALOGUE);
  if (faults.length > 0) {
    const { formatDiagnostic } = await import('../src/diagnostic/format.ts');
    throw new Error(faults.map((fault) => formatDiagnostic(fault, { color: false })).join('\n'));
  }
  return plan?.value.boards ?? {};
}

/** The catalogue as data: a start reads it with a tenth of the time that YAML takes. */
async function boards(): Promise<string> {
  const header = HEADER.replace('schema/', 'plans/boards.yaml');
  const data = JSON.stringify(await catalogueBoards(), null, 2);
  return `${header}import type { Boards } from './plan.generated.ts';\n\nexport const CATALOGUE_BOARDS: Boards = ${data};\n`;
}

/** What an editor offers where a board is wanted: those of the catalogue, with what they are; others are no fault there. */
async function boardsSchema(): Promise<string> {
  const defaultSnippets = Object.entries(await catalogueBoards()).map(([name, board]) => ({
    label: name,
    description: [
      `${board.mcu} (port ${board.port})`,
      `features ${(board.features ?? ['mcu']).join(', ')}`,
      ...(board.variants === undefined
        ? []
        : [`variants ${board.variants.map((variant) => variant || 'the default').join(', ')}`]),
    ].join('; '),
    body: name,
  }));
  const catalogueBoard = {
    type: 'string',
    pattern: String.raw`\S`,
    expected: 'text that is not empty',
    defaultSnippets,
  };
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'boards.schema.json',
    $comment: 'Generated from plans/boards.yaml by "npm run generate"; do not edit.',
    $defs: { catalogueBoard },
  };
  return await format(JSON.stringify(schema, null, 2), { parser: 'json', printWidth: 110 });
}

/** By path from the root; in this order, because what comes later is made with what comes before. */
const files: Record<string, () => string | Promise<string>> = {
  'src/config/validators.generated.ts': validators,
  ...Object.fromEntries(SCHEMAS.map((name) => [`src/config/${name}.generated.ts`, () => types(name)])),
  'src/config/boards.generated.ts': boards,
  'schema/boards.schema.json': boardsSchema,
  'docs/reference/lab-file.md': () => referencePage('lab'),
  'docs/reference/plan.md': () => referencePage('plan'),
  'docs/reference/user.md': () => referencePage('user'),
};

let stale = false;
for (const [name, make] of Object.entries(files)) {
  const text = await make();
  const file = path.join(root, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (process.argv.includes('--check')) {
    console.error(`${name} is stale: run "npm run generate".`);
    stale = true;
  } else {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
process.exitCode = stale ? 1 : 0;
