import { describeHolder } from '../labstate/describe.ts';
import type { RunId, TentacleId } from '../model/ids.ts';
import type { Order } from '../model/order.ts';
import type { Cause } from '../model/verdict.ts';
import type { BenchState, Decision } from '../plan/bench-state.ts';
import { count, several } from '../plan/compare.ts';
import type { Unschedulable } from '../plan/plan-orders.ts';
import { unreachable } from '../util/unreachable.ts';
import { beginRun } from './begin-run.ts';
import { diskFault } from './disk-probe.ts';
import { afterDeath, endRun } from './end-run.ts';
import type { Leaving } from './leaving.ts';
import type { DispatcherRequest } from './dispatcher-request.ts';
import { newService, type Service } from './service.ts';
import type { Serving } from './serving.ts';
import { watchStall, type StallWatch } from './stall.ts';

const NOBODY: ReadonlySet<TentacleId> = new Set();

/**
 * Serves orders until none is left, or it is told to leave.
 *
 *     starting ─▶ serving ◀─ resume() ─ pause() ─▶ paused
 *                    ├─ either: nothing left, nothing in flight ────────────────▶ closing ── no stage is left ──▶ done
 *                    └─ either: leave(): interrupted, bail, fail-fast, disk ─▶ leaving ─ nothing in flight ─▶ closing
 *
 * `schedule` is the one place where runs begin. It is synchronous: between the question what is free and the claim, the
 * bench can not change under it.
 */
export class Dispatcher {
  readonly #service: Service;
  readonly #done = Promise.withResolvers<Leaving | undefined>();
  #state: 'starting' | 'serving' | 'paused' | 'leaving' | 'closing' | 'done' = 'starting';
  #leaving: Leaving | undefined;
  #scheduling = false;
  #stall: StallWatch | undefined;
  #saidKept = '';

  constructor(request: DispatcherRequest) {
    this.#service = newService(request, {
      onChange: () => this.schedule(),
      onDied: (lost) => {
        for (const serving of this.#service.inFlight.on(lost.stage)) serving.loseStage(lost);
      },
      onBug: (bug) => this.#fail(bug),
    });
  }

  /** Serves. Resolves when nothing is in flight and nothing more will be; with why, if orders are left. */
  serve(): Promise<Leaving | undefined> {
    for (const each of this.#service.session.plan.unschedulable) this.#unschedulable(each);
    if (this.#state === 'starting') this.#state = 'serving';
    this.#stall = watchStall(this.#service, () => this.#state === 'serving');
    this.schedule();
    return this.#done.promise.finally(() => this.#stall?.close());
  }

  /** What is left when it is done: neither run nor unschedulable. */
  remaining(): Iterable<Order> {
    return this.#service.bartender.remaining();
  }

  /** Serves nothing more. `how` says what becomes of what is in flight; absent, it may come to its end. */
  leave(why: Leaving, how?: 'soon' | 'now'): void {
    if (this.#state === 'done') return;
    if (how === 'now') this.#service.stages.hurry();
    // All that was planned has its end; only stages are still to go.
    if (this.#state === 'closing') return;
    // Ctrl-C during a bail-out is still a Ctrl-C, and a full disk explains more than anything.
    if (this.#leaving === undefined || (how !== undefined && this.#leaving.cause !== 'disk'))
      this.#leaving = why;
    // A person who looks at a board after a failure has the time for it that --fail-fast does not take.
    const { holds, inFlight } = this.#service;
    if (isCutShort(this.#leaving)) holds.letAllGo(inFlight.all);
    this.#state = 'leaving';
    if (how !== undefined) inFlight.stop(how);
    this.schedule();
  }

  /** Serves nothing more until `resume`; what runs goes on. */
  pause(): void {
    if (this.#state !== 'serving') return;
    this.#state = 'paused';
    this.#service.recorder.record({ type: 'session-paused' });
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'serving';
    this.#service.recorder.record({ type: 'session-unpaused' });
    this.schedule();
  }

  /** Leaves what is to be served for later. What was asked for again is part of no plan, and nothing is left over with it. */
  finish(why: Leaving): void {
    const { bartender, holds, inFlight } = this.#service;
    for (const order of bartender.forgetAgain()) this.#dropAgain(order);
    holds.letAllGo(inFlight.all);
    if (bartender.left > 0) this.leave(why);
    else this.schedule();
  }

  /** The tentacles of a run stay with us when it is over, for a person to look at, or not, after all; says which. */
  hold(run: RunId): void {
    const { inFlight, holds, session } = this.#service;
    const say = (text: string): void => session.note?.(text);
    const serving = inFlight.get(run);
    if (serving === undefined) return say(`${run} is over`);
    const { bindings } = serving.job;
    if (bindings.length === 0) return say(`${run} is on the host: there is no tentacle to hold`);
    if (isCutShort(this.#leaving)) return say('the session ends: nothing is held');
    const names = several(bindings.map(({ tentacle }) => tentacle.id));
    say(
      holds.ask(serving)
        ? `${names} will be held when ${run} is over; h again: not`
        : `${names} will be let go when ${run} is over`,
    );
  }

  /** Nobody looks at a tentacle any more. Nothing, when nobody does. */
  letGo(tentacle: TentacleId): void {
    this.#service.holds.letGo(tentacle);
  }

  /** Tries all that failed so far once more, before all that waits; says what comes of it. */
  retryFailed(): void {
    const { failed, bartender, stages, session } = this.#service;
    const say = (text: string): void => session.note?.(text);
    if (this.#state !== 'serving' && this.#state !== 'paused') return say('nothing more is served');
    const orders = failed.take();
    if (orders.length === 0)
      return say(failed.taken > 0 ? 'all that failed is being tried again' : 'nothing has failed so far');
    for (const { spec } of orders) stages.again(spec);
    for (const each of bartender.again(orders)) this.#unschedulable(each);
    say(
      `${count(failed.taken, 'order')} that failed ${failed.taken === 1 ? 'is' : 'are'} tried again, before all else`,
    );
    this.schedule();
  }

  /** Ends one run because a person wants it; its order is not run in this session. */
  stopRun(run: RunId): void {
    this.#service.inFlight.stopRun(run);
  }

  /** Tentacles that serve nobody any more; the reason continues "tentacle 2731 …". */
  abandon(ids: readonly TentacleId[], reason: string): void {
    this.#giveUp(ids, reason);
    this.schedule();
  }

  /** Starts all that can be started now. Called whenever something changed; cheap when nothing did. */
  schedule(): void {
    // What is recorded in here may come back to here.
    if (this.#scheduling || this.#state === 'starting' || this.#state === 'closing' || this.#state === 'done')
      return;
    const { bartender, inFlight, stages, holds, shortage } = this.#service;
    this.#scheduling = true;
    try {
      while (this.#state === 'serving' && shortage.allows(inFlight.size)) {
        stages.forgetAsked();
        const decision = bartender.next(this.#bench());
        if (decision !== undefined) {
          this.#begin(decision);
          continue;
        }
        stages.settle(inFlight);
        if (!this.#unblock()) break;
      }
    } catch (bug) {
      this.#fail(bug);
      return;
    } finally {
      this.#scheduling = false;
    }
    if (inFlight.size > 0 || holds.expecting) return;
    const left = this.#state === 'leaving' ? 0 : bartender.left + bartender.leftAgain;
    if (holds.kept.length > 0) return this.#sayKept(left);
    if (left === 0) void this.#close();
  }

  /** Nothing runs, and a tentacle is held by hand: says once who waits for it, if nothing else can come. */
  #sayKept(left: number): void {
    const { desk, stages, holds, session } = this.#service;
    const others = desk.expecting || stages.expecting || desk.held.length > 0 || this.#state === 'paused';
    if (left > 0 && others) return;
    const who =
      left > 0
        ? `${count(left, 'order')} wait${left === 1 ? 's' : ''}`
        : 'all else is over: the session waits';
    const text = `${who} for ${several(holds.kept)}, held by hand (h on it lets it go, q ends the session)`;
    if (text !== this.#saidKept) session.note?.(text);
    this.#saidKept = text;
  }

  async #close(): Promise<void> {
    this.#state = 'closing';
    this.#service.shortage.close();
    try {
      await this.#service.holds.close();
      await this.#service.stages.close();
    } catch (bug) {
      this.#fail(bug);
    }
    this.#state = 'done';
    this.#done.resolve(this.#leaving);
  }

  #fail(bug: unknown): void {
    this.#state = 'done';
    this.#done.reject(bug);
  }

  #bench(): BenchState {
    const { desk, inFlight, spec, stages } = this.#service;
    const { state } = desk;
    return {
      ...state,
      free: inFlight.full ? NOBODY : state.free,
      hostSlots: inFlight.hostSlots,
      resourcesFree: (name) => inFlight.resourcesFree(spec(name)) && stages.allow(name),
      // To ask costs the bartender a look at every order.
      ...(stages.onBoards ? { stageReady: (name, tentacle) => stages.isReady(name, tentacle) } : {}),
    };
  }

  /**
   * Nothing can be served as the bench stands. True when that was changed: nothing is in flight or on its way, so those who
   * are held elsewhere, or whatever else blocks, are given up.
   */
  #unblock(): boolean {
    const { desk, bartender, inFlight, session, stages, holds } = this.#service;
    if (inFlight.size > 0 || holds.expecting || desk.expecting || stages.expecting) return false;
    if (bartender.left + bartender.leftAgain === 0) return false;
    const { held } = desk;
    if (held.length > 0 && session.options.wait !== false) return false;
    for (const { tentacle, lease } of held) this.#giveUp([tentacle.id], `is ${describeHolder(lease)}`);
    if (held.length > 0) return true;
    if (holds.kept.length > 0) return false;
    const stuck = [...bartender.remaining()].map(({ id }) => id);
    throw new Error(
      `Internal error: expected orders that can be served, was ${stuck.slice(0, 5).join(', ')}`,
    );
  }

  #giveUp(ids: readonly TentacleId[], reason: string): void {
    for (const id of ids) {
      this.#service.stages.abandon(id, reason);
      this.#service.holds.letGo(id);
      this.#service.desk.giveUp(id);
      for (const each of this.#service.bartender.abandon(id, reason)) this.#unschedulable(each);
    }
  }

  #begin(decision: Decision): void {
    const begun = beginRun(this.#service, decision);
    switch (begun.kind) {
      case 'serving':
        this.#stall?.started();
        this.#saidKept = '';
        this.#carryOut(begun.serving).catch((bug: unknown) => this.#fail(bug));
        return;
      case 'given-back':
        return;
      case 'no-leases':
        return this.#giveUp(begun.ids, begun.reason);
      case 'build-failed':
      case 'stage-failed':
        return this.#unschedulable({ ...begun, cause: begun.kind });
      default:
        unreachable(begun);
    }
  }

  async #carryOut(serving: Serving): Promise<void> {
    const { desk, recorder, session, pool, stages } = this.#service;
    const { run } = serving.job;
    const leaving = (): Leaving | undefined => this.#leaving;
    const end = await serving.run({
      event: (line, event) => {
        if (event.type === 'firmware-flashed') desk.flashed({ ...event, run: run.id });
        stages.event(event);
        recorder.recordLine(line, event);
      },
      progress: (text) => session.progress?.(run.id, text),
    });
    const died = end.kind === 'died';
    const message = died ? await afterDeath(this.#service, serving, { end, leaving }) : end.outcome;
    if (message.outcome.cause === 'disk') this.#checkDisk();
    await stages.lookForLoss(serving, message);
    // Before its end is told, which is the last of a run; nor is a run offered again that asked to stop everything.
    if (message.bail !== undefined) this.#bail(run.id, message.bail);
    const nobody = endRun(this.#service, { serving, message, died }, leaving);
    if (nobody !== undefined) this.#unschedulable(nobody);
    this.#failFast();
    pool.giveBack(serving.worker);
    this.schedule();
  }

  /** A run could not be kept. When none can, to go on would only turn all that is left into errors. */
  #checkDisk(): void {
    const reason = diskFault(this.#service.session.directory);
    if (reason !== undefined) this.leave({ cause: 'disk', reason }, 'soon');
  }

  #bail(run: RunId, reason: string): void {
    this.#service.recorder.record({ type: 'bail-out', run, reason });
    const { bailNow } = this.#service.session.options;
    this.leave(
      { cause: 'bail', reason: `${run} asked to stop everything: ${reason}` },
      bailNow === true ? 'soon' : undefined,
    );
  }

  #failFast(): void {
    const { options, overlord } = this.#service.session;
    const { failFast } = options;
    const { F } = overlord.counters;
    if (failFast === undefined || F < failFast || this.#state === 'leaving') return;
    this.leave({
      cause: 'fail-fast',
      reason: `${F} failed, and --fail-fast=${failFast} ends the session there.`,
    });
  }

  #dropAgain(order: Order): void {
    const { bartender, failed, stages } = this.#service;
    bartender.done(order);
    failed.drop(order);
    stages.settled(order.spec);
  }

  #unschedulable({ order, cause, reason, evidence }: NeverRun): void {
    const { id, spec } = order;
    if (this.#service.failed.has(order)) {
      this.#dropAgain(order);
      this.#service.recorder.record({
        type: 'warning',
        order: id,
        message: `${id} is not tried again: ${reason}`,
      });
      return;
    }
    this.#service.stages.settled(spec);
    const proof = evidence === undefined ? {} : { evidence };
    this.#service.recorder.record({ type: 'order-unschedulable', order: id, spec, cause, reason, ...proof });
  }
}

/** Who ends a session now wants to see nothing more of it. */
function isCutShort(why: Leaving | undefined): boolean {
  return why?.cause === 'interrupted' || why?.cause === 'disk';
}

/** An order that can not be carried out, and what proves it. */
interface NeverRun extends Omit<Unschedulable, 'cause'> {
  readonly cause: Cause;
  readonly evidence?: string;
}
