import type { Ms, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import type { BenchView, Prepared } from './bench-view.ts';
import { byText, Smallest } from './compare.ts';
import type { Entry } from './entry.ts';
import type { Offer } from './offer.ts';
import { assign } from './partners.ts';
import type { Load, Share } from './work-left.ts';

/** Who takes the roles of an offer. */
export interface Cast {
  /** One for each role, the covering one first. */
  readonly tentacles: readonly Tentacle[];
  /** For one of the partners the evening ends later, and not for another that we handed out and that could partner, too. */
  readonly betterLater: boolean;
}

/** Who takes which role of an offer: the best who can cover it, and the best partners that this leaves. */
export class Casting {
  readonly #view: BenchView;
  #endBeside: ((load: Load) => Ms) | undefined;

  constructor(view: BenchView) {
    this.#view = view;
  }

  /** Undefined when it lacks partners. */
  of(offer: Offer): Cast | undefined {
    const { pool, entry, which } = offer;
    const roles = 1 + pool.partners.length;
    const erredOn = which === 'fresh' ? undefined : which.erredOn;
    // Each role needs no more to choose from than there are roles: the others can take no more away.
    const groups = [
      this.#bestCovering(offer, roles),
      ...pool.partners.map((all) => this.#bestPartners(all, entry, roles, erredOn)),
    ];
    const tentacles = assign(groups, new Set());
    if (tentacles === undefined) return undefined;
    return { tentacles, betterLater: this.#isBetterLater(offer, tentacles, erredOn) };
  }

  /** Somebody who is handed out would be a better partner than one for whom the evening ends later. */
  #isBetterLater(
    { pool, entry }: Offer,
    cast: readonly Tentacle[],
    erredOn: ReadonlySet<TentacleId> | undefined,
  ): boolean {
    const ms = entry.cursor.estimateMs;
    return pool.partners.some(({ members, loads }, role) => {
      const partner = members.indexOf(cast[role + 1]!);
      if (this.#tierOf(members[partner]!, loads[partner]!, ms) < 2) return false;
      return members.some(
        (each, index) =>
          this.#view.canPartnerLater(each) &&
          erredOn?.has(each.id) !== true &&
          this.#tierOf(each, loads[index]!, ms) < 2,
      );
    });
  }

  /** So many of the candidates, best first. */
  #bestCovering({ pool, entry, candidates }: Offer, most: number): readonly Tentacle[] {
    if (candidates.length < 2) return candidates;
    const view = this.#view;
    const own = entry.cursor.firmware?.boardVariant;
    const others = [...pool.byFirmware.keys()].filter((boardVariant) => boardVariant !== own);
    const best = new Smallest(most, byCovering);
    for (const tentacle of candidates)
      best.add({
        tentacle,
        prepared: view.preparedFor(entry, tentacle),
        spoils: others.some((boardVariant) => view.carries(tentacle, boardVariant)),
        work: view.context.work.loadOf(tentacle.id).ms,
      });
    return best.list.map(({ tentacle }) => tentacle);
  }

  /** So many of those who can take a partner's role now, best first. */
  #bestPartners(
    { members, loads }: Share,
    { cursor }: Entry,
    most: number,
    erredOn: ReadonlySet<TentacleId> | undefined,
  ): readonly Tentacle[] {
    const best = new Smallest(most, byPartner);
    for (const [index, tentacle] of members.entries()) {
      const load = loads[index]!;
      const tier = this.#tierOf(tentacle, load, cursor.estimateMs);
      const { last } = best;
      // Most of a large lab is left here, before anything is looked up: it could not be better even if it carried the firmware.
      if (
        last?.erred === false &&
        (tier > last.tier || (tier === last.tier && last.carries && load.ms >= last.work))
      )
        continue;
      if (!this.#view.canPartner(tentacle, cursor.estimateMs)) continue;
      best.add({
        tentacle,
        erred: erredOn?.has(tentacle.id) === true,
        tier,
        carries: this.#view.carries(tentacle),
        work: load.ms,
      });
    }
    return best.list.map(({ tentacle }) => tentacle);
  }

  /** The evening would end later for somebody whose own orders, with this one, go on longer than all else can. */
  #tierOf({ board }: Tentacle, load: Load, ms: Ms): Partner['tier'] {
    const { bench, policy, work } = this.#view.context;
    this.#endBeside ??= work.endBeside();
    if (load.coversMs + ms > this.#endBeside(load)) return 2;
    return policy === 'prefer-reference' && board === bench.reference ? 0 : 1;
  }
}

/** Somebody who could cover. */
interface Covering {
  readonly tentacle: Tentacle;
  readonly prepared: Prepared | undefined;
  /** It carries firmware that others of the pool want. */
  readonly spoils: boolean;
  readonly work: Ms;
}

/** What saves more comes later. */
const SAVES: readonly (Prepared | undefined)[] = [undefined, 'firmware', 'stage'];

/** Who is prepared, best by a stage; then who carries nothing that others of the pool want; least other work; id. */
function byCovering(a: Covering, b: Covering): number {
  return (
    SAVES.indexOf(b.prepared) - SAVES.indexOf(a.prepared) ||
    Number(a.spoils) - Number(b.spoils) ||
    a.work - b.work ||
    byText(a.tentacle.id, b.tentacle.id)
  );
}

/** Somebody who could take a partner's role. */
interface Partner {
  readonly tentacle: Tentacle;
  readonly erred: boolean;
  /** 0: the reference board, where that is preferred; 2: the evening would end later for it. */
  readonly tier: 0 | 1 | 2;
  readonly carries: boolean;
  readonly work: Ms;
}

/** Who did not err with it; nobody for whom the evening ends later; the reference board; the firmware there already; least other work; id. */
function byPartner(a: Partner, b: Partner): number {
  return (
    Number(a.erred) - Number(b.erred) ||
    a.tier - b.tier ||
    Number(b.carries) - Number(a.carries) ||
    a.work - b.work ||
    byText(a.tentacle.id, b.tentacle.id)
  );
}
