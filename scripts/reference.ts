import { stringify } from 'yaml';
import { publicSchema, resolveSchema, type JsonSchema, type SchemaName } from '../src/config/schema.ts';

/** What a page of reference begins with. */
const HEAD: Readonly<Record<'lab' | 'plan' | 'user', string>> = {
  lab: `# Lab file: every key

What is on one bench. Found as \`testbed.yaml\`, \`testbed.yml\`, \`testbed.json\` or \`.config/testbed.yaml\` from the working
directory upward, or named with \`-c FILE\`; \`testbed.local.yaml\` beside it is laid over it. \`testbed init\` writes one,
\`testbed check\` finds every fault in it, and [how it is read](../design/config.md) is told elsewhere. Under \`specs:\` may stand every key of [a spec](plan.md#specsname), under
\`stages:\` every key of [a stage](plan.md#stagesname), none of them required.
`,
  plan: `# Plan: every key

What can be tested. A plan names no tentacle, so labs share it: [how they do](../recipes/share-a-plan.md). Names in
\`\${…}\` are explained in [Templates](../design/plans.md#templates).
`,
  user: `# Configuration of a user: every key

What a person wants on every bench; nothing in it changes what is tested. It is \`testbed/config.yaml\` in \`$XDG_CONFIG_HOME\`, by
default \`~/.config/testbed/config.yaml\`, and need not be there. NO_COLOR and FORCE_COLOR go before it.
`,
};

const SHARED = `
Text is taken as it is written: \`0001\`, \`1.10\` and \`true\` need no quotes. Durations are \`500ms\`, \`60s\`, \`6m\`, \`1h30m\`.
An editor with a YAML language server shows all of this while you type, if the first line of the file says where the schema is:
\`# yaml-language-server: $schema=FILE\`, with the FILE that \`testbed schema NAME > FILE\` writes.
`;

/** A page of reference, in Markdown: each map of the schema is a section, each of its keys a row. */
export function referencePage(name: 'lab' | 'plan' | 'user'): string {
  const root = publicSchema(name);
  const sections = [...sectionsOf(root, root, [])];
  const note = `<!-- Generated from schema/${FILES[name]} by "npm run generate"; do not edit. -->\n`;
  return [note + HEAD[name] + SHARED.replace('NAME', name), ...sections].join('\n');
}

const FILES: Readonly<Record<SchemaName, string>> = {
  lab: 'testbed.schema.json',
  plan: 'plan.schema.json',
  user: 'user.schema.json',
  event: 'event.schema.json',
};
/** What stands for the keys of a map in headings, by the key of that map. */
const KEYS: Readonly<Record<string, string>> = {
  tentacles: 'ID',
  specs: 'NAME',
  stages: 'NAME',
  hooks: 'NAME',
  boards: 'BOARD',
  roles: 'ROLE',
};

/** The map itself first, then the maps in it. */
function* sectionsOf(root: JsonSchema, schema: JsonSchema, path: readonly string[]): Generator<string> {
  if (schema.oneOf !== undefined) {
    yield unionSection(root, schema, path);
    return;
  }
  // To override a spec or a stage is to say some of the keys again that the page of plans has.
  const overrides = 'lab' in (root.properties ?? {}) && ['specs', 'stages'].includes(path[0] ?? '');
  if (schema.properties === undefined || overrides) return;
  yield section(root, schema, path);
  for (const [key, each] of Object.entries(schema.properties)) yield* below(root, each, [...path, key]);
}

function* below(root: JsonSchema, each: JsonSchema, path: readonly string[]): Generator<string> {
  const schema = resolveSchema(root, each);
  yield* sectionsOf(root, schema, path);
  const { additionalProperties, items } = schema;
  if (typeof additionalProperties === 'object')
    for (const branch of branches(root, additionalProperties))
      yield* sectionsOf(root, branch, [...path, KEYS[path.at(-1) ?? ''] ?? 'KEY']);
  if (items !== undefined) yield* sectionsOf(root, resolveSchema(root, items), [...path, '[]']);
}

/** Itself, or what it is in either case. */
function branches(root: JsonSchema, schema: JsonSchema): JsonSchema[] {
  const resolved = resolveSchema(root, schema);
  const cases = [resolved.then, resolved.else].filter((each) => each !== undefined);
  return cases.length === 0 ? [resolved] : cases.flatMap((each) => branches(root, each));
}

function section(root: JsonSchema, schema: JsonSchema, path: readonly string[]): string {
  const rows = Object.entries(schema.properties ?? {}).map(([key, each]) => {
    const resolved = resolveSchema(root, each);
    const required = schema.required?.includes(key) === true ? ', required' : '';
    return `| \`${key}\` | ${kindOf(root, resolved)}${required} | ${meaning(root, resolved)} |`;
  });
  return [...heading(schema, path), '| key | value | what it means |', '|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

/** What a tag means, and what else there is with it. */
function unionSection(root: JsonSchema, schema: JsonSchema, path: readonly string[]): string {
  const { kind } = schema.properties ?? {};
  const rows = (schema.oneOf ?? []).flatMap((each) => {
    const { kind: tag, ...others } = resolveSchema(root, each).properties ?? {};
    const said = kind?.enumDescriptions?.[kind.enum?.indexOf(tag?.const ?? '') ?? -1] ?? '';
    const keys = Object.entries(others).map(([key, other]) => {
      const resolved = resolveSchema(root, other);
      return `\`${key}\`: ${meaning(root, resolved)}`;
    });
    return `| \`${tag?.const}\` | ${said} | ${keys.join('<br>')} |`;
  });
  return [
    ...heading(schema, path),
    '| `kind` | what it means | keys beside it |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function heading({ description = '', examples }: JsonSchema, path: readonly string[]): string[] {
  if (path.length === 0) return [];
  const [example] = examples ?? [];
  return [
    `## ${path.join('.').replaceAll('.[]', '[]')}`,
    '',
    ...(description === '' ? [] : [plain(description), '']),
    // In a list it is one of several.
    ...(example === undefined ? [] : ['```yaml', stringify(example, { lineWidth: 0 }).trimEnd(), '```', '']),
  ];
}

function meaning(root: JsonSchema, schema: JsonSchema): string {
  const { description = '', enum: values, enumDescriptions, examples, items } = schema;
  const one = items === undefined ? undefined : resolveSchema(root, items);
  const choices = values ?? one?.enum ?? [];
  const told = enumDescriptions ?? one?.enumDescriptions ?? [];
  const [example] = examples ?? [];
  return [
    plain(description),
    ...choices.map(
      (value, index) => `\`${value}\`${told[index] === undefined ? '' : `: ${plain(told[index])}`}`,
    ),
    ...(example === undefined || choices.length > 0 ? [] : [`Example: ${code(flow(example))}`]),
  ]
    .filter((part) => part !== '')
    .join('<br>');
}

function kindOf(root: JsonSchema, schema: JsonSchema): string {
  const { type, enum: values, expected = '', items } = schema;
  if (values !== undefined) return 'one of';
  if (/500ms/.test(expected)) return 'duration';
  if (Array.isArray(type) || type === 'string') return 'text';
  if (type === 'object') return 'map';
  if (type === 'integer') return 'whole number';
  if (type === 'array') {
    const one = items === undefined ? undefined : resolveSchema(root, items);
    return one?.type === 'integer'
      ? 'list of whole numbers'
      : one?.type === 'object'
        ? 'list of maps'
        : 'list';
  }
  return type === 'boolean' ? '`true` or `false`' : (type ?? 'map');
}

/** One line of YAML. */
function flow(value: unknown): string {
  const text = stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
  return text.replaceAll('[ ', '[').replaceAll(' ]', ']');
}

function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text.replaceAll('|', String.raw`\|`)}\``;
}

/** Prose as Markdown takes it: what looks like code is code. */
function plain(text: string): string {
  return text
    .replaceAll('|', String.raw`\|`)
    .replaceAll(
      /\$\{[\w.]+\}|\{\}|"\$\{tests\}"|(?<!\w)--?\w[\w-]*(?: \w+:\w+=\w+)?|"testbed [\w -]+"|\*\.\w+|\bports\/\*\/boards\b/g,
      '`$&`',
    );
}
