import type { EventType, StageEnd, TestbedEvent } from '../../event/event.ts';
import type { Masker } from '../../log/mask.ts';
import type { StageName } from '../../model/ids.ts';
import { ADDRESS, type HostStage, type StageValues } from '../../model/stage.ts';
import { probeCookie, stageCookie } from '../../process/cookie.ts';
import { endStrays } from '../../process/strays.ts';
import { statOf } from '../../util/process-identity.ts';
import { heardEvent } from '../heard-event.ts';
import type { Recorder } from '../recorder.ts';
import type { StageOver, StageReadyMessage, Worker } from '../worker-host.ts';
import type { WorkerPool } from '../worker-pool.ts';
import { ReloadWatch } from './reload-watch.ts';

/** So many failures in a row, and it is not tried again. */
const MOST_FAILURES = 3;
/** After the second failure in a row; what was in its way may be gone by then. */
const REST_MS = 500;
/** Beyond its limit and its grace, what a worker may take with a stage before it is killed. */
const HUNG_AFTER_MS = 30_000;
/** A worker that was told to kill its stage at once has so long for it. */
const NOW_MS = 3000;

type State = 'down' | 'starting' | 'up' | 'lost' | 'stopping' | 'failing' | 'resting' | 'given-up';

/** What a stage failed with, for the orders that need it. */
export interface StageFailure {
  readonly reason: string;
  readonly evidence?: string;
}

/** What a worker may say about its stage, beside its messages. */
const SAYABLE: ReadonlySet<EventType> = new Set(['warning']);

/** It was told to stop before anything was started. */
const NEVER_BEGUN: StageOver = {
  kind: 'ended',
  end: { ready: false, stopped: true, reason: 'It was told to stop.', clean: false, hopeless: false },
};

/** What a stage is begun with. */
export interface StageBasis {
  readonly stage: HostStage;
  readonly masker: Masker;
  /** Absolute; of the stage, made by its worker. */
  readonly directory: string;
  /** Absolute, templates filled in. */
  readonly cwd: string;
  /** As `fingerprintOf` gives it: with another one, what is up is not the same stage. */
  readonly fingerprint: string;
}

/** What a keeper works with, and whom it tells. */
export interface KeeperRequest {
  /** Of the session that is served; what it is told when there is none is lost. */
  readonly recorder: Pick<Recorder, 'record' | 'recordLine'>;
  readonly pool: WorkerPool;
  readonly cookie: string;
  /** It is ready, or down, or may be tried again. */
  readonly onChange: () => void;
  readonly onBug: (bug: unknown) => void;
  /** It was up, and is down, though nobody asked for it. */
  readonly onDied: (failure: StageFailure) => void;
}

/**
 * One host stage of a bench, begun whenever a session needs it, by a worker that keeps it up.
 *
 *     down ── begin() ──▶ starting ── ready ──▶ up ── stop() ──▶ stopping ──▶ down
 *      ▲                     │                  ├─ isGone(): we saw it first ─▶ lost
 *      │                     ▼   ends, or is late, or its worker dies           │
 *      ├──── resting ◀── failing ◀──────────────────────────────────────────────┘
 *      └─────────────────────┴──▶ given-up  (thrice in a row, in vain, or as restart: says)
 *
 * A session is told of it from its first use in this session on: `stage-started`, or `stage-ready` for one that was up before.
 */
export class StageKeeper {
  readonly #request: KeeperRequest;
  #basis: StageBasis;
  /** What it is begun with next, when it has to go down before. */
  #next: StageBasis | undefined;
  /** The session that is served was told of it. */
  #told = false;
  /** When a run last needed it, monotonic. */
  #usedAt = performance.now();
  /** When it got ready, epoch ms. */
  #since = 0;
  #state: State = 'down';
  #starts = 0;
  /** In a row. */
  #failures = 0;
  #values: StageValues = {};
  #pid = 0;
  #failure: StageFailure | undefined;
  #worker: Worker | undefined;
  #watch: ReloadWatch | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #rest: NodeJS.Timeout | undefined;
  #stopFor: { readonly why: StageEnd; readonly reason: string } | undefined;
  /** Resolves when it is down; undefined while it is. */
  #life: Promise<void> | undefined;
  /** A file that it reloads for was changed since it was begun. */
  changed = false;

  constructor(request: KeeperRequest, basis: StageBasis) {
    this.#request = request;
    this.#basis = basis;
  }

  get stage(): HostStage {
    return this.#basis.stage;
  }

  /** How often the session that is served has begun it, or found it up. */
  get starts(): number {
    return this.#starts;
  }

  /** When a run last needed it, monotonic. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** When it got ready, epoch ms; only while it is up. */
  get since(): number {
    return this.#since;
  }

  /** Another session is served: what is up stays, if it is the same stage; else it is ended before it is needed. */
  adopt(basis: StageBasis): void {
    this.#told = false;
    this.#starts = 0;
    this.#failures = 0;
    if (this.#state === 'resting' || this.#state === 'given-up') this.#rested();
    if (this.#state === 'down' || basis.fingerprint === this.#basis.fingerprint) {
      this.#basis = basis;
      this.#next = undefined;
    } else {
      this.#next = basis;
      this.changed = true;
    }
  }

  /** Resolves when it is known whether a file that it reloads for was changed by now. */
  async look(): Promise<void> {
    if (this.#state === 'up') await this.#watch?.lookNow();
  }

  /** A run of the session is about to start from it; it must be up. */
  use(): void {
    this.#usedAt = performance.now();
    if (this.#told) return;
    this.#told = true;
    this.#starts = 1;
    this.#recordReady({ kept: true, durationMs: 0 });
  }

  /** The session is over, and it stays up for the next one. */
  leave(): void {
    const reason = 'Its runner keeps it for the next session.';
    this.#record({ type: 'stage-stopped', stage: this.stage.name, why: 'kept', reason });
    this.#told = false;
  }

  get state(): State {
    return this.#state;
  }

  /** Nothing of it is there. */
  get isDown(): boolean {
    return this.#state === 'down' || this.#state === 'resting' || this.#state === 'given-up';
  }

  /** Something is on its way: it gets up, goes down, or rests. */
  get moving(): boolean {
    return this.#state !== 'down' && this.#state !== 'up' && this.#state !== 'given-up';
  }

  /** What `${stage.NAME.KEY}` stands for; only while it is up. */
  get values(): StageValues {
    return this.#values;
  }

  /** The same for people: secrets masked, and without what only workers need. */
  get toldValues(): StageValues {
    const { masker, stage } = this.#basis;
    const { [ADDRESS]: _, ...others } = this.#values;
    const shown = stage.ready.kind === 'preload' ? others : this.#values;
    return Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, masker.text(value)]));
  }

  /** Why it is given up, if it is. */
  get failure(): StageFailure | undefined {
    return this.#state === 'given-up' ? this.#failure : undefined;
  }

  /** Whether its process is gone, asked from the system, which knows sooner than we are told. Nobody new is sent to it then. */
  isGone(): boolean {
    if (this.#state !== 'up') return true;
    const state = statOf(this.#pid)?.state;
    if (state !== undefined && state !== 'Z' && state !== 'X') return false;
    this.#state = 'lost';
    this.#watchOver(HUNG_AFTER_MS);
    return true;
  }

  /** A run on it ended, and it is still there: whatever went wrong before is over. */
  served(): void {
    this.#failures = 0;
    this.#usedAt = performance.now();
  }

  /** Begins it; it must be down, and its parents up, with these values. */
  begin(parents: Readonly<Record<StageName, StageValues>>): void {
    if (this.#state !== 'down')
      throw new Error(`Internal error: expected stage ${this.stage.name} down, was ${this.#state}`);
    this.#basis = this.#next ?? this.#basis;
    this.#next = undefined;
    const stage = this.stage.name;
    this.#state = 'starting';
    this.#starts++;
    this.#told = true;
    this.changed = false;
    this.#record(
      this.#starts === 1
        ? { type: 'stage-started', stage }
        : { type: 'stage-respawned', stage, start: this.#starts },
    );
    this.#watchFiles();
    this.#life = this.#live(parents).catch((bug: unknown) => this.#request.onBug(bug));
  }

  /**
   * Ends it, if it is begun, for this reason, and nobody is sent to it from now on; it is told once `first` is over. Resolves
   * when nothing of it is left.
   */
  async stop(why: StageEnd, reason: string, first: Promise<unknown>): Promise<void> {
    if (this.#state === 'resting') this.#rested();
    if (this.#state === 'starting' || this.#state === 'up') {
      this.#state = 'stopping';
      this.#stopFor = { why, reason };
      clearTimeout(this.#watchdog);
      await first;
      this.#worker?.stop('soon');
      this.#watchOver(this.stage.graceMs + HUNG_AFTER_MS);
    }
    await this.#life;
  }

  /** Ends it at once, if it is not down: nothing of it may take longer than it takes to kill. */
  hurry(): void {
    if (this.#life === undefined) return;
    this.#stopFor ??= { why: 'end', reason: 'The session ends.' };
    this.#worker?.stop('now');
    this.#watchOver(NOW_MS);
  }

  async #live(parents: Readonly<Record<StageName, StageValues>>): Promise<void> {
    // What it reads is what was looked at, or it is begun anew.
    await this.#watch?.begun;
    // Meanwhile it may have been told to stop.
    const worker = this.#stopFor === undefined ? this.#request.pool.take() : undefined;
    const over = worker === undefined ? NEVER_BEGUN : await this.#keepUp(worker, parents);
    clearTimeout(this.#watchdog);
    this.#watch?.close();
    this.#worker = undefined;
    await this.#ended(over);
    if (worker !== undefined) this.#request.pool.giveBack(worker);
    this.#life = undefined;
    this.#request.onChange();
  }

  #keepUp(worker: Worker, parents: Readonly<Record<StageName, StageValues>>): Promise<StageOver> {
    const { stage, directory } = this.#basis;
    this.#worker = worker;
    this.#watchOver(stage.limitMs + stage.graceMs + HUNG_AFTER_MS);
    return worker.keep(
      { stage, directory, stages: parents },
      {
        line: (line) => {
          const event = heardEvent(line, SAYABLE);
          if (typeof event === 'string') return event;
          if (this.#told) this.#request.recorder.recordLine(line, event);
          return undefined;
        },
        ready: (message) => this.#ready(message),
      },
    );
  }

  #ready({ pid, values, durationMs }: StageReadyMessage): void {
    if (this.#state !== 'starting') return;
    clearTimeout(this.#watchdog);
    this.#state = 'up';
    this.#values = values;
    this.#pid = pid;
    this.#since = Date.now();
    this.#usedAt = performance.now();
    this.#recordReady({ durationMs });
    this.#request.onChange();
  }

  #recordReady(how: { readonly durationMs: number; readonly kept?: true }): void {
    this.#record({ type: 'stage-ready', stage: this.stage.name, values: this.toldValues, ...how });
  }

  /** What a session never used is not in its log. */
  #record(event: TestbedEvent): void {
    if (this.#told) this.#request.recorder.record(event);
  }

  async #ended(over: StageOver): Promise<void> {
    const stage = this.stage.name;
    const wasUp = this.#state === 'up' || this.#state === 'lost';
    const stopFor = this.#stopFor;
    this.#stopFor = undefined;
    if (stopFor !== undefined) {
      if (over.kind === 'died') await this.#endStrays();
      this.#state = 'down';
      this.#record({ type: 'stage-stopped', stage, ...stopFor });
      return;
    }
    this.#state = 'failing';
    this.#failures++;
    const failure = failureOf(over);
    const why = this.#isHopeless(over) ? 'given-up' : wasUp ? 'died' : 'not-ready';
    this.#record({ type: 'stage-stopped', stage, why, ...failure });
    // Who was on it is told at once; what its worker left behind may take a moment.
    if (wasUp) this.#request.onDied(failure);
    if (over.kind === 'died') await this.#endStrays();
    this.#failure = failure;
    if (why === 'given-up') this.#state = 'given-up';
    else if (this.#failures === 1) this.#state = 'down';
    else {
      this.#state = 'resting';
      this.#rest = setTimeout(() => {
        this.#rested();
        this.#request.onChange();
      }, REST_MS);
    }
  }

  #isHopeless(over: StageOver): boolean {
    const { restart } = this.stage;
    if (this.#failures >= MOST_FAILURES || restart === 'never') return true;
    return over.kind === 'ended' && (over.end.hopeless || (restart === 'on-failure' && over.end.clean));
  }

  #rested(): void {
    clearTimeout(this.#rest);
    this.#state = 'down';
  }

  async #endStrays(): Promise<void> {
    const { cookie } = this.#request;
    await endStrays(stageCookie(cookie, this.stage.name));
    await endStrays(probeCookie(cookie, this.stage.name));
  }

  #watchOver(limitMs: number): void {
    clearTimeout(this.#watchdog);
    if (this.#worker === undefined) return;
    this.#watchdog = setTimeout(() => this.#worker?.kill('it did not get on with its stage'), limitMs);
  }

  #watchFiles(): void {
    const { reload, name } = this.stage;
    if (reload.length === 0) return;
    const { onChange } = this.#request;
    this.#watch = new ReloadWatch(reload, this.#basis.cwd, {
      onChange: (file) => {
        this.changed = true;
        this.#record({ type: 'stage-changed', stage: name, path: file });
        onChange();
      },
      onTooMany: (most) => {
        const message = `The "reload:" of stage "${name}" names more than ${most} files; only these are looked at.`;
        this.#record({ type: 'warning', stage: name, message });
      },
    });
  }
}

function failureOf(over: StageOver): StageFailure {
  if (over.kind === 'ended') {
    const { reason, evidence } = over.end;
    return { reason, ...(evidence === undefined ? {} : { evidence }) };
  }
  const { how, evidence } = over;
  return {
    reason: `The worker process that kept it up died: ${how}.`,
    ...(evidence === undefined ? {} : { evidence }),
  };
}
