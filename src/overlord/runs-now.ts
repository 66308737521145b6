import type { Phase, TestbedEvent } from '../event/event.ts';
import type { OrderId, RunId, SpecName, TentacleId } from '../model/ids.ts';

/** A run that is under way; times are epoch ms by the clock of its session. */
export interface RunUnderWay {
  readonly run: RunId;
  readonly order: OrderId;
  readonly spec: SpecName;
  readonly attempt: number;
  /** Somebody who watches asked for it: no counter has it. */
  readonly again: boolean;
  /** Empty for host-only runs. */
  readonly tentacles: readonly TentacleId[];
  readonly since: number;
  /** `audit`: its test process is gone, and the verdict is being made; null: none has begun. */
  readonly phase: Phase | 'audit' | null;
  /** Since when it is in that phase. */
  readonly phaseSince: number;
  /** The last test that was judged; null: none yet. */
  readonly test: string | null;
}

/** Folds the events of a session into what is going on at their end, next to the totals. */
export class RunsNow {
  readonly #runs = new Map<RunId, RunUnderWay>();

  /** What runs, in the order in which it began. */
  get runs(): readonly RunUnderWay[] {
    return [...this.#runs.values()];
  }

  apply(event: TestbedEvent): void {
    const at = event.at ?? 0;
    if (event.type === 'run-started') {
      const { run, order, spec, attempt, again = false, bindings = [] } = event;
      const tentacles = bindings.map(({ tentacle }) => tentacle);
      const fresh = { phase: null, phaseSince: at, test: null };
      this.#runs.set(run, { run, order, spec, attempt, again, tentacles, since: at, ...fresh });
    } else if (event.type === 'phase-started')
      this.#change(event.run, { phase: event.phase, phaseSince: at });
    else if (event.type === 'run-auditing') this.#change(event.run, { phase: 'audit', phaseSince: at });
    else if (event.type === 'test-finished') this.#change(event.run, { test: event.path });
    else if (event.type === 'run-finished') this.#runs.delete(event.run);
    // Whoever ran them is gone.
    else if (event.type === 'session-resumed') this.#runs.clear();
  }

  #change(id: RunId, change: Partial<RunUnderWay>): void {
    const run = this.#runs.get(id);
    if (run !== undefined) this.#runs.set(id, { ...run, ...change });
  }
}
