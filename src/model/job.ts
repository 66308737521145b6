import type { Firmware } from './firmware.ts';
import type { BoardVariant, Ms, RoleName, RunId, SessionId, StageName, TentacleId } from './ids.ts';
import type { Board, Tentacle } from './lab.ts';
import type { Expectation, TestRunSpec } from './plan.ts';
import type { TestRun } from './order.ts';
import type { HostStage, StageValues, TentacleStage } from './stage.ts';
import type { Outcome, RunTimes, TestCounts } from './verdict.ts';

/**
 * What passes between the dispatcher and a worker process: one JSON object a line. To the worker on its stdin, from the
 * worker on its descriptor 3, where event lines (`{"type":…`) and these messages (`{"kind":…`) alternate. End of file on
 * stdin means that the dispatcher is gone: the worker ends its test process and itself. Its stdout and stderr are
 * nothing but evidence, should it die.
 */
export const WORKER_PROTOCOL = 1;

/** Whether firmware is put on a board: when it differs, never, always. */
export type FlashPolicy = 'auto' | 'skip' | 'force';

/** A bound role with everything that a worker needs to know of its tentacle. */
export interface JobBinding {
  readonly role: RoleName;
  readonly tentacle: Tentacle;
  readonly board: Board;
  readonly variant: string;
  readonly boardVariant: BoardVariant;
  readonly firmware?: Firmware;
  /** The tentacle stages that the run starts from, parents first; absent: none. */
  readonly stages?: readonly BoardStageJob[];
  /** What an earlier run left ready on this board; it still is if the board's power mark is the same. */
  readonly kept?: Pick<KeptBoard, 'stages' | 'mark'>;
  /** It is on, in a state that this run does not start from: it has to begin anew. */
  readonly restart?: true;
}

/** One of the states that a board is to be in. */
export interface BoardStageJob {
  readonly stage: TentacleStage;
  /** Absolute; of the stage on this tentacle, made by the worker. */
  readonly directory: string;
  /** How often it was begun on this tentacle, if it is begun now. From 1. */
  readonly start: number;
}

/** A board that was left with its power on, and what it is ready for. */
export interface KeptBoard extends LeftBoard {
  readonly stages: readonly StageName[];
  /** As `Driver.powerMark` gives it. */
  readonly mark: string;
}

/** A board that was left as a run left it; a person may want to look at it. */
export interface LeftBoard {
  readonly tentacle: TentacleId;
  /** Secrets masked; absent: it has no power, or none any more. */
  readonly port?: string;
}

/** Everything that a worker needs to carry out one run, nothing else. */
export interface RunJob {
  readonly run: TestRun;
  readonly spec: TestRunSpec;
  readonly bindings: readonly JobBinding[];
  /** Absolute; `runs/<test id>` of the session's directory. Made by the worker. */
  readonly directory: string;
  /** Globs that narrow the tests (`--test`); empty: all. */
  readonly tests: readonly string[];
  /** Appended to the command (`--only 'standard:--via-mpy'`). */
  readonly extraArguments: readonly string[];
  readonly expectations: readonly Expectation[];
  /** Values of the host stages that are up for it, by name. */
  readonly stages: Readonly<Record<StageName, StageValues>>;
  /** Those of these stages that have an interpreter to start tests with; absent: none. */
  readonly preloads?: readonly HostStage[];
}

/** Everything that a worker needs to keep one host stage up. */
export interface HostStageJob {
  readonly stage: HostStage;
  /** Absolute; `stages/<name>` of the session's directory. Made by the worker. */
  readonly directory: string;
  /** Values of the host stages that it comes after, by name. */
  readonly stages: Readonly<Record<StageName, StageValues>>;
}

/** How a host stage ended. */
export interface HostStageEnd {
  readonly ready: boolean;
  /** We ended it. */
  readonly stopped: boolean;
  /** A sentence for a person. */
  readonly reason: string;
  /** By itself, with exit code 0. */
  readonly clean: boolean;
  /** To try again is in vain. */
  readonly hopeless: boolean;
  /** The last lines of its output, secrets masked. */
  readonly evidence?: string;
}

/** What all runs of a session share; sent once to each worker, and again to an idle one that comes into another session. */
export interface WorkerSetup {
  readonly protocol: typeof WORKER_PROTOCOL;
  readonly session: SessionId;
  readonly lab: string;
  readonly python: string;
  /** Absolute directories by source name. */
  readonly sources: Readonly<Record<string, string>>;
  /** Values of `${secret.NAME}`; masked in all that is kept. */
  readonly secrets: Readonly<Record<string, string>>;
  /** In the environment of every process of a run as `TESTBED_COOKIE`, so that strays of the session are found. */
  readonly cookie: string;
  /** The same for what may outlive the session: workers, stages, leases. Of a session without a runner it is the session's. */
  readonly benchCookie: string;
  /** Of whoever asked for the session: what commands find in their environment, and `${env.NAME}`. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly stateDirectory: string;
  readonly flash: FlashPolicy;
  /** Keep `run.ljsonl` of runs that passed. */
  readonly keep: boolean;
  /** Unix socket of the virtual boards' host, if the lab has any. */
  readonly virtualHost?: string;
}

export type ToWorker =
  /** The first message; again only to an idle worker. */
  | { readonly kind: 'setup'; readonly setup: WorkerSetup }
  /** Carry this out; only sent to an idle worker. */
  | { readonly kind: 'run'; readonly job: RunJob }
  /** Keep this up until `stop`; only sent to an idle worker. */
  | { readonly kind: 'stage'; readonly job: HostStageJob }
  /** End the current run or stage: `soon` sends TERM, waits the grace, and does the teardown; `now` kills. */
  | { readonly kind: 'stop'; readonly how: 'soon' | 'now' }
  /** Leave the boards of the current run as it leaves them, or not, after all; counts if it comes before the teardown. */
  | { readonly kind: 'leave-on'; readonly on: boolean };

export type FromWorker =
  /** Ready for the first run. */
  | { readonly kind: 'ready'; readonly protocol: number; readonly pid: number }
  /** The last line that the run printed, for the screen; at most ten a second, never logged. */
  | { readonly kind: 'progress'; readonly run: RunId; readonly text: string }
  /** The host stage is ready. */
  | {
      readonly kind: 'stage-ready';
      readonly stage: StageName;
      readonly pid: number;
      readonly values: StageValues;
      readonly durationMs: Ms;
    }
  /** The host stage is over, and nothing of it is left. Its last message. */
  | { readonly kind: 'stage-ended'; readonly stage: StageName; readonly end: HostStageEnd }
  /** The run is over, and everything of it is written: its verdict. The last message of a run. */
  | {
      readonly kind: 'outcome';
      readonly run: RunId;
      readonly outcome: Outcome;
      readonly tests?: TestCounts;
      readonly durationMs: Ms;
      /** Absent where the worker did not live to say. */
      readonly times?: RunTimes;
      readonly reproduce?: {
        readonly cwd: string;
        readonly env: Readonly<Record<string, string>>;
        readonly argv: readonly string[];
      };
      /** A test asked that nothing more be served, and why. */
      readonly bail?: string;
      /** Boards that were left on, because a stage is ready there; absent: none. */
      readonly kept?: readonly KeptBoard[];
      /** Boards that were left as they are, because that was asked for; absent: none. */
      readonly left?: readonly LeftBoard[];
      /** Tentacles whose state is unknown after this run. */
      readonly suspect: readonly TentacleId[];
      /** False: replace this worker before the next run. */
      readonly healthy: boolean;
    };
