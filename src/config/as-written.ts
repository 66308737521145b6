import { positionOf } from '../diagnostic/position.ts';
import { unreachable } from '../util/unreachable.ts';
import type { Located, LocatedEntry, Spot } from './located.ts';
import type { Origin, Shown, Written } from './shown.ts';

export type OriginOf = (spot: Spot) => Origin;

/** Which kind of file a spot is in. */
export function originIn(files: {
  readonly lab?: string;
  readonly overlay?: string;
  readonly catalogue: string;
}): OriginOf {
  return ({ source, range }) => {
    const { file } = source;
    const kind =
      file === files.lab
        ? 'lab'
        : file === files.overlay
          ? 'overlay'
          : file === files.catalogue
            ? 'catalogue'
            : 'plan';
    return { kind, file, ...positionOf(source.text, range.offset) };
  };
}

/** What a file says, with its places; `plain` is the same as its schema reads it. */
export function shownAsWritten(node: Located, plain: unknown, originOf: OriginOf): Shown {
  const origin = originOf(node.spot);
  switch (node.kind) {
    case 'map': {
      const entries = [...node.entries.values()].map(
        (entry) => [entry.key, shownEntry(entry, property(plain, entry.key), originOf)] as const,
      );
      return { kind: 'map', entries: new Map(entries), ...(entries.length === 0 ? { origin } : {}) };
    }
    case 'list': {
      const items = node.items.map((item, index) => shownAsWritten(item, property(plain, index), originOf));
      return { kind: 'list', items, origin };
    }
    case 'scalar':
      return { kind: 'scalar', value: plain as string | number | boolean, origin };
    default:
      return unreachable(node);
  }
}

/** The value of an entry, with what it was laid over. */
export function shownEntry(entry: LocatedEntry, plain: unknown, originOf: OriginOf): Shown {
  const shown = shownAsWritten(entry.value, plain, originOf);
  const { under } = entry;
  if (under === undefined || shown.kind === 'map') return shown;
  return { ...shown, instead: { origin: originOf(under.value.spot), value: asWritten(under.value) } };
}

/** The texts of a node, without its schema: for people, beside what counts. */
function asWritten(node: Located): Written {
  if (node.kind === 'scalar') return node.text;
  if (node.kind === 'list') return node.items.map(asWritten);
  return Object.fromEntries([...node.entries.values()].map(({ key, value }) => [key, asWritten(value)]));
}

function property(plain: unknown, key: string | number): unknown {
  return typeof plain === 'object' && plain !== null ? Reflect.get(plain, key) : undefined;
}
