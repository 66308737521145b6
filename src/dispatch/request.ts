import type { TestbedEvent } from '../event/event.ts';
import type { OrderId, RunId, SessionId, TentacleId } from '../model/ids.ts';
import type { FlashPolicy } from '../model/job.ts';
import type { Lab } from '../model/lab.ts';
import type { Ms } from '../model/ids.ts';
import type { Overlord } from '../overlord/overlord.ts';
import type { FinishedRun } from '../overlord/totals.ts';
import type { OrderPlan } from '../plan/plan-orders.ts';
import type { Bench } from './bench.ts';

/** How a session is to go; defaults in brackets. */
export interface SessionOptions {
  /** Version of testbed, for the log. */
  readonly version: string;
  /** The command line, for the log and for others who wait for our leases. */
  readonly command: readonly string[];
  /** Runs at the same time, at most. [host-only runs: one per core; runs with tentacles: as the tentacles allow] */
  readonly jobs?: number;
  /** [auto] */
  readonly flash?: FlashPolicy;
  /** Keep `run.ljsonl` of runs that passed. [false] */
  readonly keep?: boolean;
  /** Wait for tentacles that somebody else holds. [true] */
  readonly wait?: boolean;
  /** Serve nothing more after so many orders failed. */
  readonly failFast?: number;
  /** A test that asks to stop everything stops what runs, too. [false] */
  readonly bailNow?: boolean;
  /** Say who waits for what when nothing has started for so long though orders wait. [never] */
  readonly stallReportMs?: Ms;
  /** The program of the workers. [the worker that belongs to this dispatcher] */
  readonly workerEntry?: string;
  /** What a worker may take beyond all limits of a run, before it counts as hung. [30 s] */
  readonly hungAfterMs?: Ms;
}

/** All that a session needs. */
export interface SessionRequest {
  readonly lab: Lab;
  /** Values of `${secret.NAME}`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly plan: OrderPlan;
  readonly options: SessionOptions;
  /** Of whoever asked for it: what its commands find in their environment. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** One that is not resident is closed at the session's end. [a new one] */
  readonly bench?: Bench;
  readonly id: SessionId;
  /** Absolute; of the session, and there already. */
  readonly directory: string;
  /** Set for a session that goes on; the plan is then what is left of it. */
  readonly resume?: Resumption;
  /** Folds all events; new, or with all that the log holds. */
  readonly overlord: Overlord;
  /** Called with each record once it is in the log and in the overlord. */
  readonly emit: (line: string, event: TestbedEvent) => void;
  /** The last line that a run printed; never logged. */
  readonly progress?: (run: RunId, text: string) => void;
  /** What whoever watches should know now; never logged. */
  readonly note?: (text: string) => void;
}

/** Where a session goes on. */
export interface Resumption {
  /** Of its next record. */
  readonly nextSeq: number;
  /** Attempts that did not settle their orders. */
  readonly tried: ReadonlyMap<OrderId, readonly FinishedRun[]>;
}

/** How a session ended. */
export interface SessionEnd {
  readonly exit: number;
  /** Why log or runs could not be kept to the end; one sentence with what to do. */
  readonly fault?: string;
}

/** A session that goes on by itself. */
export interface RunningSession {
  /**
   * Serve nothing more. `soon`: what runs gets TERM, its grace and its teardown. `now`: what runs is killed. Can be called
   * again, and from `soon` on to `now`.
   */
  stop(how: 'soon' | 'now', by?: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void;
  /** Serves nothing more until `resume`; what runs goes on. */
  pause(): void;
  resume(): void;
  /** Ends one run; its order is told as not run. Nothing, when the run is over already. */
  stopRun(run: RunId): void;
  /** Tries all that failed so far once more, before all that waits; it stays failed, and the exit code what it is. */
  retryFailed(): void;
  /** Records something that a person should know; false when the log is closed. */
  warn(message: string): boolean;
  /** The tentacles of a run stay ours when it is over, and serve nobody; once more: they do not, after all. */
  hold(run: RunId): void;
  /** Such a tentacle is free again. */
  letGo(tentacle: TentacleId): void;
  /** What runs comes to its end, and the session with it: it is interrupted, and can be resumed. */
  finish(): void;
  /** Rejects only for a bug of ours. */
  readonly finished: Promise<SessionEnd>;
}
