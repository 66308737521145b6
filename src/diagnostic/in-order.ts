import type { Diagnostic } from './diagnostic.ts';

/**
 * Each once, file by file as they are met, then by place; what has no place goes first in its file, what has no file goes
 * before all. `first` is the file to begin with.
 */
export function inOrder(diagnostics: readonly Diagnostic[], first?: string): Diagnostic[] {
  const files = [...new Set([undefined, first, ...diagnostics.map(({ source }) => source?.file)])];
  // An anchor's content is checked wherever an alias brings it; where it stands itself comes first.
  const unique = new Map(
    diagnostics
      .toReversed()
      .map((one) => [`${one.source?.file}:${one.range?.offset}:${one.message}`, one] as const),
  );
  return [...unique.values()]
    .toReversed()
    .toSorted(
      (a, b) =>
        files.indexOf(a.source?.file) - files.indexOf(b.source?.file) ||
        (a.range?.offset ?? -1) - (b.range?.offset ?? -1),
    );
}
