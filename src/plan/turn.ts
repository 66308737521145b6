import type { BoardName, BoardVariant, Ms, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import type { Binding } from '../model/order.ts';
import type { Bench } from './bench.ts';
import type { BenchState } from './bench-state.ts';
import { byText, smallest } from './compare.ts';
import type { Entry } from './entry.ts';
import type { LastOrder } from './last-orders.ts';
import type { Level } from './level.ts';
import { assign, canAssign, type PartnerPolicy } from './partners.ts';
import { byRank, ofFirstRank, type ByFirmware, type Pool, type Pull } from './pool.ts';
import type { Load, Share, WorkLeft } from './work-left.ts';

/** What a bartender knows beside the state of the bench. */
export interface TurnContext {
  readonly bench: Bench;
  readonly policy: PartnerPolicy;
  readonly work: WorkLeft;
  /** Tentacles that were handed out and not seen free since. */
  readonly out: { has(id: TentacleId): boolean };
  /** What was last served on a tentacle. */
  readonly last: ReadonlyMap<TentacleId, BoardVariant>;
}

/** An order that could be served now, if there are partners: by one of the candidates, which are free. */
export interface Offer extends Pull {
  readonly candidates: readonly Tentacle[];
  /** It would end last if it were not served now. */
  readonly urgent: boolean;
  /** One of the candidates has the firmware already, or the stage is ready there. */
  readonly prepared: boolean;
}

/** What saves time on a tentacle: it carries the firmware, or the stage is ready there. */
type Prepared = 'firmware' | 'stage';

/** An order that could be served now, and on what; the covering tentacle first. */
export interface Choice extends Pull {
  readonly bindings: readonly Binding[];
  /** What the covering tentacle has already. */
  readonly prepared: Prepared | undefined;
}

/** One decision's view of the bench: what is free, less what is held for somebody who waited too long. */
export class Turn {
  readonly state: BenchState;
  readonly #context: TurnContext;
  readonly #held: ReadonlySet<TentacleId> | undefined;
  #endBeside: ((load: Load) => Ms) | undefined;

  constructor(state: BenchState, context: TurnContext, held?: ReadonlySet<TentacleId>) {
    this.state = state;
    this.#context = context;
    this.#held = held;
  }

  /** The best order of a level that can be served now. */
  best(level: Level): Choice | undefined {
    const pools = level.poolsFor(this.state.free);
    const first = ofFirstRank(pools);
    // Mostly one of the first rank is served, and nobody has to know how the others rank.
    const choice = this.bestOf(first);
    if (choice !== undefined || first.length === pools.size) return choice;
    const tried = new Set(first);
    return this.bestOf([...pools].filter((pool) => !tried.has(pool)));
  }

  /** The best order of a pool that could be served now, if there are partners. */
  #offer(pool: Pool): Offer | undefined {
    const free = pool.covering.filter(({ id }) => this.#isFree(id));
    if (free.length === 0) return undefined;
    return this.#first(pool, pool.urgent, free, true) ?? this.#first(pool, pool.byFirmware, free, false);
  }

  /** All that is left of a pool, each with who could take its roles; orders that nobody here could are left out. */
  *lastOrders(pool: Pool): Generator<LastOrder> {
    const free = pool.covering.filter(({ id }) => this.#isFree(id));
    const partners = pool.partners.map(({ members }) => members.filter((each) => this.#canPartner(each)));
    for (const entry of pool.entries) {
      const candidates = this.#candidates(entry, free);
      if ([candidates, ...partners].some(({ length }) => length === 0)) continue;
      const order = { pool, entry, ms: entry.cursor.estimateMs };
      for (const { erredOn } of entry.returned) {
        const others = candidates.filter(({ id }) => !erredOn.has(id) && this.#couldCover(pool, id));
        yield { ...order, which: 'returned', roles: [others.length > 0 ? others : candidates, ...partners] };
      }
      for (let left = entry.fresh; left > 0; left--)
        yield { ...order, which: 'fresh', roles: [candidates, ...partners] };
    }
  }

  /** An offer on these tentacles, the covering one first. */
  bind({ pool, entry, which }: Pull, tentacles: readonly Tentacle[]): Choice {
    const { cursor } = entry;
    const bindings = [cursor.role, ...cursor.partners].map((role, index) => {
      const tentacle = tentacles[index];
      if (role === undefined || tentacle === undefined)
        throw new Error(`Internal error: expected a tentacle for each role of ${cursor.stem}, was none`);
      const firmware =
        (index === 0 ? cursor.firmware : undefined) ?? this.#context.bench.defaultVariant(tentacle.board);
      return {
        role: role.name,
        tentacle: tentacle.id,
        board: tentacle.board,
        variant: firmware.variant,
        boardVariant: firmware.boardVariant,
      };
    });
    const [covering] = tentacles;
    return {
      pool,
      entry,
      which,
      bindings,
      prepared: covering === undefined ? undefined : this.#preparedBy(entry, covering),
    };
  }

  #isFree(id: TentacleId): boolean {
    return this.state.free.has(id) && this.#held?.has(id) !== true;
  }

  /** The best order of some pools that can be served now. */
  bestOf(pools: readonly Pool[]): Choice | undefined {
    let best: Offer | undefined;
    for (const pool of pools) {
      if (best !== undefined && !this.#mayBeBetter(pool, best)) continue;
      const offer = this.#offer(pool);
      if (offer !== undefined && (best === undefined || byOffer(offer, best) < 0)) best = offer;
    }
    if (best === undefined) return undefined;
    const choice = this.#served(best);
    if (choice !== undefined || pools.length === 1) return choice;
    // It lacks partners; another may ask for others.
    for (const offer of pools.flatMap((pool) => this.#offer(pool) ?? []).toSorted(byOffer)) {
      const other = offer.pool === best.pool ? undefined : this.#served(offer);
      if (other !== undefined) return other;
    }
    return undefined;
  }

  /** False: whatever a pool offers, `byOffer` puts it behind. Saves looking at all that rank the same. */
  #mayBeBetter(pool: Pool, best: Offer): boolean {
    const rank = byRank(pool, best.pool);
    if (rank !== 0) return rank < 0;
    if (pool.isUrgent !== best.urgent) return pool.isUrgent;
    const [first] = pool.entries;
    if (first === undefined || byText(first.cursor.stem, best.entry.cursor.stem) < 0) return true;
    if (best.prepared) return false;
    return this.state.stageReady !== undefined || pool.covering.some(({ id }) => this.#carriesAny(id));
  }

  /** The first of some entries: on firmware that is there already, or where the stage is ready; else by id. */
  #first(pool: Pool, entries: ByFirmware, free: readonly Tentacle[], urgent: boolean): Offer | undefined {
    let best: Offer | undefined;
    for (const [boardVariant, own] of entries) {
      const offer = this.#firstOf(pool, own, free, urgent, boardVariant);
      if (offer !== undefined && (best === undefined || byOffer(offer, best) < 0)) best = offer;
    }
    return best;
  }

  #firstOf(
    pool: Pool,
    entries: readonly Entry[],
    free: readonly Tentacle[],
    urgent: boolean,
    boardVariant: BoardVariant | undefined,
  ): Offer | undefined {
    const mayBePrepared =
      this.state.stageReady !== undefined || free.some((each) => this.#carries(each, boardVariant));
    let first: Offer | undefined;
    for (const entry of entries) {
      const candidates = this.#candidates(entry, free);
      const pull = candidates.length === 0 ? undefined : this.#pull(pool, entry, candidates);
      if (pull === undefined) continue;
      const prepared = mayBePrepared && pull.candidates.some((each) => this.#isPrepared(entry, each));
      if (prepared || first === undefined)
        first = { pool, entry, which: pull.which, candidates: pull.candidates, urgent, prepared };
      if (prepared || !mayBePrepared) return first;
    }
    return first;
  }

  /** Those of the free ones that could cover an entry's order now: what it uses is free, and firmware is at hand. */
  #candidates({ cursor: { spec, firmware } }: Entry, free: readonly Tentacle[]): readonly Tentacle[] {
    if (this.state.resourcesFree?.(spec.name) === false) return [];
    if (firmware === undefined) return free.filter(({ board }) => this.#hasDefault(board));
    return this.state.firmwareReady(firmware.boardVariant) ? free : [];
  }

  /** An order that erred goes to who did not err with it, if that is free or ours; meanwhile the next one is served. */
  #pull(
    pool: Pool,
    entry: Entry,
    candidates: readonly Tentacle[],
  ): Pick<Offer, 'which' | 'candidates'> | undefined {
    const erredOn = entry.returned[0]?.erredOn;
    if (erredOn !== undefined) {
      const another = ({ id }: Tentacle): boolean => !erredOn.has(id) && this.#couldCover(pool, id);
      const others = candidates.filter(another);
      if (others.length > 0) return { which: 'returned', candidates: others };
      const wait = pool.covering.some(another);
      if (!wait) return { which: 'returned', candidates };
    }
    return entry.fresh > 0 ? { which: 'fresh', candidates } : undefined;
  }

  /** It could cover for a pool as soon as all is back that we handed out: it is there, and so are partners. */
  #couldCover({ partners }: Pool, id: TentacleId): boolean {
    const isThere = (each: TentacleId): boolean => this.state.free.has(each) || this.#context.out.has(each);
    if (!isThere(id)) return false;
    const groups = partners.map(({ members }) => members.filter((each) => isThere(each.id)));
    return canAssign(groups, new Set([id]));
  }

  /** On whom an offer is served; undefined when it lacks partners. */
  #served(offer: Offer): Choice | undefined {
    const { pool, entry, candidates, which } = offer;
    const roles = 1 + pool.partners.length;
    const erredOn = which === 'returned' ? entry.returned[0]?.erredOn : undefined;
    // Each role needs no more to choose from than there are roles: the others can take no more away.
    const groups = [
      this.#bestCovering(offer, candidates, roles),
      ...pool.partners.map((all) => this.#bestPartners(all, entry, roles, erredOn)),
    ];
    const chosen = assign(groups, new Set());
    return chosen === undefined ? undefined : this.bind(offer, chosen);
  }

  /** Who is prepared; then who carries nothing that others of the pool want; then who has least other work. */
  #bestCovering({ pool, entry }: Pull, candidates: readonly Tentacle[], most: number): readonly Tentacle[] {
    if (candidates.length < 2) return candidates;
    const own = entry.cursor.firmware?.boardVariant;
    const others = [...pool.byFirmware.keys()].filter((boardVariant) => boardVariant !== own);
    const keyed = candidates.map((tentacle) => ({
      tentacle,
      prepared: this.#isPrepared(entry, tentacle),
      spoils: others.some((boardVariant) => this.#carries(tentacle, boardVariant)),
      work: this.#context.work.loadOf(tentacle.id).ms,
    }));
    return smallest(
      keyed,
      most,
      (a, b) =>
        Number(b.prepared) - Number(a.prepared) ||
        Number(a.spoils) - Number(b.spoils) ||
        a.work - b.work ||
        byText(a.tentacle.id, b.tentacle.id),
    ).map(({ tentacle }) => tentacle);
  }

  /** Who did not err with it; nobody for whom the evening ends later; the reference board; the firmware there already; least other work; id. */
  #bestPartners(
    { members, loads }: Share,
    { cursor }: Entry,
    most: number,
    erredOn: ReadonlySet<TentacleId> | undefined,
  ): readonly Tentacle[] {
    const found: Partner[] = [];
    for (const [index, tentacle] of members.entries()) {
      const load = loads[index]!;
      const tier = this.#tierOf(tentacle, load, cursor.estimateMs);
      const last = found.length < most ? undefined : found.at(-1);
      // Most of a large lab is left here, before anything is looked up: it could not be better even if it carried the firmware.
      if (
        last?.erred === false &&
        (tier > last.tier || (tier === last.tier && last.carries && load.ms >= last.work))
      )
        continue;
      if (!this.#canPartner(tentacle)) continue;
      const partner = {
        tentacle,
        erred: erredOn?.has(tentacle.id) === true,
        tier,
        carries: this.#carries(tentacle),
        work: load.ms,
      };
      const at = found.findIndex((other) => byPartner(partner, other) < 0);
      found.splice(at === -1 ? found.length : at, 0, partner);
      if (found.length > most) found.pop();
    }
    return found.map(({ tentacle }) => tentacle);
  }

  /** It is free, with firmware at hand for it. */
  #canPartner({ id, board }: Tentacle): boolean {
    return this.#isFree(id) && this.#hasDefault(board);
  }

  /** The evening would end later for somebody whose own orders, with this one, go on longer than all else can. */
  #tierOf({ board }: Tentacle, load: Load, ms: Ms): Partner['tier'] {
    const { bench, policy, work } = this.#context;
    this.#endBeside ??= work.endBeside();
    if (load.coversMs + ms > this.#endBeside(load)) return 2;
    return policy === 'prefer-reference' && board === bench.reference ? 0 : 1;
  }

  #isPrepared(entry: Entry, tentacle: Tentacle): boolean {
    return this.#preparedBy(entry, tentacle) !== undefined;
  }

  #preparedBy({ cursor }: Entry, tentacle: Tentacle): Prepared | undefined {
    if (this.#carries(tentacle, cursor.firmware?.boardVariant)) return 'firmware';
    return this.state.stageReady?.(cursor.spec.name, tentacle.id) === true ? 'stage' : undefined;
  }

  #carriesAny(id: TentacleId): boolean {
    return this.state.loaded.has(id) || this.#context.last.has(id);
  }

  /** Absent board-variant: its board's default one. */
  #carries(
    { id, board }: Tentacle,
    boardVariant = this.#context.bench.defaultVariant(board).boardVariant,
  ): boolean {
    if (!this.#carriesAny(id)) return false;
    const wanted = this.state.firmwareOf?.(boardVariant);
    return wanted === undefined
      ? this.#context.last.get(id) === boardVariant
      : this.state.loaded.get(id) === wanted;
  }

  #hasDefault(board: BoardName): boolean {
    return this.state.firmwareReady(this.#context.bench.defaultVariant(board).boardVariant);
  }
}

/** The rank of its pool; what is urgent, the longest first; who is prepared; the order's id. */
function byOffer(a: Offer, b: Offer): number {
  return (
    (a.pool === b.pool ? 0 : byRank(a.pool, b.pool)) ||
    Number(b.urgent) - Number(a.urgent) ||
    Number(b.prepared) - Number(a.prepared) ||
    byText(a.entry.cursor.stem, b.entry.cursor.stem)
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

function byPartner(a: Partner, b: Partner): number {
  return (
    Number(a.erred) - Number(b.erred) ||
    a.tier - b.tier ||
    Number(b.carries) - Number(a.carries) ||
    a.work - b.work ||
    byText(a.tentacle.id, b.tentacle.id)
  );
}
