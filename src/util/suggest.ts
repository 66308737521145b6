/**
 * The candidate that a person most likely meant, if one is near enough: at most one edit in three letters (a swap of two
 * neighbours is one edit), upper and lower case being a small difference; else the only one that begins with the name.
 */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  const beginning: string[] = [];
  for (const candidate of new Set(candidates)) {
    if (candidate === name) continue;
    const distance = editDistance(name, candidate);
    const limit = Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3));
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { candidate, distance };
    if (name.length >= 2 && candidate.toLowerCase().startsWith(name.toLowerCase())) beginning.push(candidate);
  }
  return best?.candidate ?? (beginning.length === 1 ? beginning[0] : undefined);
}

/** What one letter for another costs: nothing, a tenth of an edit for another case or `-` for `_`, else one. */
function substitution(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  return fold(a) === fold(b) ? 0.1 : 1;
}

/** What a letter too many or too few costs; a separator is forgotten more easily than a letter. */
function gap(letter: string | undefined): number {
  return letter === '_' || letter === '-' ? 0.9 : 1;
}

function fold(letter: string | undefined): string | undefined {
  return letter === '_' ? '-' : letter?.toLowerCase();
}

/** Damerau-Levenshtein distance in its "optimal string alignment" form, three rows at a time. */
function editDistance(a: string, b: string): number {
  // A name of a thousand letters is nobody's typing mistake; the answer only has to be "far".
  if (Math.abs(a.length - b.length) > 20 || a.length > 200) return Infinity;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      let cost = Math.min(
        at(last, j) + gap(a[i - 1]),
        at(row, j - 1) + gap(b[j - 1]),
        at(last, j - 1) + substitution(a[i - 1], b[j - 1]),
      );
      if (i > 1 && j > 1 && fold(a[i - 1]) === fold(b[j - 2]) && fold(a[i - 2]) === fold(b[j - 1]))
        cost = Math.min(cost, at(before, j - 2) + 1);
      row.push(cost);
    }
    [before, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
