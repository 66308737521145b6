import type {
  Counters,
  EventType,
  OrderNotRun,
  OrderUnschedulable,
  RunFinished,
  SessionFinished,
  SessionResumed,
  SessionStarted,
  TestbedEvent,
} from '../event/event.ts';
import type { Ms, OrderId, RunId, SpecName } from '../model/ids.ts';
import type { TestCounts } from '../model/verdict.ts';
import { unreachable } from '../util/unreachable.ts';
import { ByHand } from './by-hand.ts';
import { Estimates } from './estimates.ts';
import { OrderStates } from './order-states.ts';
import { addTests, pick, RunFold } from './run-fold.ts';
import { Settled } from './settled.ts';
import { TimeSpent } from './time-spent.ts';
import type {
  Balance,
  FailedRun,
  FinishedRun,
  FlakyOrder,
  LeftOrder,
  RetriedOrder,
  TestNote,
} from './totals.ts';

/** The types that change a total; `apply` passes over all others, so nobody need parse them for it. */
const FOLDED: readonly EventType[] = [
  'session-started',
  'session-resumed',
  'session-finished',
  'order-unschedulable',
  'order-not-run',
  'run-started',
  'run-auditing',
  'test-finished',
  'run-finished',
  'bail-out',
  'warning',
];

/**
 * Folds the events of a session, in their order, into totals and the exit code. The same fold serves the screen, reports,
 * `replay` and the session's own exit code. Does no I/O and never throws over a log, whatever stands in it.
 */
export class Overlord {
  readonly types = FOLDED;
  readonly #orders = new OrderStates();
  readonly #estimates = new Estimates();
  readonly #labels = new Map<SpecName, string>();
  readonly #runs = new Map<RunId, RunFold>();
  readonly #settled = new Settled();
  readonly #byHand = new ByHand();
  readonly #time = new TimeSpent();
  readonly #unschedulable: LeftOrder[] = [];
  readonly #notRun = new Map<OrderId, LeftOrder>();
  readonly #warnings: string[] = [];
  #started: SessionStarted | undefined;
  #finished: SessionFinished | undefined;
  #bailedOut: string | undefined;

  /** Takes in the next event. Types that it does not know are passed over. */
  apply(event: TestbedEvent): void {
    switch (event.type) {
      case 'session-started':
        return this.#start(event);
      case 'session-resumed':
        return this.#resume(event);
      case 'session-finished':
        this.#finished = event;
        return;
      case 'order-unschedulable':
        return this.#strand(event);
      case 'order-not-run':
        return this.#leave(event);
      case 'run-started':
        if (event.again === true) return this.#byHand.started(event);
        if (!this.#orders.move(event.order, 'running')) return;
        this.#notRun.delete(event.order);
        this.#forget(event.order);
        this.#runs.set(event.run, new RunFold(event));
        this.#estimates.started(event.order, event.spec, event.at);
        return;
      case 'run-auditing': {
        const run = this.#runs.get(event.run);
        if (run !== undefined) this.#orders.move(run.started.order, 'auditing');
        return;
      }
      case 'test-finished':
        this.#runs.get(event.run)?.test(event);
        this.#byHand.test(event);
        return;
      case 'run-finished':
        return this.#finish(event);
      case 'bail-out':
        this.#bailedOut ??= event.reason;
        return;
      case 'warning':
        this.#warnings.push(event.message);
        return;
      case 'session-paused':
      case 'session-unpaused':
      case 'tentacle-leased':
      case 'tentacle-released':
      case 'tentacle-held':
      case 'tentacle-kept':
      case 'tentacle-let-go':
      case 'tentacle-lost':
      case 'tentacle-identified':
      case 'firmware-flashed':
      case 'stage-started':
      case 'stage-ready':
      case 'stage-respawned':
      case 'stage-changed':
      case 'stage-stopped':
      case 'phase-started':
      case 'phase-finished':
      case 'measurement':
      case 'run-retried':
        return;
      default:
        return passOver(event);
    }
  }

  /** Orders by what became of them; the sum is the plan. */
  get counters(): Counters {
    return this.#orders.counters;
  }

  /** Runs that failed or erred and were not expected to, in the order in which they ended. */
  get failures(): readonly FailedRun[] {
    return this.#settled.failures;
  }

  /** Runs in which tests passed that were expected to fail. */
  get unexpectedPasses(): readonly FinishedRun[] {
    return this.#settled.unexpectedPasses;
  }

  /** Orders that passed only after they had not. */
  get flaky(): readonly FlakyOrder[] {
    return this.#settled.flaky;
  }

  /** Attempts under way that somebody asked for, of orders that had failed: no counter has them. */
  get again(): number {
    return this.#byHand.running;
  }

  /** Orders that failed and were tried once more because somebody asked; they are among `failures`, whatever came of it. */
  get retriedByHand(): readonly RetriedOrder[] {
    return this.#byHand.orders(this.failures);
  }

  /** Where the time went, of all attempts that are over. */
  get time(): TimeSpent {
    return this.#time;
  }

  get unschedulable(): readonly LeftOrder[] {
    return this.#unschedulable;
  }

  get notRun(): readonly LeftOrder[] {
    return [...this.#notRun.values()];
  }

  /** Runs that were skipped, with their reasons. */
  get skipped(): readonly FinishedRun[] {
    return this.#settled.skipped;
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** Tests inside runs: of attempts that count, and of those under way. */
  get tests(): TestCounts {
    const counts = { ...this.#settled.tests };
    for (const run of this.#runs.values()) addTests(counts, run.counts);
    return counts;
  }

  /** Tests inside runs that were skipped or failed as expected, and why; of attempts that count. */
  get testNotes(): readonly TestNote[] {
    return this.#settled.testNotes;
  }

  get started(): SessionStarted | undefined {
    return this.#started;
  }

  get finished(): SessionFinished | undefined {
    return this.#finished;
  }

  /** Why a test asked that nothing more be served, if one did. */
  get bailedOut(): string | undefined {
    return this.#bailedOut;
  }

  /** Orders that need no run any more: passed, failed, unschedulable. */
  get settled(): ReadonlySet<OrderId> {
    return this.#orders.settled;
  }

  /** The attempts that did not settle their orders, of those that are not settled; what was cut off is none. */
  get tried(): ReadonlyMap<OrderId, readonly FinishedRun[]> {
    return this.#settled.tried;
  }

  get balance(): Balance {
    const { A, R, T } = this.#orders.counters;
    const { pass, fail, error, skip, expectedFail } = this.#settled.counts;
    const planned = this.#started?.plan.orders ?? 0;
    const [unschedulable, notRun] = [this.#unschedulable.length, this.#notRun.size];
    const sum = pass + fail + error + skip + unschedulable + notRun;
    return {
      planned,
      pass,
      fail,
      expectedFail,
      error,
      skip,
      unschedulable,
      notRun,
      running: A + R,
      todo: T - notRun,
      balanced: sum === planned && A + R === 0,
    };
  }

  /**
   * The session's exit code by what happened so far: 3 when anything erred, was unschedulable or was not run, else 1 when
   * anything failed unexpectedly, else 0; but what interrupted the session beats all.
   */
  get exitCode(): number {
    if (this.#finished?.ending === 'interrupted') return this.#finished.exit;
    const hasErred =
      this.#unschedulable.length > 0 || this.failures.some(({ verdict }) => verdict === 'error');
    if (hasErred || this.#notRun.size > 0 || !this.balance.balanced) return 3;
    return this.failures.length > 0 ? 1 : 0;
  }

  /** Ms until all is done, at this epoch ms; undefined as long as nothing runs. */
  etaMs(now: number): Ms | undefined {
    return this.#estimates.etaMs(now);
  }

  #start(event: SessionStarted): void {
    this.#started = event;
    this.#orders.plan(event.plan.orders);
    this.#estimates.plan(event);
    for (const { spec, label } of event.plan.specs) this.#labels.set(spec, label);
  }

  /** It is not finished, whatever its log said before; what it left is to do, and what ran is to do again. */
  #resume({ at }: SessionResumed): void {
    this.#finished = undefined;
    this.#bailedOut = undefined;
    this.#notRun.clear();
    this.#runs.clear();
    this.#byHand.cutOff();
    this.#orders.cutOff();
    this.#estimates.resumed(at);
  }

  #strand(event: OrderUnschedulable): void {
    if (!this.#orders.move(event.order, 'failed')) return;
    this.#forget(event.order);
    this.#notRun.delete(event.order);
    this.#unschedulable.push(pick(event, 'order', 'cause', 'reason'));
    this.#estimates.dropped(event.spec);
  }

  #leave(event: OrderNotRun): void {
    // One that ran when all was stopped is to do again.
    if (!this.#orders.move(event.order, 'todo')) return;
    this.#forget(event.order);
    this.#notRun.set(event.order, pick(event, 'order', 'cause', 'reason'));
  }

  #finish(event: RunFinished): void {
    this.#time.add(event);
    const cutOff = event.cause === 'interrupted';
    if (event.again === true)
      return this.#byHand.finished(event, (spec) => this.#labels.get(spec) ?? spec, cutOff);
    const fold = this.#runs.get(event.run);
    if (fold === undefined) return;
    this.#runs.delete(event.run);
    const { spec } = fold.started;
    const run = fold.finish(event, this.#labels.get(spec) ?? spec);
    const settles = !event.willRetry && !cutOff;
    this.#estimates.finished(event.order, event.durationMs, settles);
    if (!settles) {
      this.#orders.move(event.order, 'todo');
      if (!isNoAttempt(event)) this.#settled.try(run);
      return;
    }
    const fine = run.expected || run.verdict === 'pass' || run.verdict === 'skip';
    if (this.#orders.move(event.order, fine ? 'passed' : 'failed'))
      this.#settled.settle(run, { fine, notes: fold.notes });
  }

  /** A run of the order that never told its end, because its session was killed: no attempt. */
  #forget(order: OrderId): void {
    for (const [id, run] of this.#runs) if (run.started.order === order) this.#runs.delete(id);
  }
}

/** We cut it off, or the system had nothing left to start it with: its order is as if it had not been served. */
function isNoAttempt({ cause }: RunFinished): boolean {
  return cause === 'interrupted' || cause === 'shortage';
}

/** The type knows of no other event; the log of a newer testbed may. */
function passOver(event: never): void {
  if (typeof event !== 'object') unreachable(event);
}
