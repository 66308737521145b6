import type { BoardVariant, OrderId, SpecName, TentacleId } from '../model/ids.ts';
import type { Order } from '../model/order.ts';
import type { Bench } from './bench.ts';
import type { BenchState, Decision } from './bench-state.ts';
import { byText } from './compare.ts';
import { orderIdOf } from './ids.ts';
import { levelsOf, type Level } from './level.ts';
import { obstacleOf } from './obstacle.ts';
import type { OrderPlan, Unschedulable } from './plan-orders.ts';
import { Entry, type Pool } from './pool.ts';
import { leastWork, PATIENCE, reasonsFor } from './reasons.ts';
import { Turn, type Pick, type TurnContext } from './turn.ts';
import { WorkLeft } from './work-left.ts';

/**
 * Decides which order is served next, on which tentacles. Pure and synchronous: the same plan and the same questions give
 * the same answers. Serving order: priority; more roles; where the covering tentacles have most work left; what fewest
 * tentacles can cover; a tentacle that carries the firmware already; order id. See `docs/design/plan.md`.
 */
export class TestBartender {
  readonly #plan: OrderPlan;
  readonly #bench: Bench;
  readonly #entries: ReadonlyMap<OrderId, Entry>;
  readonly #labels: ReadonlyMap<SpecName, string>;
  readonly #out = new Map<TentacleId, OrderId>();
  readonly #last = new Map<TentacleId, BoardVariant>();
  #work = new WorkLeft();
  #levels: readonly Level[] = [];
  #poolOf: ReadonlyMap<Entry, Pool> = new Map();
  #left = 0;
  #claimed: Claim | undefined;

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
    this.#rebuild();
  }

  /** How many orders are yet to be served. */
  get left(): number {
    return this.#left;
  }

  /** The order to serve now, taken out of what is left; undefined: nothing can be served as the bench stands. */
  next(state: BenchState): Decision | undefined {
    for (const id of this.#out.keys()) if (state.free.has(id)) this.#out.delete(id);
    let turn = new Turn(state, this.#context);
    let held: ReadonlySet<TentacleId> | undefined;
    for (const [rank, level] of this.#levels.entries()) {
      const pick = level.roles === 0 ? pickHost(level, state) : this.#pick(level, turn);
      if (pick !== undefined) return this.#serve(rank, level, pick);
      if (level.roles < 2 || held !== undefined) continue;
      held = this.#claim(level, state);
      if (held !== undefined) turn = new Turn(state, this.#context, held);
    }
    return undefined;
  }

  /**
   * An order that was served is offered again, elsewhere than on the tentacles where it erred if any other can serve. Answers
   * with why not, when nobody is left for it.
   */
  giveBack(order: Order, erredOn: Iterable<TentacleId> = []): Unschedulable | undefined {
    this.done(order);
    const entry = this.#entryOf(order);
    if (entry.obstacle !== undefined) return { order, ...entry.obstacle };
    entry.giveBack(order, new Set(erredOn));
    this.#left++;
    const pool = this.#poolOf.get(entry);
    if (pool === undefined) throw new Error(`Internal error: expected a pool for ${order.id}, was none`);
    pool.add(entry);
    pool.count(entry.cursor.spec.estimateMs);
    return undefined;
  }

  /** The run of an order is over, and its tentacles are ours no more, whoever may hold them now. Optional: seeing them free says the same. */
  done(order: Order): void {
    for (const [id, on] of this.#out) if (on === order.id) this.#out.delete(id);
  }

  /**
   * A tentacle serves nobody any more; the reason continues "tentacle 2731 …": `is quarantined: no boot`. Its orders go to
   * others; those for which nobody is left are taken out, and given as the answer, made while iterating.
   */
  abandon(id: TentacleId, reason: string): Iterable<Unschedulable> {
    this.#bench.abandon(id, reason);
    this.#out.delete(id);
    const stranded: Entry[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.obstacle !== undefined) continue;
      entry.obstacle = obstacleOf(entry.cursor, this.#bench, this.#plan.policy);
      if (entry.obstacle === undefined) continue;
      stranded.push(entry);
      this.#left -= entry.left;
    }
    this.#rebuild();
    return { [Symbol.iterator]: () => unschedulableOf(stranded) };
  }

  /** A tentacle can serve again. What was declared unschedulable stays so. */
  restore(id: TentacleId): void {
    this.#bench.restore(id);
    this.#rebuild();
  }

  /** All that is yet to be served, made while iterating. */
  *remaining(): Generator<Order> {
    for (const entry of this.#entries.values()) if (entry.obstacle === undefined) yield* entry.orders();
  }

  get #context(): TurnContext {
    return {
      bench: this.#bench,
      policy: this.#plan.policy,
      work: this.#work,
      out: this.#out,
      last: this.#last,
    };
  }

  #rebuild(): void {
    this.#work = new WorkLeft();
    this.#claimed = undefined;
    const live = [...this.#entries.values()].filter(({ obstacle }) => obstacle === undefined);
    const { levels, poolOf } = levelsOf(live, {
      bench: this.#bench,
      policy: this.#plan.policy,
      work: this.#work,
    });
    this.#levels = levels;
    this.#poolOf = poolOf;
  }

  #entryOf(order: Order): Entry {
    const entry = this.#entries.get(orderIdOf(this.#labels.get(order.spec) ?? '', { ...order, repeat: 1 }));
    if (entry === undefined)
      throw new Error(`Internal error: expected an order of this plan, was ${order.id}`);
    return entry;
  }

  #pick(level: Level, turn: Turn): Pick | undefined {
    let best: Pick | undefined;
    let rank: number | undefined;
    const pools = this.#ranked(level.poolsOf(turn.free));
    for (const [index, { pool }] of pools.entries()) {
      // Only pools of the very same rank are compared any further.
      if (rank !== undefined && compareRank(pools[rank]!, pools[index]!) !== 0) break;
      const pick = turn.pick(pool);
      if (pick === undefined) continue;
      rank ??= index;
      if (best === undefined || isBetter(pick, best)) best = pick;
    }
    return best;
  }

  #ranked(pools: Iterable<Pool>): Ranked[] {
    const ranked = [...pools].map((pool) => ({
      pool,
      work: leastWork(pool, this.#work),
      covering: pool.covering.length,
    }));
    return ranked.length < 2 ? ranked : ranked.toSorted(compareRank);
  }

  /**
   * Tentacles to hold for an order that waited too long: a whole set that could carry it out, each free or handed out by us.
   * Only one set at a time, so that few stand idle; and it stays the same until it is complete, so that it becomes so.
   */
  #claim(level: Level, state: BenchState): ReadonlySet<TentacleId> | undefined {
    if (this.#claimed !== undefined && this.#stillHolds(this.#claimed, state))
      return this.#claimed.level === level ? this.#claimed.tentacles : undefined;
    this.#claimed = undefined;
    const waiting = [...level.pools].filter((pool) => pool.passedOver >= PATIENCE && pool.entries.length > 0);
    if (waiting.length === 0) return undefined;
    const soon = new Turn(
      { ...stateOf(state), free: new Set([...state.free, ...this.#out.keys()]) },
      this.#context,
    );
    for (const { pool } of this.#ranked(waiting)) {
      const pick = soon.pick(pool);
      if (pick === undefined) continue;
      const tentacles = new Set(pick.bindings.map(({ tentacle }) => tentacle));
      this.#claimed = { level, pool, tentacles };
      return tentacles;
    }
    return undefined;
  }

  /** Ends when the pool was served, or when one of the set was taken by somebody else. */
  #stillHolds({ pool, tentacles }: Claim, state: BenchState): boolean {
    return (
      pool.passedOver >= PATIENCE &&
      pool.entries.length > 0 &&
      [...tentacles].every((id) => state.free.has(id) || this.#out.has(id))
    );
  }

  #serve(rank: number, level: Level, { pool, entry, which, bindings, carried }: Pick): Decision {
    const reasons = reasonsFor({ pool, entry, which, bindings, carried }, level, this.#context);
    const order = entry.take(which);
    this.#left--;
    if (entry.left === 0) pool.remove(entry);
    pool.count(-entry.cursor.spec.estimateMs);
    pool.passedOver = 0;
    for (const { tentacle, boardVariant } of bindings) {
      this.#out.set(tentacle, order.id);
      this.#last.set(tentacle, boardVariant);
    }
    for (const above of this.#levels.slice(0, rank)) {
      if (above.roles < 2) continue;
      for (const other of above.pools)
        if (other.entries.length > 0 && bindings.some(({ tentacle }) => other.members.has(tentacle)))
          other.passedOver++;
    }
    return { order, bindings, reasons };
  }
}

/** A set of tentacles that is held for a pool's next order. */
interface Claim {
  readonly level: Level;
  readonly pool: Pool;
  readonly tentacles: ReadonlySet<TentacleId>;
}

interface Ranked {
  readonly pool: Pool;
  readonly work: number;
  readonly covering: number;
}

function compareRank(a: Ranked, b: Ranked): number {
  return b.work - a.work || a.covering - b.covering;
}

function isBetter(a: Pick, b: Pick): boolean {
  if (a.carried !== b.carried) return a.carried;
  return byText(a.entry.cursor.stem, b.entry.cursor.stem) < 0;
}

function pickHost(level: Level, state: BenchState): Pick | undefined {
  if (!state.hostSlots) return undefined;
  for (const pool of level.pools)
    for (const entry of pool.entries)
      if (state.resourcesFree?.(entry.cursor.spec.name) !== false)
        return {
          pool,
          entry,
          which: entry.returned.length > 0 ? 'returned' : 'fresh',
          bindings: [],
          carried: false,
        };
  return undefined;
}

/** A copy that keeps the methods, be they of a class or not. */
function stateOf(state: BenchState): BenchState {
  return {
    free: state.free,
    loaded: state.loaded,
    hostSlots: state.hostSlots,
    firmwareReady: (boardVariant) => state.firmwareReady(boardVariant),
    firmwareOf: (boardVariant) => state.firmwareOf?.(boardVariant),
    resourcesFree: (spec) => state.resourcesFree?.(spec) ?? true,
  };
}

function* unschedulableOf(entries: readonly Entry[]): Generator<Unschedulable> {
  for (const entry of entries)
    if (entry.obstacle !== undefined) for (const order of entry.orders()) yield { order, ...entry.obstacle };
}
