import { unreachable } from '../util/unreachable.ts';
import { isEmpty, type Located } from './located.ts';
import { branchOf, schemaOfItems, schemaOfKey, type JsonSchema } from './schema.ts';

/**
 * The plain value of a node, read as its schema wants it: where text is wanted, a plain scalar is its source text, so that
 * `0001`, `5e10`, `1.10`, `true` and `null` stay as written. `key:` with nothing behind it stays null, which fits nothing.
 */
export function toPlain(node: Located, schema: JsonSchema | undefined, root: JsonSchema): unknown {
  switch (node.kind) {
    case 'map': {
      // No prototype: a key may be called `constructor` or `__proto__`.
      const plain = Object.create(null) as Record<string, unknown>;
      const known = schema === undefined ? undefined : branchFor(node, schema, root);
      for (const { key, value } of node.entries.values())
        plain[key] = toPlain(value, known && schemaOfKey(root, known, key), root);
      return plain;
    }
    case 'list': {
      const items = schema && schemaOfItems(root, schema);
      return node.items.map((item) => toPlain(item, items, root));
    }
    case 'scalar':
      if (isEmpty(node)) return null;
      return wantsText(schema) || (node.quoted && typeof node.value !== 'string') ? node.text : node.value;
    default:
      return unreachable(node);
  }
}

function branchFor(node: Located, schema: JsonSchema, root: JsonSchema): JsonSchema {
  const property = schema.discriminator?.propertyName;
  if (property === undefined || node.kind !== 'map') return schema;
  const tag = node.entries.get(property)?.value;
  return branchOf(root, schema, tag?.kind === 'scalar' ? tag.text : undefined) ?? schema;
}

function wantsText(schema: JsonSchema | undefined): boolean {
  if (schema === undefined) return false;
  const { type, enum: values, const: constant } = schema;
  return (
    type === 'string' ||
    constant !== undefined ||
    values?.every((value) => typeof value === 'string') === true
  );
}
