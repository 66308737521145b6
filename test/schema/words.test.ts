import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { RECORDS_WITH } from '../../src/config/check-hooks.ts';
import { EVENT_TYPES } from '../../src/render/event-types.ts';
import { publicSchema, resolveSchema, type JsonSchema, type SchemaName } from '../../src/config/schema.ts';

/** Every schema of a value that a person writes, with the path of its keys. */
function* written(
  root: JsonSchema,
  schema: JsonSchema,
  path: readonly string[] = [],
): Generator<{ readonly path: string; readonly schema: JsonSchema }> {
  for (const [key, each] of Object.entries(schema.properties ?? {})) yield* below(root, each, [...path, key]);
  if (typeof schema.additionalProperties === 'object')
    yield* below(root, schema.additionalProperties, [...path, '*']);
  if (schema.items !== undefined) yield* written(root, resolveSchema(root, schema.items), [...path, '[]']);
  for (const branch of [...(schema.oneOf ?? []), schema.then, schema.else])
    if (branch !== undefined) yield* written(root, resolveSchema(root, branch), path);
}

function* below(root: JsonSchema, each: JsonSchema, path: readonly string[]): ReturnType<typeof written> {
  const schema = resolveSchema(root, each);
  yield { path: path.join('.'), schema };
  yield* written(root, schema, path);
}

const DURATION = /500ms/;

test.each<SchemaName>(['lab', 'plan', 'user'])(
  '%s: every key has a sentence, an example, its unit and its default',
  (name) => {
    const root = publicSchema(name);
    const keys = [...written(root, root)];
    expect(keys.length).toBeGreaterThan(name === 'user' ? 5 : 40);
    for (const { path, schema } of keys) {
      const { description, examples, enum: values, const: constant, type } = schema;
      // A tag of a union is told about beside the union.
      if (constant !== undefined) continue;
      // A map's values are told about where the map is.
      if (path.endsWith('.*') && schema.properties === undefined && values === undefined) continue;
      expect(description, `${path}: a whole sentence`).toMatch(/^[A-Z"0-9].*[.:/]$/);
      expect((examples ?? values) !== undefined || type === 'boolean', `${path}: an example`).toBe(true);
      if (values !== undefined)
        expect(schema.enumDescriptions?.length, `${path}: a sentence for each value`).toBe(values.length);
      if (DURATION.test(schema.expected ?? '')) expect(description, path).toContain('(ms, s, m, h');
      if (schema.default !== undefined)
        expect(description, path).toContain(`Default: ${defaultText(schema.default)}.`);
    }
  },
);

test.each<SchemaName>(['lab', 'plan', 'user'])('%s: what is shown as an example is right', (name) => {
  const root = publicSchema(name);
  const ajv = new Ajv({ strict: false, discriminator: true });
  for (const { path, schema } of written(root, root))
    for (const example of [
      ...(schema.examples ?? []),
      ...(schema.default === undefined ? [] : [schema.default]),
    ]) {
      const validate = ajv.compile({ ...schema, $defs: root.$defs });
      expect(validate(example), `${path}: ${JSON.stringify([example, validate.errors])}`).toBe(true);
    }
});

test('event: every type has an example, and that is one of it', () => {
  const root = publicSchema('event');
  const validate = new Ajv({ strict: false }).compile(root);
  const examples = (root.oneOf ?? []).map(({ $ref = '' }) => {
    const definition = root.definitions?.[$ref.replace('#/definitions/', '')];
    const [example] = definition?.examples ?? [];
    expect(validate(example), `${$ref}: ${JSON.stringify([example, validate.errors])}`).toBe(true);
    return [(example as { readonly type?: string }).type, definition?.properties?.['type']?.const];
  });
  expect(examples.length).toBeGreaterThan(15);
  for (const [type, wanted] of examples) expect(type).toBe(wanted);
});

test('hooks may be told of every type of record, and may ask for what these have', () => {
  const on = publicSchema('lab').$defs?.['hook']?.properties?.['on'];
  expect(on?.items?.enum).toEqual(EVENT_TYPES);
  const events = Object.values(publicSchema('event').definitions ?? {});
  const having = (key: string): string[] =>
    events
      .filter(({ properties = {} }) => key in properties)
      .map(({ properties }) => properties?.['type']?.const ?? '');
  for (const [key, types] of RECORDS_WITH) expect(having(key).toSorted(), key).toEqual(types.toSorted());
  const asked = publicSchema('lab').$defs?.['hook']?.properties?.['when']?.properties ?? {};
  expect(Object.keys(asked)).toEqual([...RECORDS_WITH.keys()]);
});

function defaultText(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}
