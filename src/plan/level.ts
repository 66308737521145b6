import type { TentacleId } from '../model/ids.ts';
import type { Bench } from './bench.ts';
import type { Cursor } from './cursor.ts';
import { partnersFor, type PartnerPolicy } from './partners.ts';
import { Pool, type Entry } from './pool.ts';
import type { WorkLeft } from './work-left.ts';

/** Orders of one priority and number of roles: a level is served before all below it. */
export class Level {
  readonly priority: number;
  readonly roles: number;
  readonly #pools = new Map<string, Pool>();
  readonly #coveredBy = new Map<TentacleId, Pool[]>();

  constructor(priority: number, roles: number) {
    this.priority = priority;
    this.roles = roles;
  }

  get pools(): Iterable<Pool> {
    return this.#pools.values();
  }

  /** Pools with orders left that some of these tentacles could cover, each once. */
  poolsOf(tentacles: Iterable<TentacleId>): Set<Pool> {
    const pools = new Set<Pool>();
    for (const id of tentacles)
      for (const pool of this.#coveredBy.get(id) ?? []) if (pool.entries.length > 0) pools.add(pool);
    return pools;
  }

  /** The pool for a cursor's orders; made when it is the first of its kind. */
  poolFor(
    { covering, partners }: Cursor,
    context: { bench: Bench; policy: PartnerPolicy; work: WorkLeft },
  ): Pool {
    const { bench, policy, work } = context;
    const usable = covering.filter(({ id }) => bench.unusable(id) === undefined);
    const key = `${usable.map(({ id }) => id).join('\n')}\n\n${partners.map(({ feature }) => feature).join('\n')}`;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      const groups = [
        usable,
        ...partners.map((role) =>
          partnersFor(role, bench, policy).filter(({ id }) => bench.unusable(id) === undefined),
        ),
      ].map((group) => group.map(({ id }) => id));
      const shares = groups.filter((group) => group.length > 0).map((group) => work.share(group));
      pool = new Pool({ covering: usable, partners }, shares, new Set(groups.flat()));
      this.#pools.set(key, pool);
      for (const { id } of usable) {
        const own = this.#coveredBy.get(id);
        if (own === undefined) this.#coveredBy.set(id, [pool]);
        else own.push(pool);
      }
    }
    return pool;
  }
}

/** The levels of some entries, each entry in its pool, highest first. */
export function levelsOf(
  entries: Iterable<Entry>,
  context: { bench: Bench; policy: PartnerPolicy; work: WorkLeft },
): { readonly levels: readonly Level[]; readonly poolOf: ReadonlyMap<Entry, Pool> } {
  const levels = new Map<string, Level>();
  const poolOf = new Map<Entry, Pool>();
  for (const entry of entries) {
    const { priority, roles } = entry.cursor.spec;
    const key = `${priority} ${roles.length}`;
    let level = levels.get(key);
    if (level === undefined) levels.set(key, (level = new Level(priority, roles.length)));
    const pool = level.poolFor(entry.cursor, context);
    poolOf.set(entry, pool);
    if (entry.left === 0) continue;
    pool.add(entry);
    pool.count(entry.left * entry.cursor.spec.estimateMs);
  }
  const sorted = [...levels.values()].toSorted((a, b) => b.priority - a.priority || b.roles - a.roles);
  return { levels: sorted, poolOf };
}
