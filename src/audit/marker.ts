/** A piece of a stream of the test process: bytes that it printed, or a marker that stood between them. */
export type Piece = { readonly bytes: Buffer } | { readonly marker: number };

/** A number has so many digits at most; more is text. */
const MOST_DIGITS = 15;
const NEWLINE = 0x0a;

/**
 * Takes the markers out of one stream of bytes, which may be cut anywhere. A marker is the run's prefix, which holds a
 * secret, then a number and a newline; it may stand in the middle of a line. All else is text, whatever it looks like.
 */
export class MarkerSplitter {
  readonly #prefix: Buffer;
  /** What may be the beginning of a marker; shorter than one. */
  #held: Buffer = Buffer.alloc(0);

  constructor(prefix: string) {
    this.#prefix = Buffer.from(prefix);
  }

  push(chunk: Buffer): Piece[] {
    const all = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const pieces: Piece[] = [];
    let from = 0;
    let at = all.indexOf(this.#prefix);
    for (; at >= 0; at = all.indexOf(this.#prefix, at + 1)) {
      const marker = this.#markerAt(all, at + this.#prefix.length);
      if (marker === 'open') break;
      if (marker === undefined) continue;
      if (at > from) pieces.push({ bytes: all.subarray(from, at) });
      pieces.push({ marker: marker.number });
      from = marker.end;
      at = marker.end - 1;
    }
    const open = at >= 0 ? at : this.#openFrom(all, from);
    if (open > from) pieces.push({ bytes: all.subarray(from, open) });
    this.#held = open === all.length ? EMPTY : Buffer.from(all.subarray(open));
    return pieces;
  }

  /** What was held back is text: nothing more will come. */
  end(): Piece[] {
    const bytes = this.#held;
    this.#held = EMPTY;
    return bytes.length === 0 ? [] : [{ bytes }];
  }

  /** The number that stands at `from`, with its newline; `open`: its end is not there yet. */
  #markerAt(all: Buffer, from: number): { number: number; end: number } | 'open' | undefined {
    let end = from;
    while (end < all.length && all[end]! >= 0x30 && all[end]! <= 0x39) end++;
    if (end - from > MOST_DIGITS) return undefined;
    if (end === all.length) return 'open';
    if (end === from || all[end] !== NEWLINE) return undefined;
    return { number: Number(all.toString('latin1', from, end)), end: end + 1 };
  }

  /** The first offset from which all that is left is the beginning of the prefix; else the end. */
  #openFrom(all: Buffer, from: number): number {
    const first = this.#prefix[0]!;
    let at = all.indexOf(first, Math.max(from, all.length - this.#prefix.length + 1));
    for (; at >= 0; at = all.indexOf(first, at + 1)) {
      if (all.compare(this.#prefix, 0, all.length - at, at, all.length) === 0) return at;
    }
    return all.length;
  }
}

const EMPTY = Buffer.alloc(0);
