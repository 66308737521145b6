import type { RunFinished } from '../event/event.ts';
import type { Ms, RunId } from '../model/ids.ts';
import type { RunTimes } from '../model/verdict.ts';

/** So many of the slowest runs are remembered. */
const MOST = 5;

/** Where the time of one run went. */
export interface SlowRun {
  readonly run: RunId;
  readonly durationMs: Ms;
  readonly times: RunTimes;
}

/** Where the time of all runs went, every attempt of every order; a run counts if its worker lived to tell. */
export class TimeSpent {
  readonly #totals: { -readonly [K in keyof RunTimes]: RunTimes[K] } = {};
  #slowest: readonly SlowRun[] = [];
  #runs = 0;
  #totalMs: Ms = 0;

  /** How many runs told where their time went. */
  get runs(): number {
    return this.#runs;
  }

  /** All of these together, which may be much longer than the session. */
  get totalMs(): Ms {
    return this.#totalMs;
  }

  /** The sum of each step; that of first outputs, which are moments and not steps, means nothing. */
  get totals(): RunTimes {
    return this.#totals;
  }

  /** The slowest, longest first; of equals the first that ended. */
  get slowest(): readonly SlowRun[] {
    return this.#slowest;
  }

  add({ run, durationMs, times }: RunFinished): void {
    if (times === undefined) return;
    this.#runs++;
    this.#totalMs += durationMs;
    for (const [key, ms] of Object.entries(times) as [keyof RunTimes, Ms][])
      this.#totals[key] = (this.#totals[key] ?? 0) + ms;
    if (this.#slowest.length === MOST && durationMs <= (this.#slowest[MOST - 1]?.durationMs ?? 0)) return;
    this.#slowest = [...this.#slowest, { run, durationMs, times }]
      .toSorted((a, b) => b.durationMs - a.durationMs)
      .slice(0, MOST);
  }
}
