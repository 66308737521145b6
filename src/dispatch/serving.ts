import type { EventType, TestbedEvent } from '../event/event.ts';
import type { Ms, StageName } from '../model/ids.ts';
import type { RunJob } from '../model/job.ts';
import type { Order } from '../model/order.ts';
import { heardEvent } from './heard-event.ts';
import type { RunEnd, Worker } from './worker-host.ts';
import { LONGEST_DELAY_MS } from '../util/longest-delay.ts';

/** A worker that was told to kill all at once has so long for it. */
const NOW_MS = 3000;

/** What a worker may say about its run; everything else is the dispatcher's to say. */
const SAYABLE: ReadonlySet<EventType> = new Set([
  'tentacle-lost',
  'tentacle-identified',
  'firmware-flashed',
  'stage-started',
  'stage-ready',
  'stage-respawned',
  'stage-stopped',
  'phase-started',
  'phase-finished',
  'test-finished',
  'measurement',
  'run-auditing',
  'warning',
]);

/** A host stage that died, and what is known of why. */
export interface LostStage {
  readonly stage: StageName;
  readonly reason: string;
  readonly evidence?: string;
}

/** One run in flight: which worker has it, and how long it may have it. */
export class Serving {
  readonly order: Order;
  readonly job: RunJob;
  readonly worker: Worker;
  /** The host stages that it needs up, parents first. */
  readonly hostStages: readonly StageName[];
  /** Monotonic. */
  readonly startedAt: Ms = performance.now();
  readonly #hungAfterMs: Ms;
  #watchdog: NodeJS.Timeout | undefined;
  #through = false;
  #lostStage: LostStage | undefined;
  #byHand = false;

  constructor(request: {
    order: Order;
    job: RunJob;
    worker: Worker;
    hostStages: readonly StageName[];
    hungAfterMs: Ms;
  }) {
    this.order = request.order;
    this.job = request.job;
    this.worker = request.worker;
    this.hostStages = request.hostStages;
    this.#hungAfterMs = request.hungAfterMs;
  }

  /** Sends the job; resolves when the worker is through with it, or gone. Never rejects. */
  async run(on: {
    readonly event: (line: string, event: TestbedEvent) => void;
    readonly progress: (text: string) => void;
  }): Promise<RunEnd> {
    this.#watch(limitOf(this.job) + this.#hungAfterMs);
    const end = await this.worker.run(this.job, {
      line: (line) => {
        const event = heardEvent(line, SAYABLE);
        if (typeof event === 'string') return event;
        if (event.run !== undefined && event.run !== this.job.run.id) return 'an event of another run';
        on.event(line, event);
        return undefined;
      },
      progress: on.progress,
    });
    this.#through = true;
    clearTimeout(this.#watchdog);
    return end;
  }

  /** Whether a person wanted the end of just this run. */
  get stoppedByHand(): boolean {
    return this.#byHand;
  }

  /** A person wants the end of this run, and no other. */
  stopByHand(): void {
    if (this.#through) return;
    this.#byHand = true;
    this.stop('soon');
  }

  /** Passes on that the session ends, and sees to it that the run does; nothing, when the worker is through with it. */
  stop(how: 'soon' | 'now'): void {
    if (this.#through) return;
    this.worker.stop(how);
    this.#watch(how === 'now' ? NOW_MS : stopLimitOf(this.job) + this.#hungAfterMs);
  }

  /** A stage that it was started from is down: what it still does is in vain. The first loss counts. */
  loseStage(lost: LostStage): void {
    this.#lostStage ??= lost;
    this.stop('soon');
  }

  /** Set when a stage that it was started from went down. */
  get lostStage(): LostStage | undefined {
    return this.#lostStage;
  }

  #watch(limitMs: Ms): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(
      () =>
        this.worker.kill(
          `it did not end the run within ${Math.round(limitMs / 1000)} s, all limits together`,
        ),
      Math.min(limitMs, LONGEST_DELAY_MS),
    );
  }
}

/** All that a run may take: its phases on all its boards one after the other, its test, and the grace at the end. */
function limitOf({ spec, bindings }: RunJob): Ms {
  const boards = bindings.reduce((sum, { board: { limits }, stages = [] }) => {
    sum += stages.reduce((all, { stage }) => all + stage.limitMs + limits.setupMs, 0);
    return sum + limits.powerMs + limits.flashMs + limits.verifyMs + limits.setupMs + limits.teardownMs;
  }, 0);
  return boards + spec.timeoutMs + spec.graceMs;
}

/** What is left of a run that was told to stop soon; a flash is not cut off. */
function stopLimitOf({ spec, bindings }: RunJob): Ms {
  const boards = bindings.reduce((sum, { board: { limits } }) => sum + limits.flashMs + limits.teardownMs, 0);
  return boards + spec.graceMs;
}
