import type { BoardVariant, OrderId, SpecName, TentacleId } from '../model/ids.ts';
import type { Order } from '../model/order.ts';
import type { Bench } from './bench.ts';
import type { BenchState, Decision } from './bench-state.ts';
import { Entry } from './entry.ts';
import { HandedOut } from './handed-out.ts';
import { Hold } from './hold.ts';
import { orderIdOf } from './ids.ts';
import { better, LAST_ORDERS, type Better } from './last-orders.ts';
import { Levels, type Level, type Place } from './level.ts';
import { Obstacles } from './obstacle.ts';
import type { OrderPlan, Unschedulable } from './plan-orders.ts';
import { reasonsFor, type Instead } from './reasons.ts';
import { Turn, type Choice, type TurnContext } from './turn.ts';
import { WorkLeft } from './work-left.ts';

/**
 * Decides which order is served next, on which tentacles. Pure and synchronous: the same plan and the same questions give
 * the same answers. Serving order: priority; more roles; where the covering tentacles have most work left; what fewest
 * tentacles can cover; a tentacle that carries the firmware already, or whose stage is ready; order id. When few orders are
 * left, it looks whether another way ends the evening sooner. See `docs/design/plan.md`.
 */
export class TestBartender {
  readonly #plan: OrderPlan;
  readonly #bench: Bench;
  readonly #entries: ReadonlyMap<OrderId, Entry>;
  readonly #labels: ReadonlyMap<SpecName, string>;
  readonly #out = new HandedOut();
  readonly #last = new Map<TentacleId, BoardVariant>();
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

  /** How many orders are yet to be served. */
  get left(): number {
    return this.#left;
  }

  /** The order to serve now, taken out of what is left; undefined: nothing can be served as the bench stands, or should be. */
  next(state: BenchState): Decision | undefined {
    this.#out.see(state.free);
    const lastPools = this.#levels.lastPools(LAST_ORDERS);
    return lastPools === undefined ? this.#byRule(state) : this.#lastOrders(lastPools, state);
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
    this.#left++;
    const { level, pool } = this.#levels.placeOf(entry);
    level.add(pool, entry);
    pool.count(entry.cursor.estimateMs);
    return undefined;
  }

  /** The run of an order is over, and its tentacles are ours no more, whoever may hold them now. Optional: seeing them free says the same. */
  done(order: Order): void {
    this.#out.done(order.id);
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
    for (const entry of this.#entries.values()) {
      if (entry.obstacle !== undefined) continue;
      entry.obstacle = obstacles.of(entry.cursor);
      if (entry.obstacle === undefined) continue;
      stranded.push(entry);
      this.#left -= entry.left;
    }
    this.#sortAnew();
    return { [Symbol.iterator]: () => unschedulableOf(stranded) };
  }

  /** A tentacle can serve again. What was declared unschedulable stays so. */
  restore(id: TentacleId): void {
    this.#bench.restore(id);
    this.#sortAnew();
  }

  /** All that is yet to be served, made while iterating. */
  *remaining(): Generator<Order> {
    for (const entry of this.#entries.values()) if (entry.obstacle === undefined) yield* entry.orders();
  }

  #sortAnew(): void {
    ({ levels: this.#levels, context: this.#context } = this.#sorted());
    this.#hold = new Hold();
  }

  #sorted(): { readonly levels: Levels; readonly context: TurnContext } {
    const { policy } = this.#plan;
    const context = { bench: this.#bench, policy, work: new WorkLeft(), out: this.#out, last: this.#last };
    const live = [...this.#entries.values()].filter(({ obstacle }) => obstacle === undefined);
    return { levels: new Levels(live, context), context };
  }

  #entryOf(order: Order): Entry {
    const entry = this.#entries.get(orderIdOf(this.#labels.get(order.spec) ?? '', { ...order, repeat: 1 }));
    if (entry === undefined)
      throw new Error(`Internal error: expected an order of this plan, was ${order.id}`);
    return entry;
  }

  /** The first that can be served, level by level; from the levels below one that waited too long, something is held. */
  #byRule(state: BenchState): Decision | undefined {
    let turn = new Turn(state, this.#context);
    let held: ReadonlySet<TentacleId> | undefined;
    for (const level of this.#levels.list) {
      const choice = level.roles === 0 ? hostChoice(level, state) : turn.best(level);
      if (choice !== undefined) return this.#serve(level, choice);
      held ??= this.#hold.for(level, () => this.#soon(state));
      if (held !== undefined) turn = new Turn(state, this.#context, held);
    }
    return undefined;
  }

  /** What the rule says, unless the evening ends sooner otherwise. Nothing can wait for long any more, so nothing is held. */
  #lastOrders(places: readonly Place[], state: BenchState): Decision | undefined {
    const turn = new Turn(state, this.#context);
    let waits = false;
    for (const level of this.#levels.list) {
      const choice = level.roles === 0 ? hostChoice(level, state) : waits ? undefined : turn.best(level);
      if (choice === undefined) continue;
      if (level.roles === 0) return this.#serve(level, choice);
      const other = this.#better(choice, places, state);
      if (other === undefined) return this.#serve(level, choice);
      if (other.way === undefined) {
        waits = true;
        continue;
      }
      const { order, tentacles } = other.way;
      const { level: another } = this.#levels.placeOf(order.entry);
      if (another.priority < level.priority) return this.#serve(level, choice);
      return this.#serve(another, turn.bind(order, tentacles), {
        of: choice.entry.cursor.stem,
        savedMs: other.savedMs,
      });
    }
    return undefined;
  }

  #better(choice: Choice, places: readonly Place[], state: BenchState): Better | undefined {
    const soon = this.#soon(state);
    const orders = places.flatMap(({ pool }) => [...soon.lastOrders(pool)]);
    const first = orders.find(({ entry, which }) => entry === choice.entry && which === choice.which);
    if (first === undefined)
      throw new Error(`Internal error: expected ${choice.entry.cursor.stem} among the last orders, was not`);
    return better({
      first: {
        order: first,
        tentacles: choice.bindings.map(({ tentacle }) => this.#bench.tentacle(tentacle)),
      },
      orders: [first, ...orders.filter((order) => order !== first)],
      freeIn: new Map([...soon.state.free].map((id) => [id, this.#out.freeIn(id)])),
      kindOf: (id) => this.#context.work.loadOf(id),
    });
  }

  /** The bench when all is back that we handed out. */
  #soon(state: BenchState): Turn {
    return new Turn(
      {
        free: new Set([...state.free, ...this.#out.ids]),
        loaded: state.loaded,
        hostSlots: state.hostSlots,
        firmwareReady: (boardVariant) => state.firmwareReady(boardVariant),
        firmwareOf: (boardVariant) => state.firmwareOf?.(boardVariant),
        resourcesFree: (spec) => state.resourcesFree?.(spec) ?? true,
      },
      this.#context,
    );
  }

  #serve(level: Level, choice: Choice, instead?: Instead): Decision {
    const reasons = reasonsFor(choice, level, this.#context, instead);
    const { pool, entry, which, bindings } = choice;
    const order = entry.take(which);
    this.#left--;
    if (entry.left === 0) level.remove(pool, entry);
    pool.count(-entry.cursor.estimateMs);
    pool.passedOver = 0;
    for (const { tentacle, boardVariant } of bindings) {
      this.#out.handOut(tentacle, order.id, entry.cursor.estimateMs);
      this.#last.set(tentacle, boardVariant);
    }
    for (const above of this.#levels.list) {
      if (above === level) break;
      if (above.roles < 2) continue;
      for (const other of above.pools)
        if (bindings.some(({ tentacle }) => other.has(tentacle))) other.passedOver++;
    }
    return { order, bindings, reasons };
  }
}

function hostChoice(level: Level, state: BenchState): Choice | undefined {
  if (!state.hostSlots) return undefined;
  for (const pool of level.pools)
    for (const entry of pool.entries)
      if (state.resourcesFree?.(entry.cursor.spec.name) !== false) {
        const which = entry.returned.length > 0 ? 'returned' : 'fresh';
        return { pool, entry, which, bindings: [], prepared: undefined };
      }
  return undefined;
}

function* unschedulableOf(entries: readonly Entry[]): Generator<Unschedulable> {
  for (const entry of entries)
    if (entry.obstacle !== undefined) for (const order of entry.orders()) yield { order, ...entry.obstacle };
}
