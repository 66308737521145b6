/** Ctrl-A: enter the raw REPL. */
export const CTRL_A = '\x01';
/** Ctrl-B: leave it. */
export const CTRL_B = '\x02';
/** Ctrl-C: interrupt. */
export const CTRL_C = '\x03';
/** Ctrl-D: end of program; alone: soft reset. */
export const CTRL_D = '\x04';

/** What the raw REPL says when it is entered. */
export const BANNER = Buffer.from('raw REPL; CTRL-B to exit\r\n>');

/**
 * One exchange with a board, as a pure state machine: bytes in, bytes out through what it was made with, no clock and no
 * port. How the bytes are cut into chunks makes no difference.
 */
export interface Dialogue {
  /** Takes what the board said; what comes after the end of the dialogue is ignored. */
  feed(bytes: Buffer): void;
  readonly done: boolean;
  /** True while the board is to answer soon; false while it runs a program that may be silent for long. */
  readonly brisk: boolean;
  /** What is waited for, for a person: `the board did not …`. */
  readonly waitingFor: string;
}

/** Finds a text in a stream of bytes, whatever comes before it. */
export class Finder {
  readonly #text: Buffer;
  #tail: Buffer = Buffer.alloc(0);

  constructor(text: Buffer | string) {
    this.#text = Buffer.from(text as string);
  }

  /** The offset in `bytes` right after the text; undefined: not yet. */
  feed(bytes: Buffer): number | undefined {
    const joined = Buffer.concat([this.#tail, bytes]);
    const at = joined.indexOf(this.#text);
    if (at !== -1) return at + this.#text.length - this.#tail.length;
    this.#tail = joined.subarray(Math.max(0, joined.length - this.#text.length + 1));
    return undefined;
  }
}

/** Waits for texts, one after the other, and ignores everything else. The first is to come soon. */
export class Expect implements Dialogue {
  readonly waitingFor: string;
  readonly #texts: (Buffer | string)[];
  readonly #count: number;
  #finder: Finder | undefined;

  constructor(waitingFor: string, ...texts: (Buffer | string)[]) {
    this.waitingFor = waitingFor;
    this.#texts = texts;
    this.#count = texts.length;
    this.#next();
  }

  get brisk(): boolean {
    return this.#texts.length === this.#count - 1;
  }

  get done(): boolean {
    return this.#finder === undefined;
  }

  feed(bytes: Buffer): void {
    let rest = bytes;
    while (this.#finder !== undefined) {
      const end = this.#finder.feed(rest);
      if (end === undefined) return;
      rest = rest.subarray(end);
      this.#next();
    }
  }

  #next(): void {
    const text = this.#texts.shift();
    this.#finder = text === undefined ? undefined : new Finder(text);
  }
}
