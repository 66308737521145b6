import type { BenchView } from './bench-view.ts';
import { Casting } from './casting.ts';
import { bind, type Choice } from './choice.ts';
import type { Level } from './level.ts';
import { byOffer, mayBeBetter, offerOf, type Offer } from './offer.ts';
import { ofFirstRank, type Pool } from './pool.ts';

/**
 * The rule within one level, for the bench as it is seen now:
 *
 *     pools of the level, those of the first rank before the others
 *       → each pool's best order, and who is free to cover it   (offer.ts)
 *       → the best of these, and who takes its roles            (casting.ts)
 *       → its bindings                                          (choice.ts)
 *
 * When the best offer lacks partners, the next one is tried that may ask for others.
 */
export class Turn {
  readonly view: BenchView;
  readonly #casting: Casting;

  constructor(view: BenchView) {
    this.view = view;
    this.#casting = new Casting(view);
  }

  /** The best order of a level that can be served now. */
  best(level: Level): Choice | undefined {
    if (level.roles === 0) return hostChoice(level, this.view);
    const pools = level.poolsFor(this.view.free);
    const first = ofFirstRank(pools);
    // Mostly one of the first rank is served, and nobody has to know how the others rank.
    const choice = this.bestOf(first);
    if (choice !== undefined || first.length === pools.size) return choice;
    const tried = new Set(first);
    return this.bestOf([...pools].filter((pool) => !tried.has(pool)));
  }

  /** The best order of some pools that can be served now. */
  bestOf(pools: readonly Pool[]): Choice | undefined {
    let best: Offer | undefined;
    for (const pool of pools) {
      if (best !== undefined && !mayBeBetter(pool, best, this.view)) continue;
      const offer = offerOf(pool, this.view);
      if (offer !== undefined && (best === undefined || byOffer(offer, best) < 0)) best = offer;
    }
    if (best === undefined) return undefined;
    const choice = this.#served(best);
    if (choice !== undefined || pools.length === 1) return choice;
    // It lacks partners; another may ask for others.
    for (const offer of pools.flatMap((pool) => offerOf(pool, this.view) ?? []).toSorted(byOffer)) {
      const other = offer.pool === best.pool ? undefined : this.#served(offer);
      if (other !== undefined) return other;
    }
    return undefined;
  }

  /** On whom an offer is served; undefined when it lacks partners. */
  #served(offer: Offer): Choice | undefined {
    const tentacles = this.#casting.of(offer);
    return tentacles === undefined ? undefined : bind(offer, tentacles, this.view);
  }
}

/** The first host-only order of a level that could be served now. */
function hostChoice(level: Level, view: BenchView): Choice | undefined {
  if (!view.hostSlots) return undefined;
  for (const pool of level.pools)
    for (const entry of pool.entries)
      if (view.resourcesFree(entry.cursor.spec.name)) {
        const which = entry.returned.length > 0 ? 'returned' : 'fresh';
        return { pool, entry, which, bindings: [], prepared: undefined };
      }
  return undefined;
}
