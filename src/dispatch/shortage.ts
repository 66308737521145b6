import type { Ms } from '../model/ids.ts';

/** So long nothing is begun after the system had nothing left though nothing of ours ran; then it is asked once more. */
const RESTS_MS: readonly Ms[] = [100, 300, 1000, 3000];
/** After so many runs that had all they needed, one more at a time is tried. */
const TRY_MORE_AFTER = 20;

/**
 * The system had no process, open file or memory left to start a run with. Whose fault that is can not be told from here, and it may
 * pass: so the order waits, and fewer runs are begun.
 *
 *     no limit ─┬─ met(), n others run ─▶ n at a time ── 20 runs are over ──▶ n + 1 at a time …
 *               └─ met(), nobody runs ──▶ resting ── the rest is over ──▶ as before
 *                                         (so often in a row; then met() gives the order up)
 */
export class Shortage {
  readonly #onChange: () => void;
  #most = Number.POSITIVE_INFINITY;
  #fine = 0;
  #rests = 0;
  #rest: NodeJS.Timeout | undefined;
  #told = false;

  /** @param onChange a rest is over */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Whether a run may begin while so many are in flight. */
  allows(inFlight: number): boolean {
    return this.#rest === undefined && inFlight < this.#most;
  }

  /** A run could not be started while so many others are in flight; false: its order should not wait any longer. */
  met(others: number): boolean {
    this.#fine = 0;
    if (others > 0) {
      this.#most = Math.min(this.#most, others);
      return true;
    }
    const ms = RESTS_MS[this.#rests];
    if (ms === undefined) return false;
    this.#rests++;
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.#onChange();
    }, ms);
    return true;
  }

  /** True the first time that it is asked: whoever watches is told once. */
  tell(): boolean {
    const first = !this.#told;
    this.#told = true;
    return first;
  }

  /** A run that had all it needed is over. */
  over(): void {
    this.#rests = 0;
    if (++this.#fine < TRY_MORE_AFTER) return;
    this.#fine = 0;
    this.#most++;
  }

  /** Nobody waits any longer. */
  close(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
  }
}
