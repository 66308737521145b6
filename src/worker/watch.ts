import type { Ms } from '../model/ids.ts';

/** Why the watch ended a test phase. */
export type Expiry = 'timeout' | 'silence';

/** The longest delay that a timer of Node takes; more would fire at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Watches a test phase: its whole length, and how long it has printed nothing, counted from the start or from the last
 * output. Calls `onExpiry` at most once.
 */
export class Watch {
  readonly #silenceMs: Ms | undefined;
  readonly #onExpiry: (expiry: Expiry) => void;
  #lastOutput = performance.now();
  readonly #whole: NodeJS.Timeout;
  #quiet: NodeJS.Timeout | undefined;

  constructor(limits: { timeoutMs: Ms; silenceMs?: Ms }, onExpiry: (expiry: Expiry) => void) {
    this.#silenceMs = limits.silenceMs;
    this.#onExpiry = onExpiry;
    this.#whole = setTimeout(() => this.#expire('timeout'), Math.min(limits.timeoutMs, LONGEST));
    if (limits.silenceMs !== undefined) this.#armQuiet(limits.silenceMs);
  }

  /** Output came. Only remembers the time: a timer for each chunk would cost more than the chunk. */
  output(): void {
    this.#lastOutput = performance.now();
  }

  stop(): void {
    clearTimeout(this.#whole);
    clearTimeout(this.#quiet);
  }

  #armQuiet(delay: Ms): void {
    this.#quiet = setTimeout(
      () => {
        const left = this.#silenceMs! - (performance.now() - this.#lastOutput);
        if (left <= 0) this.#expire('silence');
        else this.#armQuiet(left);
      },
      Math.min(Math.ceil(delay), LONGEST),
    );
  }

  #expire(expiry: Expiry): void {
    this.stop();
    this.#onExpiry(expiry);
  }
}

/** `90 s`, `1.5 s`, `250 ms`: a limit as a person says it. */
export function sayMs(ms: Ms): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`;
}
