/** What stands in the place of a secret in everything that is kept. */
const STARS = Buffer.from('***');

/** Stands where a text was cut. */
const CUT = '…';
/** So much of the beginning of a secret may show: any word may begin so. */
const LEAST = 4;

/** Hides the values of secrets in texts and byte streams; those, and only those. */
export class Masker {
  /** Longest first: where one secret begins with another, the longer one is hidden whole. */
  readonly #needles: readonly Buffer[];

  constructor(secrets: Readonly<Record<string, string>>) {
    const values = new Set(Object.values(secrets).filter((value) => value !== ''));
    this.#needles = [...values].map((value) => Buffer.from(value)).toSorted((a, b) => b.length - a.length);
  }

  text(text: string): string {
    if (this.#needles.length === 0) return text;
    const masked = this.#replace(Buffer.from(text), true).clean.toString();
    if (!masked.includes(CUT)) return masked;
    const parts = masked.split(CUT);
    return parts.map((part, index) => (index < parts.length - 1 ? this.#withoutBegun(part) : part)).join(CUT);
  }

  /** A text that was cut in the middle of a secret, without the beginning of it. */
  #withoutBegun(text: string): string {
    for (const needle of this.#needles) {
      const secret = needle.toString();
      for (let length = Math.min(secret.length - 1, text.length); length >= LEAST; length--)
        if (text.endsWith(secret.slice(0, length))) return `${text.slice(0, -length)}${STARS.toString()}`;
    }
    return text;
  }

  /** A filter for one byte stream: `push` gives what is safe to keep, `end` the rest. Secrets may span chunks. */
  stream(): { push(chunk: Buffer): Buffer; end(): Buffer } {
    if (this.#needles.length === 0) return { push: (chunk) => chunk, end: () => Buffer.alloc(0) };
    let held: Buffer = Buffer.alloc(0);
    return {
      push: (chunk) => {
        const { clean, rest } = this.#replace(
          held.length === 0 ? chunk : Buffer.concat([held, chunk]),
          false,
        );
        held = rest;
        return clean;
      },
      end: () => {
        const { clean } = this.#replace(held, true);
        held = Buffer.alloc(0);
        return clean;
      },
    };
  }

  /** `rest` is the end of `bytes` that may be the beginning of a secret; empty when nothing more will come. */
  #replace(bytes: Buffer, last: boolean): { clean: Buffer; rest: Buffer } {
    const parts: Buffer[] = [];
    // Where each needle is found next, so that each is searched for once however many others there are.
    const next = this.#needles.map((needle) => bytes.indexOf(needle));
    let from = 0;
    for (;;) {
      let hit = -1;
      for (let i = 0; i < next.length; i++) {
        if (next[i]! >= 0 && next[i]! < from) next[i] = bytes.indexOf(this.#needles[i]!, from);
        if (next[i]! >= 0 && (hit < 0 || next[i]! < next[hit]!)) hit = i;
      }
      // A longer secret may have begun before this hit and end in the next chunk.
      const open = last ? bytes.length : this.#openFrom(bytes, from);
      if (hit < 0 || open <= next[hit]!) {
        parts.push(bytes.subarray(from, open));
        return {
          clean: parts.length === 1 ? parts[0]! : Buffer.concat(parts),
          rest: Buffer.from(bytes.subarray(open)),
        };
      }
      parts.push(bytes.subarray(from, next[hit]), STARS);
      from = next[hit]! + this.#needles[hit]!.length;
    }
  }

  /** The first offset, `from` or later, from which all that is left is the beginning of a secret; else the end. */
  #openFrom(bytes: Buffer, from: number): number {
    let open = bytes.length;
    for (const needle of this.#needles) {
      const longest = Math.min(needle.length - 1, bytes.length - from);
      for (let length = longest; length > bytes.length - open; length--) {
        if (bytes.compare(needle, 0, length, bytes.length - length) === 0) open = bytes.length - length;
      }
    }
    return open;
  }
}

/** The text, or every string, key and value, of a plain JSON value, with the values of secrets hidden. */
export function maskJson(value: unknown, masker: Pick<Masker, 'text'>): unknown {
  if (typeof value === 'string') return masker.text(value);
  if (Array.isArray(value)) return value.map((entry: unknown) => maskJson(entry, masker));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [masker.text(key), maskJson(entry, masker)]),
  );
}
