import os from 'node:os';
import type { RunFinished } from '../event/event.ts';
import { describeHolder } from '../labstate/describe.ts';
import { LabStateFault } from '../labstate/fault.ts';
import type { RunId, SpecName, TentacleId } from '../model/ids.ts';
import type { RunJob } from '../model/job.ts';
import type { Order, TestRun } from '../model/order.ts';
import type { TestRunSpec } from '../model/plan.ts';
import type { Cause } from '../model/verdict.ts';
import { TestBartender } from '../plan/bartender.ts';
import type { BenchState, Decision } from '../plan/bench-state.ts';
import { testIdOf } from '../plan/ids.ts';
import type { Unschedulable } from '../plan/plan-orders.ts';
import { runCookie } from '../process/cookie.ts';
import { endStrays } from '../process/strays.ts';
import { Attempts } from './attempts.ts';
import type { BenchDesk } from './bench-desk.ts';
import type { Recorder } from './recorder.ts';
import type { SessionRequest } from './request.ts';
import { Resources } from './resources.ts';
import { outcomeOfDeath, runFinished } from './run-finished.ts';
import { Serving } from './serving.ts';
import type { OutcomeMessage, RunEnd } from './worker-host.ts';
import type { WorkerPool } from './worker-pool.ts';

const HUNG_AFTER_MS = 30_000;
const NOBODY: ReadonlySet<TentacleId> = new Set();

/** Why orders are left over. */
export interface Leaving {
  readonly cause: Extract<Cause, 'interrupted' | 'bail' | 'fail-fast' | 'disk'>;
  readonly reason: string;
}

/** What a dispatcher works with. */
export interface DispatcherRequest {
  readonly session: Pick<SessionRequest, 'lab' | 'plan' | 'options' | 'overlord' | 'progress' | 'directory'>;
  readonly recorder: Recorder;
  readonly desk: BenchDesk;
  readonly pool: WorkerPool;
  readonly cookie: string;
}

/**
 * Serves orders until none is left, or it is told to leave.
 *
 *     serving ── nothing left, nothing in flight ────────────────────────▶ done
 *        └─ leave(): interrupted, bail, fail-fast, disk ─▶ leaving ─ nothing in flight ─▶ done
 *
 * `#schedule` is the one place where runs begin. It is synchronous: between the question what is free and the claim, the
 * bench can not change under it.
 */
export class Dispatcher {
  readonly #session: DispatcherRequest['session'];
  readonly #recorder: Recorder;
  readonly #desk: BenchDesk;
  readonly #pool: WorkerPool;
  readonly #cookie: string;
  readonly #bartender: TestBartender;
  readonly #specs: ReadonlyMap<SpecName, TestRunSpec>;
  readonly #attempts = new Attempts();
  readonly #resources = new Resources();
  readonly #serving = new Map<RunId, Serving>();
  readonly #untold: RunFinished[] = [];
  readonly #done = Promise.withResolvers<Leaving | undefined>();
  #state: 'starting' | 'serving' | 'leaving' | 'done' = 'starting';
  #leaving: Leaving | undefined;
  #hostRuns = 0;
  #scheduling = false;

  constructor(request: DispatcherRequest) {
    this.#session = request.session;
    this.#recorder = request.recorder;
    this.#desk = request.desk;
    this.#pool = request.pool;
    this.#cookie = request.cookie;
    this.#bartender = new TestBartender(request.session.plan);
    this.#specs = new Map(request.session.lab.specs.map((spec) => [spec.name, spec]));
  }

  /** Serves. Resolves when nothing is in flight and nothing more will be; with why, if orders are left. */
  serve(): Promise<Leaving | undefined> {
    for (const each of this.#session.plan.unschedulable) this.#unschedulable(each);
    if (this.#state === 'starting') this.#state = 'serving';
    this.schedule();
    return this.#done.promise;
  }

  /** What is left when it is done: neither run nor unschedulable. */
  remaining(): Iterable<Order> {
    return this.#bartender.remaining();
  }

  /** Ends of runs that the log had no room for when they came. */
  get untold(): readonly RunFinished[] {
    return this.#untold;
  }

  /** Serves nothing more. `how` says what becomes of what is in flight; absent, it may come to its end. */
  leave(why: Leaving, how?: 'soon' | 'now'): void {
    if (this.#state === 'done') return;
    // Ctrl-C during a bail-out is still a Ctrl-C, and a full disk explains more than anything.
    if (this.#leaving === undefined || (how !== undefined && this.#leaving.cause !== 'disk'))
      this.#leaving = why;
    this.#state = 'leaving';
    if (how !== undefined) for (const serving of this.#serving.values()) serving.stop(how);
    this.schedule();
  }

  /** Tentacles that serve nobody any more; the reason continues "tentacle 2731 …". */
  abandon(ids: readonly TentacleId[], reason: string): void {
    for (const id of ids) this.#giveUp(id, reason);
    this.schedule();
  }

  /** Starts all that can be started now. Called whenever something changed; cheap when nothing did. */
  schedule(): void {
    // What is recorded in here may come back to here.
    if (this.#scheduling || this.#state === 'starting' || this.#state === 'done') return;
    this.#scheduling = true;
    try {
      while (this.#state === 'serving') {
        const decision = this.#bartender.next(this.#bench());
        if (decision === undefined && !this.#unblock()) break;
        if (decision !== undefined) this.#begin(decision);
      }
    } catch (bug) {
      this.#state = 'done';
      this.#done.reject(bug);
      return;
    } finally {
      this.#scheduling = false;
    }
    if (this.#serving.size > 0) return;
    if (this.#state === 'leaving' || this.#bartender.left === 0) this.#finish();
  }

  #finish(): void {
    this.#state = 'done';
    this.#done.resolve(this.#leaving);
  }

  #bench(): BenchState {
    const { jobs } = this.#session.options;
    const full = jobs !== undefined && this.#serving.size >= jobs;
    const hostSlots = !full && this.#hostRuns < (jobs ?? os.availableParallelism());
    const state = this.#desk.state;
    return {
      ...state,
      free: full ? NOBODY : state.free,
      hostSlots,
      resourcesFree: (spec) => this.#resources.free(this.#spec(spec).uses),
    };
  }

  /**
   * Nothing can be served as the bench stands. True when that was changed: nothing is in flight or on its way, so those who
   * are held elsewhere, or whatever else blocks, are given up.
   */
  #unblock(): boolean {
    if (this.#serving.size > 0 || this.#desk.expecting || this.#bartender.left === 0) return false;
    const { held } = this.#desk;
    if (held.length > 0 && this.#session.options.wait !== false) return false;
    if (held.length > 0) {
      for (const { tentacle, lease } of held) this.#giveUp(tentacle.id, `is ${describeHolder(lease)}`);
      return true;
    }
    const stuck = [...this.#bartender.remaining()].map(({ id }) => id);
    throw new Error(
      `Internal error: expected orders that can be served, was ${stuck.slice(0, 5).join(', ')}`,
    );
  }

  #giveUp(id: TentacleId, reason: string): void {
    this.#desk.giveUp(id);
    for (const each of this.#bartender.abandon(id, reason)) this.#unschedulable(each);
  }

  #begin({ order, bindings: chosen }: Decision): void {
    const fault = this.#desk.firmwareFault(chosen);
    if (fault !== undefined) {
      this.#bartender.done(order);
      this.#unschedulable({ order, cause: 'build-failed', reason: fault });
      return;
    }
    const ids = chosen.map(({ tentacle }) => tentacle);
    if (!this.#claim(order, ids)) return;
    const bindings = this.#desk.withFirmware(chosen);
    const attempt = this.#attempts.next(order);
    const run: TestRun = {
      id: testIdOf(order, bindings, attempt),
      order: order.id,
      spec: order.spec,
      attempt,
      bindings,
    };
    for (const tentacle of ids) this.#recorder.record({ type: 'tentacle-leased', tentacle });
    if (!this.#recordStart(run)) {
      // Nobody was told of this run, so there was none.
      this.#bartender.giveBack(order);
      this.#desk.release(ids);
      return;
    }
    const job = this.#job(run);
    if (bindings.length === 0) this.#hostRuns++;
    this.#resources.take(job.spec.uses);
    const serving = new Serving({
      order,
      job,
      worker: this.#pool.take(),
      hungAfterMs: this.#session.options.hungAfterMs ?? HUNG_AFTER_MS,
    });
    this.#serving.set(run.id, serving);
    this.#carryOut(serving).catch((bug: unknown) => this.#done.reject(bug));
  }

  /** Takes the leases; when somebody was faster, the order goes back. */
  #claim(order: Order, ids: readonly TentacleId[]): boolean {
    try {
      if (this.#desk.claim(ids).ok) return true;
      this.#bartender.giveBack(order);
    } catch (error) {
      if (!(error instanceof LabStateFault)) throw error;
      this.#bartender.giveBack(order);
      for (const id of ids) this.#giveUp(id, `can not be leased: ${error.message}`);
    }
    return false;
  }

  #recordStart({ id, order, attempt, spec, bindings }: TestRun): boolean {
    return this.#recorder.record({
      type: 'run-started',
      order,
      run: id,
      attempt,
      spec,
      ...(bindings.length === 0
        ? {}
        : {
            bindings: bindings.map(({ role, tentacle, boardVariant, firmware }) => ({
              role,
              tentacle,
              boardVariant,
              ...(firmware === undefined ? {} : { firmware: firmware.sha256 }),
            })),
          }),
    });
  }

  #job(run: TestRun): RunJob {
    const { plan, lab, directory } = this.#session;
    return {
      run,
      spec: this.#spec(run.spec),
      bindings: this.#desk.jobBindings(run.bindings),
      directory: `${directory}/runs/${run.id}`,
      tests: plan.selection.tests,
      extraArguments: plan.selection.extraArguments(run.spec),
      expectations: lab.expectations,
    };
  }

  async #carryOut(serving: Serving): Promise<void> {
    const { job } = serving;
    const end = await serving.run({
      event: (line, event) => {
        if (event.type === 'firmware-flashed') this.#desk.flashed({ ...event, run: job.run.id });
        this.#recorder.recordLine(line, event);
      },
      progress: (text) => this.#session.progress?.(job.run.id, text),
    });
    const message = end.kind === 'outcome' ? end.outcome : await this.#afterDeath(serving, end);
    this.#end(serving, message, end.kind === 'died');
    this.#pool.giveBack(serving.worker);
    this.schedule();
  }

  /** What a dead worker can not end any more, we do. */
  async #afterDeath(
    { job, startedAt }: Serving,
    end: Extract<RunEnd, { kind: 'died' }>,
  ): Promise<OutcomeMessage> {
    await Promise.all([endStrays(runCookie(this.#cookie, job.run.id)), this.#desk.powerOff(job.bindings)]);
    const message = outcomeOfDeath(job, end, performance.now() - startedAt);
    if (this.#leaving?.cause !== 'interrupted' && this.#leaving?.cause !== 'disk') return message;
    // We may have killed it ourselves; a run that was cut off is no attempt, whoever did it.
    return { ...message, outcome: { ...message.outcome, cause: 'interrupted', blame: 'lab' } };
  }

  /** Everything of a run is over: says so, offers the order again if it is due, and frees what it held. */
  #end({ order, job }: Serving, message: OutcomeMessage, died: boolean): void {
    const { run, spec } = job;
    this.#serving.delete(run.id);
    this.#resources.giveBack(spec.uses);
    if (job.bindings.length === 0) this.#hostRuns--;
    this.#desk.forgetFirmware(message.suspect);
    const cutOff = message.outcome.cause === 'interrupted' && this.#leaving !== undefined;
    const retry = !cutOff && this.#isRetried(order, spec, message, died);
    const willRetry = cutOff || retry;
    const finished = runFinished(job, message, willRetry);
    if (!this.#recorder.record(finished)) this.#untold.push(finished);
    if (willRetry) this.#offerAgain(order, run, retry ? run.bindings.map(({ tentacle }) => tentacle) : []);
    if (!willRetry) this.#bartender.done(order);
    this.#release(run);
    if (message.bail !== undefined) this.#bail(run.id, message.bail);
    this.#failFast();
  }

  #isRetried(order: Order, spec: TestRunSpec, { outcome }: OutcomeMessage, died: boolean): boolean {
    if (outcome.verdict !== 'error' || this.#state !== 'serving') {
      this.#attempts.done(order);
      return false;
    }
    return this.#attempts.again(order, spec, died ? 'worker-died' : 'error');
  }

  #offerAgain(order: Order, run: TestRun, erredOn: readonly TentacleId[]): void {
    const retried = this.#state === 'serving';
    if (retried)
      this.#recorder.record({ type: 'run-retried', order: order.id, run: run.id, attempt: run.attempt + 1 });
    const nobody = this.#bartender.giveBack(order, erredOn);
    if (nobody !== undefined) this.#unschedulable(nobody);
  }

  #release({ bindings }: TestRun): void {
    const ids = bindings.map(({ tentacle }) => tentacle);
    if (ids.length === 0) return;
    this.#desk.release(ids);
    for (const tentacle of ids) this.#recorder.record({ type: 'tentacle-released', tentacle });
  }

  #bail(run: RunId, reason: string): void {
    this.#recorder.record({ type: 'bail-out', run, reason });
    this.leave({ cause: 'bail', reason: `${run} asked to stop everything: ${reason}` });
  }

  #failFast(): void {
    const { failFast } = this.#session.options;
    const { F } = this.#session.overlord.counters;
    if (failFast === undefined || F < failFast || this.#state !== 'serving') return;
    this.leave({
      cause: 'fail-fast',
      reason: `${F} failed, and --fail-fast=${failFast} ends the session there.`,
    });
  }

  #unschedulable({ order, cause, reason }: Omit<Unschedulable, 'cause'> & { readonly cause: Cause }): void {
    this.#recorder.record({ type: 'order-unschedulable', order: order.id, spec: order.spec, cause, reason });
  }

  #spec(name: SpecName): TestRunSpec {
    const spec = this.#specs.get(name);
    if (spec === undefined) throw new Error(`Internal error: expected a spec of the lab, was ${name}`);
    return spec;
  }
}
