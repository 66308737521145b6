import type { SourceFile } from '../diagnostic/diagnostic.ts';
import { entriesAt, type Located, type LocatedEntry } from './located.ts';

/** Lies beside the lab file and is laid over it; does not belong in git. */
export const OVERLAY_NAME = 'testbed.local.yaml';

/**
 * The base with the overlay laid over it: maps merge key by key, everything else replaces. A key that the overlay gives no
 * value (`v1:`, `v1: ~` or `v1: null`) is taken away. Every node keeps the file and place that it comes from.
 */
export function layOver(base: Located, overlay: Located): Located {
  if (base.kind !== 'map' || overlay.kind !== 'map') return overlay;
  const entries = new Map<string, LocatedEntry>(base.entries);
  for (const [key, over] of overlay.entries) {
    const laid = layEntry(entries.get(key), over);
    if (laid === undefined) entries.delete(key);
    else entries.set(key, laid);
  }
  return { ...base, entries };
}

/** One entry laid over the one of the same key, if there is one; undefined if it takes that away. */
export function layEntry(under: LocatedEntry | undefined, over: LocatedEntry): LocatedEntry | undefined {
  if (takesAway(over.value)) return undefined;
  const { keySpot: laidBy } = over;
  if (under?.value.kind === 'map' && over.value.kind === 'map')
    return { ...under, value: layOver(under.value, over.value), under, laidBy };
  const value = withoutTakenAway(over.value);
  return { ...over, value, ...(under === undefined ? {} : { under, laidBy }) };
}

/** `key:` without a value, `~`, or an unquoted `null`. */
export function takesAway(node: Located): boolean {
  return node.kind === 'scalar' && node.value === null && !node.quoted;
}

/** A map as it stands where nothing lies under it: keys without a value are not there. */
export function withoutTakenAway(node: Located): Located {
  return node.kind === 'map' ? layOver({ ...node, entries: new Map() }, node) : node;
}

/** The same file as it may be shown: letters of the values under `secrets:` become `*`, every position stays. */
export function withoutSecrets(source: SourceFile): SourceFile {
  // Of JSON, everything behind the key: where its value ends is not worth a parser.
  const json = /^\s*\{[^]*?["']?\bsecrets["']?\s*:/.exec(source.text)?.[0];
  if (json !== undefined) return { ...source, text: json + hidden(source.text.slice(json.length)) };
  let inSecrets = false;
  const lines = source.text.split('\n').map((line) => {
    // Another key of the file; a list, or the value of a `? key`, may stand in the first column, too.
    if (/^[^\s#:\]}-]/.test(line)) {
      inSecrets = /^(?:\?\s*)?["']?secrets["']?\s*(?::|$)/.test(line);
      const colon = line.indexOf(':') + 1;
      return inSecrets && colon > 0 ? line.slice(0, colon) + hidden(line.slice(colon)) : line;
    }
    return inSecrets ? hideValue(line) : line;
  });
  return { ...source, text: lines.join('\n') };
}

/** All but what gives YAML its form. */
function hidden(text: string): string {
  return text.replaceAll(/[^\s{}[\],:"']/g, '*');
}

/** `NAME: value` keeps its name; a line that has none is hidden as a whole. */
function hideValue(line: string): string {
  const value = /^\s*["']?\w+["']?\s*:/.exec(line)?.[0].length ?? 0;
  return line.slice(0, value) + line.slice(value).replaceAll(/\S/g, '*');
}

/** What `secrets:` of an overlay says, by name; not yet checked against the schema. */
export function secretsOf(overlay: Located | undefined): Record<string, string> {
  return Object.fromEntries(
    entriesAt(overlay, 'secrets').flatMap(({ key, value }) =>
      value.kind === 'scalar' && value.text !== '' ? [[key, value.text] as const] : [],
    ),
  );
}
