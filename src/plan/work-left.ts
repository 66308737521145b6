import type { Ms, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';

/** What an order asks of tentacles: one that covers, and partners. */
export type Part = 'cover' | 'partner';

/** Work that certain tentacles share evenly. */
export class Share {
  /** Who can do it, by id. */
  readonly members: readonly Tentacle[];
  readonly #ids: ReadonlySet<TentacleId>;
  #loads: readonly Load[] = [];
  #distinct: ReadonlySet<Load> = new Set();
  readonly #ms: Record<Part, Ms> = { cover: 0, partner: 0 };

  constructor(members: readonly Tentacle[]) {
    this.members = members;
    this.#ids = new Set(members.map(({ id }) => id));
  }

  has(id: TentacleId): boolean {
    return this.#ids.has(id);
  }

  /** All of it, ms; nobody's is none. */
  get total(): Ms {
    return this.members.length === 0 ? 0 : this.#ms.cover + this.#ms.partner;
  }

  /** What falls to each member, ms. */
  get each(): Ms {
    return this.total / this.members.length;
  }

  /** What falls to each member beside partnering, ms. */
  get eachCovers(): Ms {
    return this.#ms.cover / this.members.length;
  }

  /** Counts work as to be done, or, negative, as served. */
  add(ms: Ms, part: Part): void {
    this.#ms[part] += ms;
    for (const load of this.#distinct) load.forget();
  }

  /** The loads of its members, in their order. */
  get loads(): readonly Load[] {
    return this.#loads;
  }

  /** The same, each once. */
  get distinctLoads(): ReadonlySet<Load> {
    return this.#distinct;
  }

  /** Tells it what loads there are. */
  settle(loads: ReadonlyMap<TentacleId, Load>): void {
    this.#loads = this.members.map(({ id }) => loadIn(loads, id));
    this.#distinct = new Set(this.#loads);
  }
}

/** The work left to tentacles that take part in the very same shares, for each of them. Whole, so that equals are equal. */
export class Load {
  readonly #shares: readonly Share[];
  #ms: Ms | undefined;
  #coversMs: Ms | undefined;

  constructor(shares: readonly Share[]) {
    this.#shares = shares;
  }

  get ms(): Ms {
    return (this.#ms ??= Math.round(this.#shares.reduce((sum, { each }) => sum + each, 0)));
  }

  /** What of it is not partnering, ms. */
  get coversMs(): Ms {
    return (this.#coversMs ??= Math.round(this.#shares.reduce((sum, { eachCovers }) => sum + eachCovers, 0)));
  }

  forget(): void {
    this.#ms = undefined;
    this.#coversMs = undefined;
  }
}

/**
 * How much unserved work each tentacle has before it, if all who can do it share it evenly. Sums are of whole
 * milliseconds and made in a fixed order, so that they do not depend on how it came to them.
 */
export class WorkLeft {
  readonly #byMembers = new Map<readonly Tentacle[], Share>();
  readonly #byIds = new Map<string, Share>();
  #loads: ReadonlyMap<TentacleId, Load> = new Map();
  #distinct: ReadonlySet<Load> = new Set();

  /** The share of these tentacles, ids ascending; the same for the same ones. */
  share(members: readonly Tentacle[]): Share {
    let share = this.#byMembers.get(members);
    if (share !== undefined) return share;
    const key = members.map(({ id }) => id).join('\n');
    share = this.#byIds.get(key) ?? new Share(members);
    this.#byIds.set(key, share);
    this.#byMembers.set(members, share);
    return share;
  }

  /** All shares were asked for; from now on loads are known. */
  settle(): void {
    const shares = [...this.#byIds.values()];
    this.#loads = loadsOf(shares);
    this.#distinct = new Set(this.#loads.values());
    for (const share of shares) share.settle(this.#loads);
  }

  /** A tentacle's load; tentacles that take part in the same shares have the same. */
  loadOf(id: TentacleId): Load {
    return loadIn(this.#loads, id);
  }

  /**
   * Sooner than this the evening can not end, ms, whatever one load does: all work over all tentacles, or the most that another
   * load must cover. Holds until work is counted.
   */
  endBeside(): (load: Load) => Ms {
    let [most, second] = [0, 0];
    let busiest: Load | undefined;
    for (const load of this.#distinct) {
      const ms = load.coversMs;
      second = Math.max(second, Math.min(ms, most));
      if (ms > most) [busiest, most] = [load, ms];
    }
    const even = this.#total() / this.#loads.size;
    return (load) => Math.max(even, load === busiest ? second : most);
  }

  #total(): Ms {
    let total = 0;
    for (const { total: own } of this.#byIds.values()) total += own;
    return total;
  }
}

function loadIn(loads: ReadonlyMap<TentacleId, Load>, id: TentacleId): Load {
  const load = loads.get(id);
  if (load === undefined) throw new Error(`Internal error: expected a tentacle with work, was ${id}`);
  return load;
}

function loadsOf(shares: readonly Share[]): ReadonlyMap<TentacleId, Load> {
  const own = new Map<TentacleId, number[]>();
  for (const [index, { members }] of shares.entries())
    for (const { id } of members) {
      const known = own.get(id);
      if (known === undefined) own.set(id, [index]);
      else known.push(index);
    }
  const loads = new Map<string, Load>();
  return new Map(
    [...own].map(([id, indices]) => {
      const key = indices.join();
      const load = loads.get(key) ?? new Load(indices.flatMap((index) => shares[index] ?? []));
      loads.set(key, load);
      return [id, load];
    }),
  );
}
