import type { Ending } from '../audit/ending.ts';
import type { TimeTracker } from '../audit/time-tracker.ts';
import type { Phase, TestbedEvent } from '../event/event.ts';
import type { Ms, TentacleId } from '../model/ids.ts';
import type { FromWorker, KeptBoard, LeftBoard, RunJob, WorkerSetup } from '../model/job.ts';
import type { ControlGroup } from '../process/cgroup.ts';
import { COOKIE, RUN_COOKIE, runCookie } from '../process/cookie.ts';
import type { Channel } from './channel.ts';
import type { Collector } from './collector.ts';
import type { Masker } from '../log/mask.ts';
import type { StopControl } from './stop.ts';
import type { TestTeller } from './tests.ts';

/** The last message of a run. */
export type OutcomeMessage = Extract<FromWorker, { kind: 'outcome' }>;
/** Enough to do by hand what a run did. */
export type Reproduce = NonNullable<OutcomeMessage['reproduce']>;

/** One timed step of a run, as `result.json` keeps it. */
export interface PhaseRecord {
  readonly phase: Phase;
  readonly tentacle?: TentacleId;
  readonly ending: 'done' | 'kept' | 'failed';
  readonly ms: Ms;
}

/** What all steps of one run share. */
export interface RunContext {
  readonly job: RunJob;
  readonly setup: WorkerSetup;
  readonly channel: Channel;
  readonly stop: StopControl;
  readonly masker: Masker;
  readonly collector: Collector;
  /** Epoch ms. */
  readonly startedAt: number;
  /** The same by the clock as it is now, which may have been set back since: results that are older are not of this run. */
  readonly freshSince: () => number;
  /** Says each judged test, once. */
  readonly teller: TestTeller;
  /** What was done, in order; goes into `result.json`. */
  readonly phases: PhaseRecord[];
  /** Boards that were left on, because a stage is ready there. */
  readonly kept: KeptBoard[];
  /** Boards that were left as they are, for a person to look at. */
  readonly left: LeftBoard[];
  /** Where its time goes. */
  readonly times: TimeTracker;
  /** Of this worker and all that it starts; undefined where there can be none. */
  readonly controlGroup: ControlGroup | undefined;
  /** Tentacles whose state is unknown after this run. */
  readonly suspect: Set<TentacleId>;
}

/** By these variables, every process of this run is found when its parent is gone. */
export function cookiesOf({ setup, job }: RunContext): Record<typeof COOKIE | typeof RUN_COOKIE, string> {
  return { [COOKIE]: setup.cookie, [RUN_COOKIE]: runCookie(setup.cookie, job.run.id) };
}

/** Puts an event of this run on its way; texts in it must be masked. */
export function emit(context: RunContext, event: TestbedEvent): void {
  context.channel.event(event);
}

/** A person should know this; it changes no verdict. */
export function warn(context: RunContext, text: string): void {
  const message = context.masker.text(text);
  context.collector.note(message);
  emit(context, { type: 'warning', run: context.job.run.id, message });
}

/** How a run ended that was told to stop. */
export function interrupted(during: string): Ending {
  return { kind: 'interrupted', during };
}

/** Milliseconds since `start` of `performance.now()`, whole. */
export function since(start: number): Ms {
  return Math.round(performance.now() - start);
}
