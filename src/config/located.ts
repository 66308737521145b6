import type { Range, SourceFile } from '../diagnostic/diagnostic.ts';

/** A stretch of one file. */
export interface Spot {
  readonly source: SourceFile;
  readonly range: Range;
}

/** A YAML node that knows where it stands; after an overlay, neighbours may stand in different files. */
export type Located = LocatedMap | LocatedList | LocatedScalar;

interface Standing {
  readonly spot: Spot;
  /** The outermost alias through which it came here; its `spot` is then where the anchor's content stands. */
  readonly via?: Spot;
}

interface LocatedMap extends Standing {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, LocatedEntry>;
}

export interface LocatedEntry {
  readonly key: string;
  readonly keySpot: Spot;
  readonly value: Located;
  /** What this entry was laid over, if anything. */
  readonly under?: LocatedEntry;
  /** The key that was laid over it last; `keySpot` of a map that was merged stays where it was first. */
  readonly laidBy?: Spot;
}

interface LocatedList extends Standing {
  readonly kind: 'list';
  readonly items: readonly Located[];
}

interface LocatedScalar extends Standing {
  readonly kind: 'scalar';
  /** What YAML makes of it. */
  readonly value: string | number | boolean | null;
  /** As it is written, without quotes. */
  readonly text: string;
  readonly quoted: boolean;
}

/** The entry of a map; undefined for anything else, so that checks need not know whether the schema was content. */
export function entryOf(node: Located | undefined, key: string): LocatedEntry | undefined {
  return node?.kind === 'map' ? node.entries.get(key) : undefined;
}

/** The node at the end of a path of keys, if there is one. */
export function nodeAt(node: Located | undefined, ...keys: readonly string[]): Located | undefined {
  let at = node;
  for (const key of keys) at = entryOf(at, key)?.value;
  return at;
}

/** The entries of the map at the end of a path; none if there is no such map. */
export function entriesAt(node: Located | undefined, ...keys: readonly string[]): LocatedEntry[] {
  const at = nodeAt(node, ...keys);
  return at?.kind === 'map' ? [...at.entries.values()] : [];
}

/** The items of the list at the end of a path; none if there is no such list. */
export function itemsAt(node: Located | undefined, ...keys: readonly string[]): readonly Located[] {
  const at = nodeAt(node, ...keys);
  return at?.kind === 'list' ? at.items : [];
}

/** The text of the scalar at the end of a path, with the scalar; undefined for anything else, and for no value at all. */
export function textAt(node: Located | undefined, ...keys: readonly string[]): TextNode | undefined {
  const at = nodeAt(node, ...keys);
  return at?.kind === 'scalar' && !isEmpty(at) ? at : undefined;
}

export type TextNode = LocatedScalar;

/** `key:` with nothing behind it. */
export function isEmpty(node: Located): boolean {
  return node.kind === 'scalar' && !node.quoted && node.text === '';
}

/** Where to point for a node as a whole: at a scalar, else at the key before it, since nobody wants to see forty lines. */
export function spotOf(node: Located, keySpot: Spot | undefined): Spot {
  if (keySpot === undefined || (node.kind === 'scalar' && !isEmpty(node))) return node.spot;
  if (node.via !== undefined && isValueOf(keySpot, node.via)) return node.via;
  return isFlow(node) && !isEmpty(node) ? node.spot : keySpot;
}

/** Whether an alias stands behind a key, and not somewhere around it. */
function isValueOf({ source, range }: Spot, alias: Spot): boolean {
  const end = range.offset + range.length;
  return alias.source === source && /^\s*:\s*$/.test(source.text.slice(end, alias.range.offset));
}

/** Written in `[]` or `{}` and on one line. */
function isFlow({ spot: { source, range } }: Located): boolean {
  const text = source.text.slice(range.offset, range.offset + range.length);
  return /^[[{]/.test(text) && !text.includes('\n');
}
