import type { Ms } from '../model/ids.ts';
import { LONGEST_DELAY_MS } from '../util/longest-delay.ts';

/** Why the watch ended a test phase. */
export type Expiry = 'timeout' | 'silence';

/**
 * Watches a test phase: its whole length, and how long it has printed nothing, counted from the start or from the last
 * output, the first one too. Calls `onExpiry` at most once.
 */
export class Watch {
  readonly #silenceMs: Ms | undefined;
  readonly #onExpiry: (expiry: Expiry) => void;
  #lastOutput = performance.now();
  readonly #whole: NodeJS.Timeout;
  #quiet: NodeJS.Timeout | undefined;
  #stopped = false;
  /** We do not read for the moment, so that silence means nothing. */
  #deaf = false;

  constructor(limits: { timeoutMs: Ms; silenceMs?: Ms }, onExpiry: (expiry: Expiry) => void) {
    this.#silenceMs = limits.silenceMs;
    this.#onExpiry = onExpiry;
    this.#whole = setTimeout(
      () => this.#onceHeard(() => this.#expire('timeout')),
      Math.min(limits.timeoutMs, LONGEST_DELAY_MS),
    );
    if (limits.silenceMs !== undefined) this.#armQuiet(limits.silenceMs);
  }

  /** Output came. Only remembers the time: a timer for each chunk would cost more than the chunk. */
  output(): void {
    this.#lastOutput = performance.now();
  }

  /** Whether what the test prints is left unread for now. */
  set deaf(deaf: boolean) {
    this.#deaf = deaf;
    this.output();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#whole);
    clearTimeout(this.#quiet);
  }

  #armQuiet(delay: Ms): void {
    this.#quiet = setTimeout(
      () =>
        this.#onceHeard(() => {
          const left = this.#deaf
            ? this.#silenceMs!
            : this.#silenceMs! - (performance.now() - this.#lastOutput);
          if (left <= 0) this.#expire('silence');
          else this.#armQuiet(left);
        }),
      Math.min(Math.ceil(delay), LONGEST_DELAY_MS),
    );
  }

  /**
   * After what has already arrived was heard. A worker that was stopped for a while, or was slow, sees its timers first, and would
   * end a test that has talked, or is over.
   */
  #onceHeard(action: () => void): void {
    setImmediate(() => setImmediate(() => this.#stopped || action()));
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

/** What the work resolves with, or undefined after the limit. */
export async function atMost<T>(limitMs: Ms, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), limitMs)));
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
