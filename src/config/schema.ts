import { readFileSync } from 'node:fs';

/** The public schemas, by the name that `testbed schema` takes. */
export type SchemaName = 'lab' | 'plan' | 'user' | 'event';

const FILES: Readonly<Record<SchemaName, string>> = {
  lab: 'testbed.schema.json',
  plan: 'plan.schema.json',
  user: 'user.schema.json',
  event: 'event.schema.json',
};

/** As much of JSON Schema as ours use; `expected` is our own word for messages. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  /** What `$defs` was called before; the schema of events has it. */
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string;
  readonly description?: string;
  /** What belongs here, for a message: `a duration, such as 60s`. */
  readonly expected?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  /** A sentence for each of `enum`. */
  readonly enumDescriptions?: readonly string[];
  readonly default?: unknown;
  readonly const?: string;
  readonly oneOf?: readonly JsonSchema[];
  readonly if?: JsonSchema;
  readonly then?: JsonSchema;
  readonly else?: JsonSchema;
  readonly discriminator?: { readonly propertyName: string };
}

const FOREIGN = /^([a-z]+)\.schema\.json#\/\$defs\//;
const cache = new Map<SchemaName, JsonSchema>();

/**
 * A schema as this code sees it. Three things in the public one are for editors only. They take a plain `1.10` for a number,
 * so where text is wanted both are allowed; here such a scalar is its source text (see `to-plain.ts`), and only text is
 * left. They offer the tags of a union only if these are listed beside it; here the branches tell them.
 * And where specs may be overridden (`if` … `then` … `else`) only `then` is left, a whole spec: overrides are checked after
 * what they override was laid under them.
 */
export function readSchema(name: SchemaName): JsonSchema {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const forUs = (key: string, value: unknown): unknown => {
    if (key === 'type' && Array.isArray(value) && value.includes('string')) return 'string';
    if (typeof value === 'object' && value !== null && 'then' in value) return forUs('', value.then);
    if (typeof value !== 'object' || value === null || !('discriminator' in value)) return value;
    return { ...value, properties: undefined };
  };
  const schema = JSON.parse(JSON.stringify(publicSchema(name), forUs)) as JsonSchema;
  cache.set(name, schema);
  return schema;
}

/** The schema as editors and other tools get it, in one document: what it takes from a neighbour's `$defs` is copied into its own. */
export function publicSchema(name: SchemaName): JsonSchema {
  const neighbours: Record<string, JsonSchema> = {};
  const inline = (_key: string, value: unknown): unknown => {
    if (typeof value !== 'string') return value;
    const file = FOREIGN.exec(value)?.[1];
    if (file === undefined) return value;
    Object.assign(neighbours, read(`${file}.schema.json`).$defs);
    return `#/$defs/${value.replace(FOREIGN, '')}`;
  };
  const own = JSON.parse(JSON.stringify(read(FILES[name]), inline)) as JsonSchema;
  const $defs = { ...own.$defs, ...neighbours };
  return Object.keys($defs).length === 0 ? own : { ...own, $defs };
}

function read(file: string): JsonSchema {
  const text = readFileSync(new URL(`../../schema/${file}`, import.meta.url), 'utf8');
  return JSON.parse(text) as JsonSchema;
}

/** The schema that a `$ref` inside `root` stands for; what stands beside the `$ref` goes first. */
export function resolveSchema(root: JsonSchema, schema: JsonSchema): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const target = at(root, schema.$ref);
  if (target === undefined) throw new Error(`Internal error: expected a schema at ${schema.$ref}, was none`);
  const { $ref: _, ...beside } = schema;
  return { ...resolveSchema(root, target), ...beside };
}

/** Follows `#/$defs/spec` or `#/$defs/spec/properties/help`. */
function at(root: JsonSchema, pointer: string): JsonSchema | undefined {
  let found: unknown = root;
  for (const step of pointer.split('/').slice(1))
    found =
      typeof found === 'object' && found !== null
        ? Object.getOwnPropertyDescriptor(found, step)?.value
        : undefined;
  return found as JsonSchema | undefined;
}

/** The schema of an entry of a map, by its key; undefined where any value may stand. */
export function schemaOfKey(root: JsonSchema, schema: JsonSchema, key: string): JsonSchema | undefined {
  const own = schema.properties;
  if (own !== undefined && Object.hasOwn(own, key)) return resolved(root, own[key]);
  return typeof schema.additionalProperties === 'object'
    ? resolved(root, schema.additionalProperties)
    : undefined;
}

/** The schema of a list's elements. */
export function schemaOfItems(root: JsonSchema, schema: JsonSchema): JsonSchema | undefined {
  return resolved(root, schema.items);
}

/** The one branch of a tagged union that a tag names; undefined for an unknown tag or where there is no union. */
export function branchOf(root: JsonSchema, schema: JsonSchema, tag: unknown): JsonSchema | undefined {
  const property = schema.discriminator?.propertyName;
  if (property === undefined) return undefined;
  return schema.oneOf
    ?.map((branch) => resolveSchema(root, branch))
    .find((branch) => branch.properties?.[property]?.const === tag);
}

/** All tags of a tagged union. */
export function tagsOf(root: JsonSchema, schema: JsonSchema): string[] {
  const property = schema.discriminator?.propertyName ?? '';
  return (schema.oneOf ?? []).flatMap((branch) => {
    const tag = resolveSchema(root, branch).properties?.[property]?.const;
    return tag === undefined ? [] : [tag];
  });
}

function resolved(root: JsonSchema, schema: JsonSchema | undefined): JsonSchema | undefined {
  return schema === undefined ? undefined : resolveSchema(root, schema);
}
