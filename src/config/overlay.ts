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
    const under = entries.get(key);
    if (takesAway(over.value)) entries.delete(key);
    else if (under?.value.kind === 'map' && over.value.kind === 'map')
      entries.set(key, { ...under, value: layOver(under.value, over.value) });
    else entries.set(key, withoutTakenAway(over));
  }
  return { ...base, entries };
}

function takesAway(node: Located): boolean {
  return node.kind === 'scalar' && node.value === null && !node.quoted;
}

function withoutTakenAway(entry: LocatedEntry): LocatedEntry {
  if (entry.value.kind !== 'map') return entry;
  const empty: Located = { ...entry.value, entries: new Map() };
  return { ...entry, value: layOver(empty, entry.value) };
}

/** The same file as it may be shown: letters of the values under `secrets:` become `*`, every position stays. */
export function withoutSecrets(source: SourceFile): SourceFile {
  let inSecrets = false;
  const lines = source.text.split('\n').map((line) => {
    if (/^\S/.test(line) && !line.startsWith('#')) {
      inSecrets = /^["']?secrets["']?\s*:/.test(line);
      return inSecrets ? line.replace(/(?<=:.*)[^\s{}[\],:"']/g, '*') : line;
    }
    return inSecrets ? hideValue(line) : line;
  });
  return { ...source, text: lines.join('\n') };
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
