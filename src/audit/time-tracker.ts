import type { RunTimes } from '../model/verdict.ts';
import type { Ms } from '../model/ids.ts';

/** A step of a run whose time is told; those with several tentacles may overlap with themselves. */
export type TimedStep = 'power' | 'flash' | 'verify' | 'setup' | 'test' | 'audit' | 'teardown';

/**
 * Where the time of a run went. All moments are of one monotonic clock, in ms. A step that takes place on several tentacles at
 * once counts from the first that begins to the last that ends; one that takes place again adds up.
 */
export class TimeTracker {
  readonly #open = new Map<TimedStep, { count: number; readonly from: Ms }>();
  readonly #spent = new Map<TimedStep, Ms>();
  #testFrom: Ms | undefined;
  #firstOutput: Ms | undefined;

  begin(step: TimedStep, at: Ms): void {
    const open = this.#open.get(step);
    if (open === undefined) this.#open.set(step, { count: 1, from: at });
    else open.count++;
    if (step === 'test') this.#testFrom ??= at;
  }

  end(step: TimedStep, at: Ms): void {
    const open = this.#open.get(step);
    if (open === undefined) throw new Error(`Internal error: expected ${step} to have begun, was not`);
    if (--open.count > 0) return;
    this.#open.delete(step);
    this.#spent.set(step, (this.#spent.get(step) ?? 0) + at - open.from);
  }

  /** Output came; only the first counts, from the beginning of the test phase. */
  output(at: Ms): void {
    if (this.#testFrom !== undefined) this.#firstOutput ??= at - this.#testFrom;
  }

  /** What is known so far, in whole ms; a step that still goes on counts up to `now`. */
  times(now: Ms): RunTimes {
    const times: { -readonly [K in keyof RunTimes]: RunTimes[K] } = {};
    for (const [step, key] of KEYS) {
      const open = this.#open.get(step);
      const before = this.#spent.get(step);
      if (step === 'test' && this.#firstOutput !== undefined)
        times.firstOutputMs = Math.round(this.#firstOutput);
      if (open === undefined && before === undefined) continue;
      times[key] = Math.round((before ?? 0) + (open === undefined ? 0 : now - open.from));
    }
    return times;
  }
}

const KEYS: readonly (readonly [TimedStep, keyof RunTimes])[] = [
  ['power', 'powerMs'],
  ['flash', 'flashMs'],
  ['verify', 'verifyMs'],
  ['setup', 'setupMs'],
  ['test', 'testMs'],
  ['audit', 'auditMs'],
  ['teardown', 'teardownMs'],
];
