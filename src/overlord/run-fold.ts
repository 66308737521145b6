import type { RunFinished, RunStarted, TestFinished } from '../event/event.ts';
import type { TestCounts } from '../model/verdict.ts';
import type { FinishedRun, NotedTest } from './totals.ts';

/** Kept of a run while it is under way: what its tests said. One run names at most so many of its tests in the end. */
const MOST_NOTED = 1000;

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
  readonly #failed: NotedTest[] = [];
  readonly #surprising: NotedTest[] = [];
  auditing = false;

  constructor(started: RunStarted) {
    this.started = started;
  }

  test(event: TestFinished): void {
    const { verdict, expected } = event;
    const bad = verdict === 'fail' || verdict === 'error';
    this.counts[bad && expected ? 'expectedFail' : verdict]++;
    if (verdict === 'pass' && !expected) this.counts.unexpectedPass++;
    if (expected) return;
    const list = bad ? this.#failed : this.#surprising;
    if (list.length < MOST_NOTED) list.push(noted(event));
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
      ...pick(event, 'cause', 'blame', 'reason', 'evidence', 'at', 'reproduce'),
      // A worker that died mid-way told of tests but not their sum; a log without test events has only the sum.
      tests: named ? { ...this.counts } : (event.tests ?? noTests()),
      failed: this.#failed,
      unexpectedPasses: this.#surprising,
      durationMs,
    };
  }
}

function noted(event: TestFinished): NotedTest {
  return {
    path: event.path,
    verdict: event.verdict,
    ...pick(event, 'reason', 'exceptionClass', 'durationMs'),
  };
}

/** The named properties, where they are there. */
export function pick<T extends object, K extends keyof T>(from: T, ...keys: readonly K[]): Pick<T, K> {
  const picked: Partial<T> = {};
  for (const key of keys) if (from[key] !== undefined) picked[key] = from[key];
  return picked as Pick<T, K>;
}
