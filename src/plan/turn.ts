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
 * When the best offer lacks partners, or had better wait for others, the next one is tried that may ask for others.
 */
export class Turn {
  readonly view: BenchView;
  readonly #casting: Casting;

  constructor(view: BenchView) {
    this.view = view;
    this.#casting = new Casting(view);
  }

  /** The best order of a level that can be served now; one that had better wait only when there is no other. */
  best(level: Level): Choice | undefined {
    if (level.roles === 0) return hostChoice(level, this.view);
    const pools = level.poolsFor(this.view.free);
    const first = ofFirstRank(pools);
    // Mostly one of the first rank is served, and nobody has to know how the others rank.
    const choice = this.#bestOf(first);
    if (isForNow(choice) || first.length === pools.size) return choice;
    const tried = new Set(first);
    const other = this.#bestOf([...pools].filter((pool) => !tried.has(pool)));
    return isForNow(other) ? other : (choice ?? other);
  }

  /** The same, of some pools. */
  #bestOf(pools: readonly Pool[]): Choice | undefined {
    let best: Offer | undefined;
    for (const pool of pools) {
      if (best !== undefined && !mayBeBetter(pool, best, this.view)) continue;
      const offer = offerOf(pool, this.view);
      if (offer !== undefined && (best === undefined || byOffer(offer, best) < 0)) best = offer;
    }
    if (best === undefined) return undefined;
    let choice = this.#served(best);
    if (isForNow(choice) || pools.length === 1) return choice;
    for (const offer of pools.flatMap((pool) => offerOf(pool, this.view) ?? []).toSorted(byOffer)) {
      const other = offer.pool === best.pool ? undefined : this.#served(offer);
      if (isForNow(other)) return other;
      choice ??= other;
    }
    return choice;
  }

  /** On whom an offer is served; undefined when it lacks partners. */
  #served(offer: Offer): Choice | undefined {
    const cast = this.#casting.of(offer);
    return cast === undefined ? undefined : bind(offer, cast, this.view);
  }
}

function isForNow(choice: Choice | undefined): choice is Choice {
  return choice?.betterLater === false;
}

/** The first host-only order of a level that could be served now. */
function hostChoice(level: Level, view: BenchView): Choice | undefined {
  if (!view.hostSlots) return undefined;
  for (const pool of level.pools)
    for (const entry of pool.entries)
      if (view.resourcesFree(entry.cursor.spec.name)) {
        const which = entry.returned[0] ?? 'fresh';
        return { pool, entry, which, bindings: [], betterLater: false, prepared: undefined };
      }
  return undefined;
}
