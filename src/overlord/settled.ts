import type { OrderId } from '../model/ids.ts';
import { toldAttempt } from './by-hand.ts';
import { addTests, MOST_NOTES, noTests } from './run-fold.ts';
import type { FailedRun, FinishedRun, FlakyOrder, TestNote } from './totals.ts';

/** What came of the orders that a run has settled, and of the attempts before it. */
export class Settled {
  /** Orders by the verdict that counts; `expectedFail` is in `fail` and `error`, too. */
  readonly counts = { pass: 0, fail: 0, error: 0, skip: 0, expectedFail: 0 };
  readonly tests = noTests();
  readonly failures: FailedRun[] = [];
  readonly unexpectedPasses: FinishedRun[] = [];
  readonly flaky: FlakyOrder[] = [];
  readonly skipped: FinishedRun[] = [];
  readonly testNotes: TestNote[] = [];
  /** The attempts that did not settle their orders, of orders that are not settled. */
  readonly tried = new Map<OrderId, FinishedRun[]>();

  /** An attempt that settles nothing: its order is offered again. */
  try(run: FinishedRun): void {
    this.tried.set(run.order, [...(this.tried.get(run.order) ?? []), run]);
  }

  /** The attempt that counts; `fine`: it needs nobody to look at it. */
  settle(run: FinishedRun, { fine, notes }: { readonly fine: boolean; readonly notes: TestNote[] }): void {
    const { verdict, order } = run;
    this.counts[verdict]++;
    addTests(this.tests, run.tests);
    this.testNotes.push(...notes.slice(0, MOST_NOTES - this.testNotes.length));
    if (run.unexpectedPasses.length > 0 || run.tests.unexpectedPass > 0) this.unexpectedPasses.push(run);
    if (verdict === 'skip') this.skipped.push(run);
    const earlier = this.tried.get(order);
    this.tried.delete(order);
    if (earlier !== undefined && fine && verdict !== 'skip')
      this.flaky.push({ order, attempts: [...earlier, run].map(toldAttempt) });
    if (verdict !== 'fail' && verdict !== 'error') return;
    if (fine) this.counts.expectedFail++;
    else this.failures.push({ ...run, verdict });
  }
}
