import type { RunFinished, RunStarted, TestFinished } from '../event/event.ts';
import type { OrderId, RunId } from '../model/ids.ts';
import { pick, RunFold } from './run-fold.ts';
import type { FinishedRun, RetriedOrder, ToldAttempt } from './totals.ts';

/**
 * Attempts that somebody who watches asked for, of orders that had failed: they settle nothing and are in no counter, but an
 * order that failed and then passed is worth knowing. Bounded by what failed.
 */
export class ByHand {
  readonly #runs = new Map<RunId, RunFold>();
  readonly #over = new Map<OrderId, FinishedRun[]>();

  /** How many are under way. */
  get running(): number {
    return this.#runs.size;
  }

  started(event: RunStarted): void {
    this.#runs.set(event.run, new RunFold(event));
  }

  /** Nothing, when it is a test of another run. */
  test(event: TestFinished): void {
    this.#runs.get(event.run)?.test(event);
  }

  /** An attempt that we cut off says nothing. */
  finished(event: RunFinished, label: (spec: string) => string, cutOff: boolean): void {
    const fold = this.#runs.get(event.run);
    this.#runs.delete(event.run);
    if (fold === undefined || cutOff) return;
    const earlier = this.#over.get(event.order) ?? [];
    this.#over.set(event.order, [...earlier, fold.finish(event, label(fold.started.spec))]);
  }

  /** Whoever ran them is gone. */
  cutOff(): void {
    this.#runs.clear();
  }

  /** The orders that got at least one, each with how it had failed before. */
  orders(failures: Iterable<FinishedRun>): RetriedOrder[] {
    const settling = new Map([...failures].map((run) => [run.order, run]));
    return [...this.#over].map(([order, runs]) => {
      const first = settling.get(order);
      return {
        order,
        attempts: [...(first === undefined ? [] : [first]), ...runs].map(toldAttempt),
        passed: runs.at(-1)?.verdict === 'pass',
      };
    });
  }
}

/** What is told of one attempt beside others of its order. */
export function toldAttempt(run: FinishedRun): ToldAttempt {
  return {
    ...pick(run, 'run', 'verdict', 'cause', 'reason'),
    tentacles: run.bindings.map(({ tentacle }) => tentacle),
  };
}
