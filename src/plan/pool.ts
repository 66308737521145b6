import type { BoardVariant, Ms, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import { byText } from './compare.ts';
import type { Entry, Which } from './entry.ts';
import type { Share } from './work-left.ts';

/** Entries by id, for each board-variant; undefined: the default variant of whoever covers. */
export type ByFirmware = ReadonlyMap<BoardVariant | undefined, readonly Entry[]>;

const NONE: ByFirmware = new Map();

/** Cursors of one level whose orders the same tentacles can cover and partner. */
export class Pool {
  /** By id; only those with orders left. */
  readonly entries: Entry[] = [];
  /** How often a lower-ranked order took a member while this pool waited. */
  passedOver = 0;
  /** Who can take each partner's role, in the spec's order. */
  readonly partners: readonly Share[];
  readonly #cover: Share;
  #longest: Ms | undefined;
  #byFirmware: ByFirmware | undefined;

  /** All who could cover, and for each partner's role all who could take it, as far as they can serve. */
  constructor(cover: Share, partners: readonly Share[]) {
    this.#cover = cover;
    this.partners = partners;
  }

  get covering(): readonly Tentacle[] {
    return this.#cover.members;
  }

  has(id: TentacleId): boolean {
    return this.#cover.has(id) || this.partners.some((share) => share.has(id));
  }

  /** Work before the one of those who can cover that has least, ms. */
  get leastLoad(): Ms {
    let least = Infinity;
    for (const { ms } of this.#cover.distinctLoads) least = Math.min(least, ms);
    return least;
  }

  /** How long it takes at least until this pool is done, ms: twins share its work, but not a single order. */
  get workMs(): Ms {
    return Math.max(this.leastLoad, this.longest);
  }

  /** The estimate of its longest order, ms. */
  get longest(): Ms {
    this.#longest ??= this.entries.reduce((most, { cursor }) => Math.max(most, cursor.estimateMs), 0);
    return this.#longest;
  }

  /** Its entries, by what they are covered with. */
  get byFirmware(): ByFirmware {
    this.#byFirmware ??= byFirmware(this.entries);
    return this.#byFirmware;
  }

  get isUrgent(): boolean {
    return this.longest >= this.leastLoad;
  }

  /** Entries that would end last if they were not served now: the longest, if twins have no more to do than one takes. */
  get urgent(): ByFirmware {
    if (!this.isUrgent) return NONE;
    return byFirmware(this.entries.filter(({ cursor }) => cursor.estimateMs === this.longest));
  }

  /** Puts an entry where its id belongs; does nothing if it is here. */
  add(entry: Entry): void {
    if (this.entries.includes(entry)) return;
    this.#changed();
    const last = this.entries.at(-1);
    // What was asked for again has an entry for each order, of one stem.
    if (last === undefined || byText(last.cursor.stem, entry.cursor.stem) <= 0) {
      this.entries.push(entry);
      return;
    }
    const at = this.entries.findIndex((other) => byText(other.cursor.stem, entry.cursor.stem) > 0);
    this.entries.splice(at, 0, entry);
  }

  remove(entry: Entry): void {
    this.#changed();
    const at = this.entries.indexOf(entry);
    if (at !== -1) this.entries.splice(at, 1);
  }

  /** Counts work as to be done, or, negative, as served. */
  count(ms: Ms): void {
    this.#cover.add(ms, 'cover');
    for (const share of this.partners) share.add(ms, 'partner');
  }

  #changed(): void {
    this.#longest = undefined;
    this.#byFirmware = undefined;
  }
}

/** An order that is taken next: from an entry of a pool. */
export interface Pull {
  readonly pool: Pool;
  readonly entry: Entry;
  readonly which: Which;
}

/** Where most work is left; then what fewest tentacles can cover. */
export function byRank(a: Pool, b: Pool): number {
  return b.workMs - a.workMs || a.covering.length - b.covering.length;
}

/** All that no other ranks before. */
export function ofFirstRank(pools: Iterable<Pool>): readonly Pool[] {
  let first: Pool[] = [];
  let [work, covering] = [-1, 0];
  for (const pool of pools) {
    const own = pool.workMs;
    if (own < work || (own === work && pool.covering.length > covering)) continue;
    if (own > work || pool.covering.length < covering) first = [];
    first.push(pool);
    [work, covering] = [own, pool.covering.length];
  }
  return first;
}

function byFirmware(entries: readonly Entry[]): ByFirmware {
  return Map.groupBy(entries, ({ cursor }) => cursor.firmware?.boardVariant);
}
