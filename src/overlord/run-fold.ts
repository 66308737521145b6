import type { RunFinished, RunStarted, TestFinished } from '../event/event.ts';
import type { TestCounts } from '../model/verdict.ts';
import type { FinishedRun, NamedTest, TestNote } from './totals.ts';

/** One run names at most so many of its tests that did not do as expected. */
const MOST_NAMED = 1000;
/** Most notes that are kept of tests that were skipped or excused; the log has them all. */
export const MOST_NOTES = 20_000;

/** Counts that start at nothing. */
export function noTests(): { -readonly [K in keyof TestCounts]: number } {
  return { pass: 0, fail: 0, error: 0, skip: 0, expectedFail: 0, unexpectedPass: 0 };
}

/** Adds counts to others. */
export function addTests(to: ReturnType<typeof noTests>, more: TestCounts): void {
  for (const key of Object.keys(to) as (keyof TestCounts)[]) to[key] += more[key];
}

/** One attempt that is under way. */
export class RunFold {
  readonly started: RunStarted;
  readonly counts = noTests();
  /** Tests that were skipped, or failed as expected. */
  readonly notes: TestNote[] = [];
  readonly #failed: NamedTest[] = [];
  readonly #surprising: NamedTest[] = [];

  constructor(started: RunStarted) {
    this.started = started;
  }

  test(event: TestFinished): void {
    const { verdict, expected } = event;
    const bad = verdict === 'fail' || verdict === 'error';
    this.counts[bad && expected ? 'expectedFail' : verdict]++;
    if (verdict === 'pass' && !expected) this.counts.unexpectedPass++;
    if (expected) {
      if (verdict !== 'pass' && this.notes.length < MOST_NOTES) this.notes.push(this.#note(event));
      return;
    }
    const list = bad ? this.#failed : this.#surprising;
    if (list.length < MOST_NAMED)
      list.push({ path: event.path, verdict, ...pick(event, 'reason', 'exceptionClass') });
  }

  /** All that is known of the run, now that it is over. */
  finish(event: RunFinished, label: string): FinishedRun {
    const { order, run, attempt, verdict, expected, durationMs } = event;
    const named = Object.values(this.counts).some((number) => number > 0);
    return {
      order,
      run,
      spec: this.started.spec,
      label,
      attempt,
      bindings: (this.started.bindings ?? []).map(({ role, tentacle, boardVariant }) => ({
        role,
        tentacle,
        boardVariant,
      })),
      verdict,
      expected,
      ...pick(event, 'cause', 'blame', 'reason', 'evidence', 'reproduce'),
      // A worker that died mid-way told of tests but not their sum; a log without test events has only the sum.
      tests: named ? { ...this.counts } : (event.tests ?? noTests()),
      failed: this.#failed,
      unexpectedPasses: this.#surprising,
      durationMs,
    };
  }

  #note({ path, verdict, reason = 'no reason was given' }: TestFinished): TestNote {
    const excuse = verdict === 'skip' ? reason : `failed as expected: ${reason}`;
    return { path, order: this.started.order, reason: excuse };
  }
}

/** The named properties, where they are there. */
export function pick<T extends object, K extends keyof T>(from: T, ...keys: readonly K[]): Pick<T, K> {
  const picked: Partial<T> = {};
  for (const key of keys) if (from[key] !== undefined) picked[key] = from[key];
  return picked as Pick<T, K>;
}
