import type { TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import type { TurnContext } from './bench-view.ts';
import type { Cursor } from './cursor.ts';
import type { Entry } from './entry.ts';
import { partnersFor } from './partners.ts';
import { Pool } from './pool.ts';
import type { Share } from './work-left.ts';

/** The priority of orders that a person asked for again: above all that a plan can say. */
export const BY_HAND = Infinity;

/** Orders of one priority and number of roles: a level is served before all below it. */
export class Level {
  readonly priority: number;
  readonly roles: number;
  readonly #open = new Set<Pool>();
  readonly #coveredBy = new Map<TentacleId, Pool[]>();

  constructor(priority: number, roles: number) {
    this.priority = priority;
    this.roles = roles;
  }

  /** Pools with orders left. */
  get pools(): ReadonlySet<Pool> {
    return this.#open;
  }

  /** Pools with orders left; where few are free, only those that one of them could cover. */
  poolsFor(free: ReadonlySet<TentacleId>): ReadonlySet<Pool> {
    if (free.size >= this.#open.size) return this.#open;
    const pools = new Set<Pool>();
    for (const id of free)
      for (const pool of this.#coveredBy.get(id) ?? []) if (pool.entries.length > 0) pools.add(pool);
    return pools;
  }

  /** Takes up a pool that is new. */
  found(pool: Pool): void {
    for (const { id } of pool.covering) {
      const own = this.#coveredBy.get(id);
      if (own === undefined) this.#coveredBy.set(id, [pool]);
      else own.push(pool);
    }
  }

  /** An entry of one of its pools has orders left. */
  add(pool: Pool, entry: Entry): void {
    pool.add(entry);
    this.#open.add(pool);
  }

  /** An entry of one of its pools has none. */
  remove(pool: Pool, entry: Entry): void {
    pool.remove(entry);
    if (pool.entries.length === 0) this.#open.delete(pool);
  }
}

/** Another level is served before it. */
export function isBelow(level: Level, other: Level): boolean {
  return byHeight(level, other) > 0;
}

function byHeight(a: Level, b: Level): number {
  // A difference of two that are `BY_HAND` is no number.
  return a.priority === b.priority ? b.roles - a.roles : b.priority - a.priority;
}

/** Where an entry is served. */
export interface Place {
  readonly level: Level;
  readonly pool: Pool;
}

/** What is left of a plan, sorted for serving: highest level first. */
export class Levels {
  readonly list: readonly Level[];
  readonly #places = new Map<Entry, Place>();

  /** Counts the work of all entries. */
  constructor(entries: Iterable<Entry>, context: SharesContext) {
    const shares = new Shares(context);
    const levels = new Map<string, Level>();
    const pools = new Map<string, Pool>();
    for (const entry of entries) {
      const { cursor, priority } = entry;
      const { spec, estimateMs } = cursor;
      const key = `${priority} ${spec.roles.length}`;
      const level = levels.get(key) ?? new Level(priority, spec.roles.length);
      levels.set(key, level);
      const { cover, partners, key: who } = shares.of(cursor);
      let pool = pools.get(`${key} ${who}`);
      if (pool === undefined) {
        pools.set(`${key} ${who}`, (pool = new Pool(cover, partners)));
        level.found(pool);
      }
      this.#places.set(entry, { level, pool });
      if (entry.left === 0) continue;
      level.add(pool, entry);
      pool.count(entry.left * estimateMs);
    }
    context.work.settle();
    this.list = [...levels.values()].toSorted(byHeight);
  }

  placeOf(entry: Entry): Place {
    const place = this.#places.get(entry);
    if (place === undefined)
      throw new Error(`Internal error: expected a pool for ${entry.cursor.stem}, was none`);
    return place;
  }

  /** Pools of orders that need tentacles, if no more than so many orders are left in all; else undefined. */
  lastPools(most: number): Place[] | undefined {
    const places: Place[] = [];
    let left = 0;
    for (const level of this.list)
      for (const pool of level.roles === 0 ? [] : level.pools) {
        for (const entry of pool.entries) if ((left += entry.left) > most) return undefined;
        places.push({ level, pool });
      }
    return places;
  }
}

type SharesContext = Pick<TurnContext, 'bench' | 'policy' | 'work'>;

/** Who can cover and partner a cursor's orders and serves; many cursors ask for the same. */
class Shares {
  readonly #usable = new Map<readonly Tentacle[], readonly Tentacle[]>();
  readonly #numbers = new Map<Share, number>();
  readonly #context: SharesContext;

  constructor(context: SharesContext) {
    this.#context = context;
  }

  of({ covering, partners: roles }: Cursor): { cover: Share; partners: Share[]; key: string } {
    const { bench, policy } = this.#context;
    const cover = this.#share(covering);
    const partners = roles.map((role) => this.#share(partnersFor(role, bench, policy)));
    return { cover, partners, key: [cover, ...partners].map((share) => this.#number(share)).join() };
  }

  #share(all: readonly Tentacle[]): Share {
    let usable = this.#usable.get(all);
    if (usable === undefined) {
      usable = this.#context.bench.usableOf(all);
      this.#usable.set(all, usable);
    }
    return this.#context.work.share(usable);
  }

  #number(share: Share): number {
    const number = this.#numbers.get(share) ?? this.#numbers.size;
    this.#numbers.set(share, number);
    return number;
  }
}
