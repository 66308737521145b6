import type {
  BoardVariant,
  Ms,
  OrderId,
  RoleName,
  RunId,
  SessionId,
  Sha256,
  SpecName,
  StageName,
  TentacleId,
} from '../model/ids.ts';
import type { StageValues } from '../model/stage.ts';
import type { Blame, Cause, RunTimes, TestCounts } from '../model/verdict.ts';

/**
 * The one truth about what happened, a line each in `events.jsonl`. The wire format and the reader's duties stand in
 * `docs/design/events.md`; `schema/event.schema.json` is the public contract. A reader skips types that it does not know.
 */
export const EVENT_FORMAT = 1;

/** What any event may say about where it belongs; these keys come first, in this order, where they apply. */
export interface Envelope {
  /** From 0, without gaps; given by the dispatcher, so absent while an event is on its way to it. */
  readonly seq?: number;
  /** Epoch ms by the origin's clock; given when the line is made. */
  readonly at?: number;
  readonly session?: SessionId;
  readonly order?: OrderId;
  readonly run?: RunId;
  readonly attempt?: number;
  readonly tentacle?: TentacleId;
  readonly stage?: StageName;
}

/** A timed step inside a run. */
export type Phase = 'power' | 'flash' | 'verify' | 'setup' | 'test' | 'teardown';

/** Who started something, so that a reader on the same host can tell whether it is still alive. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of `/proc/<pid>/stat`: a pid alone is reused. */
  readonly startTime: string;
  readonly bootId: string;
  readonly host: string;
  /** A hash of its host's `/etc/machine-id`: names are not unique. Empty where there is none; absent in older logs. */
  readonly machine?: string;
  /** Pids of another one (a container) mean nothing. Empty where it can not be told; absent in older logs. */
  readonly pidNamespace?: string;
}

/** Orders by what became of them; their sum is the plan at every event. */
export interface Counters {
  /** Passed, skipped, failed as expected. */
  readonly P: number;
  /** Failed, erred, unschedulable. */
  readonly F: number;
  /** Being audited. */
  readonly A: number;
  /** Running. */
  readonly R: number;
  /** To do, to retry, or not run. */
  readonly T: number;
}

/** Enough to do by hand what a run did: paste it into a shell. Secrets are masked. */
export interface Reproduce {
  readonly cwd: string;
  /** Only what the spec sets, not the whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
}

/** A session began; its plan has so many orders. Always the first record. */
export interface SessionStarted extends Envelope {
  readonly type: 'session-started';
  readonly session: SessionId;
  readonly format: typeof EVENT_FORMAT;
  readonly testbed: string;
  readonly node: string;
  readonly lab: string;
  readonly process: ProcessIdentity;
  readonly command: readonly string[];
  /** In serving order of the specs. */
  readonly plan: {
    readonly orders: number;
    readonly specs: readonly {
      readonly spec: SpecName;
      readonly label: string;
      readonly orders: number;
      readonly estimateMs: Ms;
    }[];
  };
}

/** Somebody who watches asked that nothing more be served for now; what runs goes on. */
export interface SessionPaused extends Envelope {
  readonly type: 'session-paused';
}

/** It serves again after a pause; nothing else changes. */
export interface SessionUnpaused extends Envelope {
  readonly type: 'session-unpaused';
}

/** A session that was cut off or stopped goes on: what ran when it ended is to do again, what was settled stays. */
export interface SessionResumed extends Envelope {
  readonly type: 'session-resumed';
  readonly session: SessionId;
  readonly testbed: string;
  readonly node: string;
  readonly process: ProcessIdentity;
  readonly command: readonly string[];
}

/** A session ended in good order, whatever its verdict. The last record, unless it was resumed. */
export interface SessionFinished extends Envelope {
  readonly type: 'session-finished';
  readonly ending: 'complete' | 'interrupted';
  readonly exit: number;
  readonly counters: Counters;
  readonly durationMs: Ms;
}

/** The session holds a tentacle for a run. */
export interface TentacleLeased extends Envelope {
  readonly type: 'tentacle-leased';
  readonly tentacle: TentacleId;
}

/** The session no longer holds a tentacle. */
export interface TentacleReleased extends Envelope {
  readonly type: 'tentacle-released';
  readonly tentacle: TentacleId;
}

/** Orders want a tentacle that somebody else holds. */
export interface TentacleHeld extends Envelope {
  readonly type: 'tentacle-held';
  readonly tentacle: TentacleId;
  readonly holder: ProcessIdentity & {
    readonly command: string;
    readonly since: number;
    readonly user: string;
  };
  /** False: they do not wait for it (`--no-wait`); absent: they do. */
  readonly waits?: false;
}

/** A run is over and its tentacle stays ours, because somebody who watches wants to look at it: nobody is served there. */
export interface TentacleKept extends Envelope {
  readonly type: 'tentacle-kept';
  readonly tentacle: TentacleId;
  /** The run that had it. Not `run`: that of a run is over with `run-finished`. */
  readonly after: RunId;
  /** Where its board answers, secrets masked; absent: it has no power. */
  readonly port?: string;
}

/** Nobody looks at a tentacle any more: it loses its power, and is released. */
export interface TentacleLetGo extends Envelope {
  readonly type: 'tentacle-let-go';
  readonly tentacle: TentacleId;
}

/** A tentacle's port went away in the middle of a run, or never came. */
export interface TentacleLost extends Envelope {
  readonly type: 'tentacle-lost';
  readonly tentacle: TentacleId;
  readonly evidence: string;
}

/** A board told over its REPL what it is and what it runs. */
export interface TentacleIdentified extends Envelope {
  readonly type: 'tentacle-identified';
  readonly tentacle: TentacleId;
  /** `sys.implementation` version, such as `1.29.0`. */
  readonly version: string;
  /** `sys.implementation._machine`. */
  readonly machine: string;
  /** Hex of `machine.unique_id()`, where it has one. */
  readonly uniqueId?: string;
}

/** New firmware was put on a tentacle. */
export interface FirmwareFlashed extends Envelope {
  readonly type: 'firmware-flashed';
  readonly tentacle: TentacleId;
  readonly boardVariant: BoardVariant;
  readonly firmware: Sha256;
  readonly version: string;
  readonly durationMs: Ms;
}

/**
 * A stage is begun: the command of a host stage was started, or the steps of a tentacle stage begin, in a run on that
 * tentacle.
 */
export interface StageStarted extends Envelope {
  readonly type: 'stage-started';
  readonly stage: StageName;
}

/** A stage is ready: runs are started from it. */
export interface StageReady extends Envelope {
  readonly type: 'stage-ready';
  readonly stage: StageName;
  /** What `${stage.NAME.KEY}` stands for from now on, secrets masked; absent for a tentacle stage. */
  readonly values?: StageValues;
  /** It was up before the session began, kept by its runner. */
  readonly kept?: true;
  /** How long it took; 0 for one that was kept. */
  readonly durationMs: Ms;
}

/** A stage is begun again, after it died, was lost or was reloaded: as `stage-started`. */
export interface StageRespawned extends Envelope {
  readonly type: 'stage-respawned';
  readonly stage: StageName;
  /** How often it was begun by now, this time included. */
  readonly start: number;
}

/** A file that a stage reloads for was changed: it is begun anew as soon as no run uses it. */
export interface StageChanged extends Envelope {
  readonly type: 'stage-changed';
  readonly stage: StageName;
  readonly path: string;
}

/** What kind of end it was that a stage came to. */
export type StageEnd =
  /** It was ready, and ended by itself, or was lost with its worker, board or power. */
  | 'died'
  /** It did not get ready, or one of its steps failed. */
  | 'not-ready'
  /** As one of these, and it is not tried again. */
  | 'given-up'
  /** Nobody needs it any more. */
  | 'idle'
  /** To be begun anew, because a file was changed. */
  | 'reload'
  /** A stage that it comes after is down. */
  | 'parent'
  /** A run that does not start from it has its tentacle, or a person. */
  | 'asked-for'
  /** The session ends. */
  | 'end'
  /** It is up: the session ends, and its runner keeps it for the next one. */
  | 'kept';

/** A stage is up no more, or no more this session's, and why. */
export interface StageStopped extends Envelope {
  readonly type: 'stage-stopped';
  readonly stage: StageName;
  readonly why: StageEnd;
  readonly reason: string;
  /** The last lines of its output, where they tell why. */
  readonly evidence?: string;
}

/** An order can not be carried out on this bench, and why. */
export interface OrderUnschedulable extends Envelope {
  readonly type: 'order-unschedulable';
  readonly order: OrderId;
  readonly spec: SpecName;
  readonly cause: Cause;
  readonly reason: string;
  /** What proves it, such as the last lines of a stage that does not get ready. */
  readonly evidence?: string;
}

/** An order was left when the session ended, and why. */
export interface OrderNotRun extends Envelope {
  readonly type: 'order-not-run';
  readonly order: OrderId;
  readonly spec: SpecName;
  readonly cause: Cause;
  readonly reason: string;
}

/** An attempt at an order began. */
export interface RunStarted extends Envelope {
  readonly type: 'run-started';
  readonly order: OrderId;
  readonly run: RunId;
  readonly attempt: number;
  readonly spec: SpecName;
  /** Absent for host-only specs. */
  readonly bindings?: readonly {
    readonly role: RoleName;
    readonly tentacle: TentacleId;
    readonly boardVariant: BoardVariant;
    readonly firmware?: Sha256;
  }[];
  /** Somebody who watches asked for it, of an order that had failed: whatever it comes to, its order stays failed. */
  readonly again?: true;
}

/** A timed step of a run began; `tentacle` says where, when it is not the whole run's. */
export interface PhaseStarted extends Envelope {
  readonly type: 'phase-started';
  readonly run: RunId;
  readonly phase: Phase;
}

/** A timed step of a run ended; `kept` means that the state was there already. */
export interface PhaseFinished extends Envelope {
  readonly type: 'phase-finished';
  readonly run: RunId;
  readonly phase: Phase;
  readonly ending: 'done' | 'kept' | 'failed';
  readonly durationMs: Ms;
}

/** One test inside a run was judged. */
export interface TestFinished extends Envelope {
  readonly type: 'test-finished';
  readonly run: RunId;
  readonly path: string;
  readonly verdict: 'pass' | 'fail' | 'error' | 'skip';
  readonly expected: boolean;
  readonly durationMs?: Ms;
  readonly reason?: string;
  readonly exceptionClass?: string;
  readonly boardVariant?: BoardVariant;
  readonly firmware?: Sha256;
  readonly commit?: string;
  readonly dirty?: Sha256;
}

/** A run measured something, such as a benchmark's score. */
export interface Measurement extends Envelope {
  readonly type: 'measurement';
  readonly run: RunId;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** A run's test process is gone and its output complete; the verdict is being made. */
export interface RunAuditing extends Envelope {
  readonly type: 'run-auditing';
  readonly run: RunId;
}

/** An attempt ended. The last event of a run. */
export interface RunFinished extends Envelope {
  readonly type: 'run-finished';
  readonly order: OrderId;
  readonly run: RunId;
  readonly attempt: number;
  readonly verdict: 'pass' | 'fail' | 'error' | 'skip';
  readonly expected: boolean;
  readonly cause?: Cause;
  readonly blame?: Blame;
  readonly reason?: string;
  readonly evidence?: string;
  /** The order will be offered again. */
  readonly willRetry: boolean;
  /** As in its `run-started`: it settles nothing. */
  readonly again?: true;
  /** Absent when no test inside the run was named. */
  readonly tests?: TestCounts;
  readonly durationMs: Ms;
  /** Where that time went. */
  readonly times?: RunTimes;
  /** Kept for what did not pass. */
  readonly reproduce?: Reproduce;
}

/** An order whose attempt ended in an error is offered again. */
export interface RunRetried extends Envelope {
  readonly type: 'run-retried';
  readonly order: OrderId;
  /** The attempt that ended. */
  readonly run: RunId;
  /** The number of the attempt to come. */
  readonly attempt: number;
}

/** A test asked that the session serve nothing more. */
export interface BailOut extends Envelope {
  readonly type: 'bail-out';
  readonly run: RunId;
  readonly reason: string;
}

/** Something that a person should know, and that changed no verdict. */
export interface Warning extends Envelope {
  readonly type: 'warning';
  readonly message: string;
}

export type TestbedEvent =
  | SessionStarted
  | SessionPaused
  | SessionUnpaused
  | SessionResumed
  | SessionFinished
  | TentacleLeased
  | TentacleReleased
  | TentacleHeld
  | TentacleKept
  | TentacleLetGo
  | TentacleLost
  | TentacleIdentified
  | FirmwareFlashed
  | StageStarted
  | StageReady
  | StageRespawned
  | StageChanged
  | StageStopped
  | OrderUnschedulable
  | OrderNotRun
  | RunStarted
  | PhaseStarted
  | PhaseFinished
  | TestFinished
  | Measurement
  | RunAuditing
  | RunFinished
  | RunRetried
  | BailOut
  | Warning;

export type EventType = TestbedEvent['type'];
