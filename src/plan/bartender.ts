import type { OrderId, SpecName, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import type { Order } from '../model/order.ts';
import type { Bench } from './bench.ts';
import type { BenchState, Decision } from './bench-state.ts';
import { BenchView, type Held, type TurnContext } from './bench-view.ts';
import type { NextUp } from './choice.ts';
import { Entry } from './entry.ts';
import { HandedOut } from './handed-out.ts';
import { Hold } from './hold.ts';
import { orderIdOf } from './ids.ts';
import { LAST_ORDERS, nextOfLast } from './last-orders.ts';
import { BY_HAND, Levels } from './level.ts';
import { Obstacles } from './obstacle.ts';
import type { OrderPlan, Unschedulable } from './plan-orders.ts';
import { partnersFor } from './partners.ts';
import { reasonsFor } from './reasons.ts';
import { Turn } from './turn.ts';
import type { WaitingOrders } from './waits.ts';
import { WorkLeft } from './work-left.ts';

/**
 * Decides which order is served next, on which tentacles. Pure and synchronous: the same plan and the same questions give
 * the same answers. Keeps what is left of a plan as levels of pools of entries (level.ts, pool.ts, entry.ts). For each
 * decision it goes through the levels, highest first: the rule chooses within a level (turn.ts); for an order that waited too
 * long, tentacles are held from the levels below (hold.ts); when few orders are left, it looks whether another way ends the
 * evening sooner (last-orders.ts). See `docs/design/plan.md`.
 */
export class TestBartender {
  readonly #plan: OrderPlan;
  readonly #bench: Bench;
  readonly #entries: ReadonlyMap<OrderId, Entry>;
  readonly #labels: ReadonlyMap<SpecName, string>;
  /** Orders that were served and are asked for again; each until its run is over. */
  readonly #again = new Map<OrderId, Entry>();
  readonly #out = new HandedOut();
  #levels: Levels;
  #context: TurnContext;
  #hold = new Hold();
  #left = 0;

  /** Serves what of the plan is schedulable. */
  constructor(plan: OrderPlan) {
    this.#plan = plan;
    this.#bench = plan.bench.fork();
    this.#labels = new Map(plan.specs.map(({ spec, label }) => [spec, label]));
    const entries = plan.cursors
      .filter(({ obstacle }) => obstacle === undefined)
      .map((cursor) => new Entry(cursor));
    this.#entries = new Map(entries.map((entry) => [entry.cursor.stem, entry]));
    for (const entry of entries) this.#left += entry.left;
    ({ levels: this.#levels, context: this.#context } = this.#sorted());
  }

  /** How many orders of the plan are yet to be served. */
  get left(): number {
    return this.#left;
  }

  /** How many orders wait that were asked for again. */
  get leftAgain(): number {
    let left = 0;
    for (const entry of this.#again.values()) if (entry.obstacle === undefined) left += entry.left;
    return left;
  }

  /** The order to serve now, taken out of what is left; undefined: nothing can be served as the bench stands, or should be. */
  next(state: BenchState): Decision | undefined {
    this.#out.see(state.free);
    const view = new BenchView(state, this.#context);
    const lastPools = this.#levels.lastPools(LAST_ORDERS);
    const next = lastPools === undefined ? this.#byRule(view) : nextOfLast(this.#levels, lastPools, view);
    return next === undefined ? undefined : this.#serve(next);
  }

  /**
   * An order that was served is offered again, elsewhere than on the tentacles where it erred if any other can serve. Answers
   * with why not, when nobody is left for it.
   */
  giveBack(order: Order, erredOn: Iterable<TentacleId> = []): Unschedulable | undefined {
    this.#out.cutShort(order.id);
    const entry = this.#entryOf(order);
    if (entry.obstacle !== undefined) return { order, ...entry.obstacle };
    entry.giveBack(order, new Set(erredOn));
    if (!this.#again.has(order.id)) this.#left++;
    const { level, pool } = this.#levels.placeOf(entry);
    level.add(pool, entry);
    pool.count(entry.cursor.estimateMs);
    return undefined;
  }

  /** The run of an order is over, and its tentacles are ours no more, whoever may hold them now. Optional: seeing them free says the same. */
  done(order: Order): void {
    this.#out.done(order.id);
    this.#again.delete(order.id);
  }

  /**
   * Orders whose runs are over are to be served once more, before all that waits: they are no part of what is left of the plan.
   * Answers with those for which nobody is left, and why.
   */
  again(orders: Iterable<Order>): Unschedulable[] {
    const stranded: Unschedulable[] = [];
    for (const order of orders) {
      const { cursor, obstacle } = this.#entryOf(order);
      if (obstacle === undefined)
        this.#again.set(order.id, new Entry({ ...cursor, repeats: { picked: [order.repeat] } }, BY_HAND));
      else stranded.push({ order, ...obstacle });
    }
    this.#sortAnew();
    return stranded;
  }

  /** Nobody wants those any more that were asked for again and still wait; gives them back. */
  forgetAgain(): Order[] {
    const waiting = [...this.#again.values()].flatMap((entry) => [...entry.orders()]);
    for (const { id } of waiting) this.#again.delete(id);
    this.#sortAnew();
    return waiting;
  }

  /**
   * A tentacle serves nobody any more; the reason continues "tentacle 2731 …": `is quarantined: no boot`. Its orders go to
   * others; those for which nobody is left are taken out, and given as the answer, made while iterating.
   */
  abandon(id: TentacleId, reason: string): Iterable<Unschedulable> {
    this.#bench.abandon(id, reason);
    this.#out.lose(id);
    const obstacles = new Obstacles(this.#bench, this.#plan.policy);
    const stranded: Entry[] = [];
    for (const entry of this.#all()) {
      if (entry.obstacle !== undefined) continue;
      entry.obstacle = obstacles.of(entry.cursor);
      if (entry.obstacle === undefined) continue;
      stranded.push(entry);
      if (entry.priority !== BY_HAND) this.#left -= entry.left;
    }
    this.#sortAnew();
    return { [Symbol.iterator]: () => unschedulableOf(stranded) };
  }

  /** A tentacle can serve again. What was declared unschedulable stays so. */
  restore(id: TentacleId): void {
    this.#bench.restore(id);
    this.#sortAnew();
  }

  /** All of the plan that is yet to be served, made while iterating. */
  *remaining(): Generator<Order> {
    for (const entry of this.#entries.values()) if (entry.obstacle === undefined) yield* entry.orders();
  }

  /** What waits to be served, for each cursor, with who could serve it. */
  *waiting(): Generator<WaitingOrders> {
    const usable = (tentacles: readonly Tentacle[]): readonly Tentacle[] =>
      tentacles.filter(({ id }) => this.#bench.unusable(id) === undefined);
    for (const { cursor, obstacle, left } of this.#all())
      if (obstacle === undefined && left > 0)
        yield {
          cursor,
          orders: left,
          covering: usable(cursor.covering),
          partners: cursor.partners.map((role) => ({
            role: role.name,
            tentacles: usable(partnersFor(role, this.#bench, this.#plan.policy)),
          })),
          partnerFirmware: (board) => this.#bench.defaultVariant(board).boardVariant,
        };
  }

  #sortAnew(): void {
    ({ levels: this.#levels, context: this.#context } = this.#sorted());
    this.#hold = new Hold();
  }

  #sorted(): { readonly levels: Levels; readonly context: TurnContext } {
    const { policy } = this.#plan;
    const context = { bench: this.#bench, policy, work: new WorkLeft(), out: this.#out };
    const live = [...this.#all()].filter(({ obstacle }) => obstacle === undefined);
    return { levels: new Levels(live, context), context };
  }

  *#all(): Generator<Entry> {
    yield* this.#again.values();
    yield* this.#entries.values();
  }

  #entryOf(order: Order): Entry {
    const again = this.#again.get(order.id);
    if (again !== undefined) return again;
    const entry = this.#entries.get(orderIdOf(this.#labels.get(order.spec) ?? '', { ...order, repeat: 1 }));
    if (entry === undefined)
      throw new Error(`Internal error: expected an order of this plan, was ${order.id}`);
    return entry;
  }

  /**
   * The first that can be served, level by level; from the levels below one that waited too long, something is held. What had
   * better wait goes after all others of its priority, and before those of a lower one.
   */
  #byRule(view: BenchView): NextUp | undefined {
    let turn = new Turn(view);
    let held: Held | undefined;
    let waits: NextUp | undefined;
    for (const level of this.#levels.list) {
      if (waits !== undefined && level.priority < waits.level.priority) break;
      const choice = turn.best(level);
      if (choice?.betterLater === false) return { level, choice };
      if (choice !== undefined) waits ??= { level, choice };
      held ??= this.#hold.for(level, view);
      if (held !== undefined) turn = new Turn(view.without(held));
    }
    return waits;
  }

  /** Takes the order out of what is left, and counts it: work, tentacles, who was passed over. */
  #serve(next: NextUp): Decision {
    const reasons = reasonsFor(next, this.#bench);
    const { level, choice } = next;
    const { pool, entry, which, bindings } = choice;
    const order = entry.take(which);
    if (entry.priority !== BY_HAND) this.#left--;
    if (entry.left === 0) level.remove(pool, entry);
    pool.count(-entry.cursor.estimateMs);
    pool.passedOver = 0;
    for (const binding of bindings) this.#out.handOut(binding, order.id, entry.cursor.estimateMs);
    this.#hold.served(level, bindings);
    for (const above of this.#levels.list) {
      if (above === level) break;
      if (above.roles < 2) continue;
      for (const other of above.pools)
        if (bindings.some(({ tentacle }) => other.has(tentacle))) other.passedOver++;
    }
    return { order, bindings, reasons };
  }
}

function* unschedulableOf(entries: readonly Entry[]): Generator<Unschedulable> {
  for (const entry of entries)
    if (entry.obstacle !== undefined) for (const order of entry.orders()) yield { order, ...entry.obstacle };
}
