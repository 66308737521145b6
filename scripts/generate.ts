/**
 * Writes what is derived from `schema/*.schema.json` into `src/config/*.generated.ts`: the types of lab file and plan
 * (json-schema-to-typescript) and their validators (ajv, compiled ahead, so that a start costs no compiler).
 * `--check` writes nothing and ends with 1 if a file is not what it should be.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { compile } from 'json-schema-to-typescript';
import { readSchema, type JsonSchema, type SchemaName } from '../src/config/schema.ts';

const directory = path.resolve(import.meta.dirname, '..', 'src', 'config');
const HEADER = '// Generated from schema/ by "npm run generate"; do not edit.\n';
/** The types that somebody imports; the rest only names parts of them. */
const EXPORTED: Readonly<Record<SchemaName, readonly string[]>> = {
  lab: ['LabFile', 'Tentacle', 'Fault'],
  plan: ['PlanFile', 'Spec', 'Board', 'Boards', 'Expectation'],
  event: [],
};
const SCHEMAS: readonly SchemaName[] = ['lab', 'plan'];

async function types(name: SchemaName): Promise<string> {
  // json-schema-to-typescript changes what it is given.
  const schema = structuredClone(readSchema(name));
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
  ajv.addVocabulary(['expected']);
  for (const name of SCHEMAS) ajv.addSchema({ ...withoutProse(readSchema(name)), $id: name }, name);
  const code = standalone.default(ajv, { validateLab: 'lab', validatePlan: 'plan' });
  if (code.includes('require('))
    throw new Error('Internal error: a schema uses a keyword that needs ajv at run time');
  return `${HEADER}// @ts-nocheck\n${code}\n`;
}

/** Validators carry their schema along; nobody reads its prose there. */
function withoutProse(schema: JsonSchema): JsonSchema {
  const PROSE = new Set(['description', 'examples', 'expected', 'default', 'title']);
  const drop = (_key: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    // Only a schema has prose; a map of properties may have a property of that name.
    const isSchema = Object.keys(value).some(
      (key) => key.startsWith('$') || key === 'type' || key === 'enum',
    );
    return isSchema ? Object.fromEntries(Object.entries(value).filter(([key]) => !PROSE.has(key))) : value;
  };
  return JSON.parse(JSON.stringify(schema, drop)) as JsonSchema;
}

/** The catalogue as data: a start reads it with a tenth of the time that YAML takes. */
async function boards(): Promise<string> {
  // Not before the validators that it uses are written.
  const { CATALOGUE, openPlan } = await import('../src/config/plan-files.ts');
  const { plan, faults } = await openPlan(CATALOGUE);
  if (faults.length > 0) {
    const { formatDiagnostic } = await import('../src/diagnostic/format.ts');
    throw new Error(faults.map((fault) => formatDiagnostic(fault, { color: false })).join('\n'));
  }
  const header = HEADER.replace('schema/', 'plans/boards.yaml');
  const data = JSON.stringify(plan?.value.boards, null, 2);
  return `${header}import type { Boards } from './plan.generated.ts';\n\nexport const CATALOGUE_BOARDS: Boards = ${data};\n`;
}

const files: Record<string, () => string | Promise<string>> = {
  'validators.generated.ts': validators,
  ...Object.fromEntries(SCHEMAS.map((name) => [`${name}.generated.ts`, () => types(name)])),
  'boards.generated.ts': boards,
};

let stale = false;
for (const [name, make] of Object.entries(files)) {
  const text = await make();
  const file = path.join(directory, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (process.argv.includes('--check')) {
    console.error(`${path.relative(process.cwd(), file)} is stale: run "npm run generate".`);
    stale = true;
  } else writeFileSync(file, text);
}
process.exitCode = stale ? 1 : 0;
