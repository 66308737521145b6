import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { suggest } from '../util/suggest.ts';
import { diagnose } from './fault.ts';
import { COLON, isGlued } from './glued.ts';
import { isEmpty, spotOf, type Located, type LocatedEntry, type Spot } from './located.ts';
import {
  branchOf,
  readSchema,
  resolveSchema,
  schemaOfItems,
  schemaOfKey,
  tagsOf,
  type JsonSchema,
} from './schema.ts';
import type { LabFile } from './lab.generated.ts';
import type { PlanFile } from './plan.generated.ts';
import type { UserFile } from './user.generated.ts';
import { toPlain } from './to-plain.ts';

/** What a file says, by its schema. */
interface Files {
  readonly lab: LabFile;
  readonly plan: PlanFile;
  readonly user: UserFile;
}

/** Checks a file against its schema; each real fault is told once, at its place. Without faults, `value` is what it says. */
export async function validate<Name extends keyof Files>(
  name: Name,
  node: Located,
): Promise<{ readonly faults: Diagnostic[]; readonly value: Files[Name] }> {
  const { validateLab, validatePlan, validateUser } = await import('./validators.generated.ts');
  const check = { lab: validateLab, plan: validatePlan, user: validateUser }[
    name
  ] as unknown as ValidateFunction;
  const schema = readSchema(name);
  // Only to be used when there is no fault.
  const value = toPlain(node, schema, schema) as Files[Name];
  if (check(value)) return { faults: [], value };
  const faults: Diagnostic[] = [];
  const told = new Set<string>();
  for (const error of check.errors ?? []) {
    // Told as a wrong key, of which the rest is the echo.
    if (error.instancePath.split('/').some(isGlued)) continue;
    const target = walk(node, schema, error.instancePath);
    const fault = explain(error, target);
    if (fault === undefined) continue;
    // An anchor's content is wrong once, however often it is used: as a whole, or merged into other maps.
    const places = [target.node.spot, fault].map(({ source, range }) =>
      [source?.file, range?.offset, error.keyword, JSON.stringify(error.params)].join(':'),
    );
    if (!places.some((place) => told.has(place))) faults.push(fault);
    for (const place of places) told.add(place);
  }
  return { faults, value };
}

/** Where an error points: the node, the key before it, its schema, and how a person calls it. */
interface Target {
  readonly node: Located;
  readonly keySpot: Spot | undefined;
  readonly schema: JsonSchema;
  readonly root: JsonSchema;
  readonly path: string;
}

/** Follows a JSON pointer through node and schema at once. */
function walk(node: Located, root: JsonSchema, pointer: string): Target {
  let at: Target = { node, keySpot: undefined, schema: root, root, path: '' };
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    at = descend(at, key);
  }
  return at;
}

function descend({ node, schema, root, path }: Target, key: string): Target {
  if (node.kind === 'list') {
    const item = node.items[Number(key)];
    if (item === undefined) throw new Error(`Internal error: expected an item ${key} in ${path}, was none`);
    return {
      node: item,
      keySpot: undefined,
      schema: schemaOfItems(root, schema) ?? {},
      root,
      path: `${path}[${key}]`,
    };
  }
  const entry = node.kind === 'map' ? node.entries.get(key) : undefined;
  if (entry === undefined) throw new Error(`Internal error: expected a key ${key} in ${path}, was none`);
  const next = schemaOfKey(root, branched(node, schema, root), key) ?? {};
  return {
    node: entry.value,
    keySpot: entry.keySpot,
    schema: next,
    root,
    path: path === '' ? key : `${path}.${key}`,
  };
}

function branched(node: Located, schema: JsonSchema, root: JsonSchema): JsonSchema {
  const property = schema.discriminator?.propertyName;
  if (property === undefined || node.kind !== 'map') return schema;
  const tag = node.entries.get(property)?.value;
  return (tag?.kind === 'scalar' ? branchOf(root, schema, tag.text) : undefined) ?? schema;
}

function explain(error: ErrorObject, target: Target): Diagnostic | undefined {
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(String(params['additionalProperty']), target);
    case 'required':
      return missingKey(String(params['missingProperty']), target);
    case 'discriminator':
      return params['error'] === 'tag' ? missingOrWrongTag(target) : wrongTag(target);
    case 'propertyNames':
      return wrongName(String(params['propertyName']), target);
    case 'pattern':
      // Of a map, this is the pattern of one of its names, told by "propertyNames".
      return target.node.kind === 'map' ? undefined : wrongValue(target);
    case 'minimum':
      return wrongValue({
        ...target,
        schema: { expected: `a whole number, at least ${String(params['limit'])}` },
      });
    default:
      return wrongValue(target);
  }
}

function unknownKey(key: string, { node, schema: whole, root, path }: Target): Diagnostic {
  const schema = branched(node, whole, root);
  const known = Object.keys(schema.properties ?? {});
  const present = node.kind === 'map' ? node.entries : new Map<string, LocatedEntry>();
  const entry = present.get(key);
  const near = suggest(
    key,
    // What stands in the same file already is not meant; an override names what stands in another one.
    known.filter((candidate) => present.get(candidate)?.keySpot.source !== entry?.keySpot.source),
  );
  return diagnose(entry?.keySpot ?? node.spot, node.via, {
    message: `unknown key "${key}"${path === '' ? '' : ` in ${path}`}`,
    ...(near === undefined
      ? { expected: `one of ${known.join(', ')}` }
      : { suggestion: `did you mean "${near}"?` }),
  });
}

function missingKey(
  key: string,
  { node, keySpot, schema: whole, root, path }: Target,
): Diagnostic | undefined {
  const owner = branched(node, whole, root);
  // A misspelled key is told as that, and is not missing besides.
  if (misspelled(node, key, owner)) return undefined;
  const schema = schemaOfKey(root, owner, key);
  const spot = keySpot ?? firstSpot(node);
  const expected = schema && expectation(schema);
  return diagnose(spot, node.via, {
    message: `"${key}" is missing${path === '' ? '' : ` in ${path}`}`,
    ...(expected === undefined ? {} : { expected: `${key}: ${expected}` }),
  });
}

/** Whether an unknown key of the map probably is the missing one. */
function misspelled(node: Located, key: string, schema: JsonSchema): boolean {
  if (node.kind !== 'map') return false;
  const known = Object.keys(schema.properties ?? {});
  const open = known.filter((name) => !node.entries.has(name));
  return [...node.entries.keys()].some((name) => !known.includes(name) && suggest(name, open) === key);
}

function missingOrWrongTag(target: Target): Diagnostic {
  const property = target.schema.discriminator?.propertyName ?? '';
  const there = target.node.kind === 'map' && target.node.entries.has(property);
  if (there) return wrongTag(target);
  const { node, keySpot, path } = target;
  return diagnose(keySpot ?? firstSpot(node), node.via, {
    message: `"${property}" is missing in ${path}`,
    expected: `${property}: one of ${tagsOf(target.root, target.schema).join(', ')}`,
  });
}

function wrongTag(target: Target): Diagnostic {
  const property = target.schema.discriminator?.propertyName ?? '';
  const tags = tagsOf(target.root, target.schema);
  return wrongValue({ ...descend(target, property), schema: { enum: tags } });
}

function wrongValue({ node, keySpot, schema, path }: Target): Diagnostic {
  const expected = expectation(schema);
  const suggestion = remedy(node, schema);
  return diagnose(spotOf(node, keySpot), node.via, {
    message: `wrong value for ${path === '' ? 'the file as a whole' : `"${path}"`}`,
    ...(expected === undefined ? {} : { expected }),
    found: found(node),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

function wrongName(name: string, { node, schema, root, path }: Target): Diagnostic {
  const entry = node.kind === 'map' ? node.entries.get(name) : undefined;
  const names = (schema as { readonly propertyNames?: JsonSchema }).propertyNames;
  const expected = names && expectation(resolveSchema(root, names));
  return diagnose(entry?.keySpot ?? node.spot, node.via, {
    message: `"${name}" can not be a key${path === '' ? '' : ` in ${path}`}`,
    ...(expected === undefined ? {} : { expected }),
    ...(isGlued(name) ? { suggestion: COLON } : {}),
  });
}

/** What a schema wants, in words. */
function expectation(schema: JsonSchema): string | undefined {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  if (schema.expected !== undefined) return schema.expected;
  return schema.type === undefined ? undefined : BY_TYPE[schema.type];
}

const BY_TYPE: Readonly<Record<string, string>> = {
  object: 'a map: lines of "key: value"',
  array: 'a list',
  integer: 'a whole number',
  boolean: 'true or false',
  string: 'text',
};

function found(node: Located): string {
  if (node.kind === 'map') return node.entries.size === 0 ? 'an empty map' : 'a map';
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : 'a list';
  if (isEmpty(node)) return 'nothing';
  const { source, range } = node.spot;
  // What may not be shown in its file is not quoted either.
  if (
    !source.text.startsWith(node.text, range.offset + (node.quoted ? 1 : 0)) &&
    /^["']?\*/.test(source.text.slice(range.offset))
  )
    return 'a secret';
  const text = node.text.length > 60 ? `${node.text.slice(0, 60)}…` : node.text;
  return node.quoted || typeof node.value === 'string' ? JSON.stringify(text) : text;
}

function remedy(node: Located, schema: JsonSchema): string | undefined {
  if (node.kind !== 'scalar') return undefined;
  if (isEmpty(node)) {
    if (schema.type === 'object') return 'write {} for none, or remove the key';
    return schema.type === 'array' ? 'write [] for none, or remove the key' : undefined;
  }
  if (schema.type === 'object') return /^[\w.-]+:\S/.test(node.text) ? COLON : undefined;
  if (schema.type === 'array') return `write [${node.quoted ? JSON.stringify(node.text) : node.text}]`;
  if (schema.type === 'integer' && node.quoted && /^\d+$/.test(node.text)) return 'leave out the quotes';
  if (schema.type === 'boolean') {
    if (/^(yes|on|y)$/i.test(node.text)) return 'did you mean true?';
    if (/^(no|off|n)$/i.test(node.text)) return 'did you mean false?';
  }
  const near = schema.enum && suggest(node.text, schema.enum);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (schema.expected?.startsWith('a duration') === true && /^\d+(\.\d+)?$/.test(node.text))
    return `did you mean "${node.text}s"?`;
  return undefined;
}

/** The first key of a map that has no key of its own: a list's item, or the whole file. */
function firstSpot(node: Located): Spot {
  const first = node.kind === 'map' ? [...node.entries.values()][0] : undefined;
  return first?.keySpot ?? node.spot;
}
