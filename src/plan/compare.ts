/** Orders texts by their code units: the same on every machine, whatever its locale. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `45 s`, `12 min`, `3 h 5 min`: how long something takes, for a person. */
export function sayDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1 order`, `2 orders`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** The `most` smallest of a list, ascending; of equal ones those that come first. Sorts nothing else. */
export function smallest<T>(list: readonly T[], most: number, compare: (a: T, b: T) => number): T[] {
  const found: T[] = [];
  for (const item of list) {
    const last = found.at(-1);
    if (found.length === most && last !== undefined && compare(item, last) >= 0) continue;
    const at = found.findIndex((other) => compare(item, other) < 0);
    found.splice(at === -1 ? found.length : at, 0, item);
    if (found.length > most) found.pop();
  }
  return found;
}
