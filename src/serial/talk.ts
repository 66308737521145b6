import type { Dialogue } from './dialogue.ts';
import { SerialFault } from './fault.ts';
import type { SerialLine } from './line.ts';

/** What a call is held to. */
export interface Limits {
  /** Of the whole call, in ms. */
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The limits of a call that has begun. */
export class Clock {
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly #deadline: number;

  constructor(limits: Limits) {
    this.limitMs = limits.limitMs;
    this.signal = limits.signal;
    this.#deadline = performance.now() + limits.limitMs;
  }

  get remainingMs(): number {
    return Math.max(0, this.#deadline - performance.now());
  }
}

/** `overdue`: `waitMs` are over. `stalled`: the board was to answer soon, and has been silent for `stallMs`. */
export type TalkEnding = 'done' | 'overdue' | 'stalled';

interface Talking {
  readonly dialogue: Dialogue;
  readonly settle: (ending: TalkEnding | SerialFault) => void;
}

const HEARD = 200;

/** Holds one dialogue at a time over a line, and remembers what was heard last. */
export class Talk {
  readonly line: SerialLine;
  #now: Talking | undefined;
  #heard: Buffer = Buffer.alloc(0);
  #lastAt = 0;

  constructor(line: SerialLine) {
    this.line = line;
    line.listen({ data: (bytes) => this.#take(bytes), gone: (fault) => this.#now?.settle(fault) });
  }

  /** The last bytes that came. */
  get heard(): Buffer {
    return this.#heard;
  }

  /**
   * Feeds the dialogue until it is done or time is up. Throws a `SerialFault` when the port goes or the signal comes; all
   * else is for the caller to put into words.
   */
  async hold(
    dialogue: Dialogue,
    options: { readonly waitMs: number; readonly stallMs: number; readonly signal: AbortSignal | undefined },
    begin: () => void,
  ): Promise<TalkEnding> {
    const { signal } = options;
    if (this.#now !== undefined)
      throw new Error(`Internal error: expected a quiet line, was busy: ${this.line.path}`);
    const { promise, resolve } = Promise.withResolvers<TalkEnding | SerialFault>();
    const abort = (): void =>
      resolve(new SerialFault('aborted', this.line.path, 'what the board was doing was given up'));
    this.#now = { dialogue, settle: resolve };
    this.#lastAt = performance.now();
    const end = this.#lastAt + options.waitMs;
    let timer: NodeJS.Timeout;
    // One timer for both limits: it looks at the clock, and sleeps on if it was woken for nothing.
    const look = (): void => {
      const now = performance.now();
      const stall = dialogue.brisk ? this.#lastAt + options.stallMs : Infinity;
      if (now >= end) resolve('overdue');
      else if (now >= stall) resolve('stalled');
      else timer = setTimeout(look, Math.max(1, Math.min(end - now, options.stallMs)));
    };
    timer = setTimeout(look, Math.min(options.waitMs, options.stallMs));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      if (signal?.aborted === true) abort();
      else if (this.line.ended !== undefined) resolve(this.line.ended);
      else begin();
      const ending = await promise;
      if (typeof ending === 'string') return ending;
      throw ending;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      this.#now = undefined;
    }
  }

  #take(bytes: Buffer): void {
    this.#heard = Buffer.concat([this.#heard, bytes.subarray(-HEARD)]).subarray(-HEARD);
    const now = this.#now;
    if (now === undefined) return;
    this.#lastAt = performance.now();
    now.dialogue.feed(bytes);
    if (now.dialogue.done) now.settle('done');
  }
}
