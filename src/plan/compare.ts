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

/** `a`, `a and b`, `a, b, c and 2 more`. */
export function several(items: readonly string[], most = 3): string {
  if (items.length > most) return `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** The `most` smallest of what is added, ascending; of equal ones those that came first. Sorts nothing else. */
export class Smallest<T> {
  readonly #list: T[] = [];
  readonly #most: number;
  readonly #compare: (a: T, b: T) => number;

  constructor(most: number, compare: (a: T, b: T) => number) {
    this.#most = most;
    this.#compare = compare;
  }

  get list(): readonly T[] {
    return this.#list;
  }

  /** The one that a better one would put out; undefined while there is room. */
  get last(): T | undefined {
    return this.#list.length < this.#most ? undefined : this.#list.at(-1);
  }

  add(item: T): void {
    const { last } = this;
    if (last !== undefined && this.#compare(item, last) >= 0) return;
    const at = this.#list.findIndex((other) => this.#compare(item, other) < 0);
    this.#list.splice(at === -1 ? this.#list.length : at, 0, item);
    if (this.#list.length > this.#most) this.#list.pop();
  }
}
