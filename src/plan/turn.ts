import type { BoardVariant, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import type { Binding } from '../model/order.ts';
import type { Role } from '../model/plan.ts';
import type { Bench } from './bench.ts';
import type { BenchState } from './bench-state.ts';
import { byText } from './compare.ts';
import { assign, partnersFor, type PartnerPolicy } from './partners.ts';
import type { Entry, Pool } from './pool.ts';
import type { WorkLeft } from './work-left.ts';

/** What a bartender knows beside the state of the bench. */
export interface TurnContext {
  readonly bench: Bench;
  readonly policy: PartnerPolicy;
  readonly work: WorkLeft;
  /** Tentacles that were handed out and not seen free since. */
  readonly out: ReadonlyMap<TentacleId, unknown>;
  /** What was last served on a tentacle. */
  readonly last: ReadonlyMap<TentacleId, BoardVariant>;
}

/** An order that could be served now, and on what. */
export interface Pick {
  readonly pool: Pool;
  readonly entry: Entry;
  readonly which: 'returned' | 'fresh';
  readonly bindings: readonly Binding[];
  /** The covering tentacle has the firmware already. */
  readonly carried: boolean;
}

/** One decision's view of the bench: what is free, less what is held for somebody who waited too long. */
export class Turn {
  readonly state: BenchState;
  readonly #context: TurnContext;
  readonly #held: ReadonlySet<TentacleId>;
  readonly #partners = new Map<string, readonly Tentacle[]>();

  constructor(state: BenchState, context: TurnContext, held: ReadonlySet<TentacleId> = new Set()) {
    this.state = state;
    this.#context = context;
    this.#held = held;
  }

  get free(): Iterable<TentacleId> {
    if (this.#held.size === 0) return this.state.free;
    return [...this.state.free].filter((id) => !this.#held.has(id));
  }

  isFree(id: TentacleId): boolean {
    return this.state.free.has(id) && !this.#held.has(id) && this.#context.bench.unusable(id) === undefined;
  }

  /** The best order of a pool that can be served now: on firmware that is there already, else by id. */
  pick(pool: Pool): Pick | undefined {
    let first: Pick | undefined;
    for (const entry of pool.entries) {
      const pick = this.#try(pool, entry);
      if (pick?.carried) return pick;
      first ??= pick;
    }
    return first;
  }

  #try(pool: Pool, entry: Entry): Pick | undefined {
    const { spec } = entry.cursor;
    if (this.state.resourcesFree?.(spec.name) === false) return undefined;
    const candidates = this.#covering(pool, entry);
    if (candidates.length === 0) return undefined;
    const erredOn = entry.returned[0]?.erredOn;
    const others = erredOn === undefined ? candidates : candidates.filter(({ id }) => !erredOn.has(id));
    if (erredOn !== undefined && others.length > 0) return this.#bind(pool, entry, others, 'returned');
    if (erredOn !== undefined && !this.#anotherWillBeFree(pool, erredOn))
      return this.#bind(pool, entry, candidates, 'returned');
    return entry.hasFresh ? this.#bind(pool, entry, candidates, 'fresh') : undefined;
  }

  /** Free tentacles that could cover an entry's order, with firmware at hand for them. */
  #covering(pool: Pool, entry: Entry): Tentacle[] {
    const ready = entry.cursor.firmware;
    if (ready !== undefined && !this.state.firmwareReady(ready.boardVariant)) return [];
    return pool.covering.filter(
      (tentacle) =>
        this.isFree(tentacle.id) &&
        (ready !== undefined ||
          this.state.firmwareReady(this.#context.bench.defaultVariant(tentacle.board).boardVariant)),
    );
  }

  /** A tentacle on which an order did not err is worth waiting for, if it is us who use it. */
  #anotherWillBeFree(pool: Pool, erredOn: ReadonlySet<TentacleId>): boolean {
    return pool.covering.some(
      ({ id }) => !erredOn.has(id) && (this.#context.out.has(id) || this.state.free.has(id)),
    );
  }

  #bind(pool: Pool, entry: Entry, candidates: readonly Tentacle[], which: Pick['which']): Pick | undefined {
    const covering = candidates.length === 1 ? candidates : this.#bestFirst(pool, entry, candidates);
    const erredOn = which === 'returned' ? entry.returned[0]?.erredOn : undefined;
    const chosen = assign(
      [covering, ...pool.partners.map((role) => this.#partnersOf(role, erredOn))],
      new Set(),
    );
    const [first] = chosen ?? [];
    if (chosen === undefined || first === undefined) return undefined;
    const { cursor } = entry;
    const bindings = [cursor.role, ...cursor.partners].map((role, index) => {
      const tentacle = chosen[index];
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
    const carried = this.#carries(first, cursor.firmware?.boardVariant);
    return { pool, entry, which, bindings, carried };
  }

  /** Who carries the firmware; then who carries nothing that others of the pool want; then who has least other work. */
  #bestFirst(pool: Pool, entry: Entry, candidates: readonly Tentacle[]): Tentacle[] {
    const { work } = this.#context;
    const own = entry.cursor.firmware?.boardVariant;
    const others = pool.entries.filter(
      (other) => other !== entry && other.cursor.firmware?.boardVariant !== own,
    );
    return candidates
      .map((tentacle) => ({
        tentacle,
        carries: this.#carries(tentacle, own),
        spoils: others.some((other) => this.#carries(tentacle, other.cursor.firmware?.boardVariant)),
        work: work.of(tentacle.id),
      }))
      .toSorted(
        (a, b) =>
          Number(b.carries) - Number(a.carries) ||
          Number(a.spoils) - Number(b.spoils) ||
          a.work - b.work ||
          byText(a.tentacle.id, b.tentacle.id),
      )
      .map(({ tentacle }) => tentacle);
  }

  /** Absent board-variant: its board's default one. */
  #carries(
    tentacle: Tentacle,
    boardVariant = this.#context.bench.defaultVariant(tentacle.board).boardVariant,
  ): boolean {
    const wanted = this.state.firmwareOf?.(boardVariant);
    if (wanted !== undefined) return this.state.loaded.get(tentacle.id) === wanted;
    return this.#context.last.get(tentacle.id) === boardVariant;
  }

  /** Free tentacles for a partner's role, best first: the reference board, the firmware there already, least other work. */
  #partnersOf(role: Role, erredOn: ReadonlySet<TentacleId> | undefined): readonly Tentacle[] {
    let sorted = this.#partners.get(role.feature);
    if (sorted === undefined) {
      const { bench, policy, work } = this.#context;
      const preferred = policy === 'prefer-reference' ? bench.reference : undefined;
      sorted = partnersFor(role, bench, policy)
        .filter(
          ({ id, board }) =>
            this.isFree(id) && this.state.firmwareReady(bench.defaultVariant(board).boardVariant),
        )
        .toSorted(
          (a, b) =>
            Number(b.board === preferred) - Number(a.board === preferred) ||
            Number(this.#carries(b)) - Number(this.#carries(a)) ||
            work.of(a.id) - work.of(b.id) ||
            byText(a.id, b.id),
        );
      this.#partners.set(role.feature, sorted);
    }
    if (erredOn === undefined) return sorted;
    return sorted.toSorted((a, b) => Number(erredOn.has(a.id)) - Number(erredOn.has(b.id)));
  }
}
