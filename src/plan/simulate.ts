import type { Ms, OrderId, RoleName, RunId, SpecName, TentacleId } from '../model/ids.ts';
import type { FlashPolicy } from '../model/job.ts';
import type { Order } from '../model/order.ts';
import type { TestRunSpec, Uses } from '../model/plan.ts';
import { TestBartender } from './bartender.ts';
import type { BenchState, Decision } from './bench-state.ts';
import { orderIdOf, testIdOf } from './ids.ts';
import type { OrderPlan } from './plan-orders.ts';
import { Resources, usesOf } from './resources.ts';
import { FlashClock } from './simulate-flash.ts';

/** What an evening depends on beside its plan. */
export interface EveningOptions {
  /** At most so many runs at the same time; absent: no limit. */
  readonly jobs?: number;
  /** At most so many host-only runs at the same time. */
  readonly hostSlots: number;
  readonly flash: FlashPolicy;
}

/** A run of an evening that nobody carried out. Ms since the evening began. */
export interface SimulatedRun {
  readonly id: RunId;
  readonly order: OrderId;
  readonly spec: SpecName;
  /** The role that covers; absent for host-only orders. */
  readonly role?: RoleName;
  readonly tentacles: Readonly<Record<RoleName, TentacleId>>;
  readonly startMs: Ms;
  /** How long it flashes before its test begins. */
  readonly flashMs: Ms;
  readonly endMs: Ms;
}

/**
 * Plays an evening on a virtual clock, with the bartender that serves a real one: each run takes its estimate and what
 * it flashes; firmware is at hand; nothing errs, and nobody else is on the bench. Runs come in the order in which they are
 * served, one by one, so that an evening of any length costs the memory of what runs at the same time. The same plan gives
 * the same evening.
 */
export function* playEvening(plan: OrderPlan, options: EveningOptions): Generator<SimulatedRun, void> {
  const bartender = new TestBartender(plan);
  const evening = new Evening(plan, options);
  for (;;) {
    for (let decision = evening.ask(bartender); decision !== undefined; decision = evening.ask(bartender))
      yield evening.start(decision);
    if (!evening.endNext()) break;
  }
  if (bartender.left > 0)
    throw new Error(
      `Internal error: expected every schedulable order to be served, but ${bartender.left} are left`,
    );
}

/** How long an evening is, ms. */
export function makespanOf(plan: OrderPlan, options: EveningOptions): Ms {
  let makespan = 0;
  for (const { endMs } of playEvening(plan, options)) makespan = Math.max(makespan, endMs);
  return makespan;
}

interface Running {
  readonly tentacles: readonly TentacleId[];
  readonly uses: Uses;
  readonly endMs: Ms;
}

/** The bench as the virtual clock goes. */
class Evening {
  readonly #options: EveningOptions;
  readonly #flashes: FlashClock;
  readonly #resources: Resources;
  readonly #specs: ReadonlyMap<SpecName, TestRunSpec>;
  readonly #estimates: ReadonlyMap<OrderId, Ms>;
  readonly #free: Set<TentacleId>;
  #running: Running[] = [];
  #hostRuns = 0;
  #now: Ms = 0;

  constructor(plan: OrderPlan, options: EveningOptions) {
    const { bench } = plan;
    this.#options = options;
    this.#flashes = new FlashClock(bench, options.flash);
    this.#resources = new Resources(bench.resources);
    this.#specs = new Map(plan.cursors.map(({ spec }) => [spec.name, spec]));
    this.#estimates = new Map(plan.cursors.map(({ stem, estimateMs }) => [stem, estimateMs]));
    this.#free = new Set(bench.usableOf(bench.tentacles).map(({ id }) => id));
  }

  /** What is served now, if anything. */
  ask(bartender: TestBartender): Decision | undefined {
    if (this.#running.length >= (this.#options.jobs ?? Infinity)) return undefined;
    return bartender.next(this.#state());
  }

  #state(): BenchState {
    return {
      free: this.#free,
      loaded: new Map(),
      firmwareReady: () => true,
      hostSlots: this.#hostRuns < this.#options.hostSlots,
      resourcesFree: (spec) => this.#resources.free(usesOf(this.#specOf(spec))),
    };
  }

  start({ order, bindings }: Decision): SimulatedRun {
    const uses = usesOf(this.#specOf(order.spec));
    const flashMs = this.#flashes.flash(bindings);
    const tentacles = bindings.map(({ tentacle }) => tentacle);
    const endMs = this.#now + flashMs + this.#estimateOf(order);
    for (const id of tentacles) this.#free.delete(id);
    if (tentacles.length === 0) this.#hostRuns++;
    this.#resources.take(uses);
    this.#running.push({ tentacles, uses, endMs });
    return {
      id: testIdOf(order, bindings, 1),
      order: order.id,
      spec: order.spec,
      ...(order.role === undefined ? {} : { role: order.role }),
      tentacles: Object.fromEntries(bindings.map(({ role, tentacle }) => [role, tentacle])),
      startMs: this.#now,
      flashMs,
      endMs,
    };
  }

  /** Turns the clock to the next end of a run; false: nothing runs. */
  endNext(): boolean {
    if (this.#running.length === 0) return false;
    this.#now = this.#running.reduce((earliest, { endMs }) => Math.min(earliest, endMs), Infinity);
    const over = this.#running.filter(({ endMs }) => endMs <= this.#now);
    this.#running = this.#running.filter(({ endMs }) => endMs > this.#now);
    for (const { tentacles, uses } of over) {
      for (const id of tentacles) this.#free.add(id);
      if (tentacles.length === 0) this.#hostRuns--;
      this.#resources.giveBack(uses);
    }
    return true;
  }

  #specOf(name: SpecName): TestRunSpec {
    const spec = this.#specs.get(name);
    if (spec === undefined) throw new Error(`Internal error: expected a spec of the plan, was ${name}`);
    return spec;
  }

  #estimateOf(order: Order): Ms {
    const estimateMs = this.#estimates.get(
      orderIdOf(this.#specOf(order.spec).label, { ...order, repeat: 1 }),
    );
    if (estimateMs === undefined)
      throw new Error(`Internal error: expected an order of the plan, was ${order.id}`);
    return estimateMs;
  }
}
