import type { BoardVariant, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import type { BenchView } from './bench-view.ts';
import { byText } from './compare.ts';
import type { Entry } from './entry.ts';
import { canAssign } from './partners.ts';
import { byRank, type ByFirmware, type Pool, type Pull } from './pool.ts';

/** An order that could be served now, if there are partners: by one of the candidates, which are free. */
export interface Offer extends Pull {
  readonly candidates: readonly Tentacle[];
  /** It would end last if it were not served now. */
  readonly urgent: boolean;
  /** One of the candidates has the firmware already, or the stage is ready there. */
  readonly prepared: boolean;
}

/** The best order of a pool that could be served now: an urgent one, else the first that somebody is prepared for, else by id. */
export function offerOf(pool: Pool, view: BenchView): Offer | undefined {
  const free = pool.covering.filter(({ id }) => view.isFree(id));
  if (free.length === 0) return undefined;
  const offers = new PoolOffers(pool, free, view);
  return offers.first(pool.urgent, true) ?? offers.first(pool.byFirmware, false);
}

/** The rank of its pool; what is urgent, the longest first; who is prepared; the order's id. */
export function byOffer(a: Offer, b: Offer): number {
  return (
    (a.pool === b.pool ? 0 : byRank(a.pool, b.pool)) ||
    Number(b.urgent) - Number(a.urgent) ||
    Number(b.prepared) - Number(a.prepared) ||
    byText(a.entry.cursor.stem, b.entry.cursor.stem)
  );
}

/** False: whatever a pool offers, `byOffer` puts it behind. Saves looking at all that rank the same. */
export function mayBeBetter(pool: Pool, best: Offer, view: BenchView): boolean {
  const rank = byRank(pool, best.pool);
  if (rank !== 0) return rank < 0;
  if (pool.isUrgent !== best.urgent) return pool.isUrgent;
  const [first] = pool.entries;
  if (first === undefined || byText(first.cursor.stem, best.entry.cursor.stem) < 0) return true;
  if (best.prepared) return false;
  return view.knowsStages || pool.covering.some(({ id }) => view.carriesAny(id));
}

/**
 * Who may cover an order again that erred: those who did not err with it and could cover it as soon as all is back that we
 * handed out, partners too.
 */
export function elsewhere(
  { partners }: Pool,
  erredOn: ReadonlySet<TentacleId>,
  view: BenchView,
): (tentacle: Tentacle) => boolean {
  return ({ id }) => {
    if (erredOn.has(id) || !view.isThere(id)) return false;
    const groups = partners.map(({ members }) => members.filter((each) => view.isThere(each.id)));
    return canAssign(groups, new Set([id]));
  };
}

/** What a pool could offer to those of its members that are free. */
class PoolOffers {
  readonly #pool: Pool;
  readonly #free: readonly Tentacle[];
  readonly #view: BenchView;

  constructor(pool: Pool, free: readonly Tentacle[], view: BenchView) {
    this.#pool = pool;
    this.#free = free;
    this.#view = view;
  }

  /** The first of some entries: on firmware that is there already, or where the stage is ready; else by id. */
  first(entries: ByFirmware, urgent: boolean): Offer | undefined {
    let best: Offer | undefined;
    for (const [boardVariant, own] of entries) {
      const offer = this.#firstOf(own, boardVariant, urgent);
      if (offer !== undefined && (best === undefined || byOffer(offer, best) < 0)) best = offer;
    }
    return best;
  }

  /** The first of entries that are covered with the same firmware. */
  #firstOf(
    entries: readonly Entry[],
    boardVariant: BoardVariant | undefined,
    urgent: boolean,
  ): Offer | undefined {
    const view = this.#view;
    const mayBePrepared = view.knowsStages || this.#free.some((each) => view.carries(each, boardVariant));
    let first: Offer | undefined;
    for (const entry of entries) {
      const pull = this.#pull(entry);
      if (pull === undefined) continue;
      const prepared =
        mayBePrepared && pull.candidates.some((each) => view.preparedFor(entry, each) !== undefined);
      if (prepared || first === undefined)
        first = {
          pool: this.#pool,
          entry,
          which: pull.which,
          candidates: pull.candidates,
          urgent,
          prepared,
        };
      if (prepared || !mayBePrepared) return first;
    }
    return first;
  }

  /** What an entry has to offer, to whom. One that erred waits for who did not err with it; meanwhile the next one is served. */
  #pull(entry: Entry): Pick<Offer, 'which' | 'candidates'> | undefined {
    const candidates = this.#view.candidates(entry, this.#free);
    if (candidates.length === 0) return undefined;
    for (const which of entry.returned) {
      const isAnother = elsewhere(this.#pool, which.erredOn, this.#view);
      const others = candidates.filter(isAnother);
      if (others.length > 0) return { which, candidates: others };
      if (!this.#pool.covering.some(isAnother)) return { which, candidates };
    }
    return entry.fresh > 0 ? { which: 'fresh', candidates } : undefined;
  }
}
