import type { BoardVariant, Ms, SpecName, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import type { Bench } from './bench.ts';
import type { BenchState } from './bench-state.ts';
import type { Entry } from './entry.ts';
import type { HandedOut } from './handed-out.ts';
import type { PartnerPolicy } from './partners.ts';
import type { WorkLeft } from './work-left.ts';

/** What a bartender goes by beside the state of the bench. */
export interface TurnContext {
  readonly bench: Bench;
  readonly policy: PartnerPolicy;
  readonly work: WorkLeft;
  readonly out: HandedOut;
}

/** Tentacles that are held for an order, which waits for others of its set. */
export interface Held {
  readonly tentacles: ReadonlySet<TentacleId>;
  /** In how long those others should be back, ms; 0: at any moment. */
  readonly forMs: Ms;
}

/** What saves time on a tentacle: it carries the firmware, or the stage is ready there. */
export type Prepared = 'firmware' | 'stage';

/**
 * The bench as one decision sees it: who is free, less what is held for somebody who waited too long; who could cover or
 * partner; who is prepared for an order. Says what is, not what is best.
 */
export class BenchView {
  readonly context: TurnContext;
  readonly #state: BenchState;
  readonly #held: Held | undefined;

  constructor(state: BenchState, context: TurnContext, held?: Held) {
    this.#state = state;
    this.context = context;
    this.#held = held;
  }

  /** The same bench, of which these are held for somebody else, but for what ends before they are needed. */
  without(held: Held): BenchView {
    return new BenchView(this.#state, this.context, held);
  }

  /** The bench when all is back that we handed out: nothing is held, and no stage is counted on. */
  soon(): BenchView {
    const state = this.#state;
    return new BenchView(
      {
        free: new Set([...state.free, ...this.context.out.ids]),
        loaded: state.loaded,
        hostSlots: state.hostSlots,
        firmwareReady: (boardVariant) => state.firmwareReady(boardVariant),
        firmwareOf: (boardVariant) => state.firmwareOf?.(boardVariant),
        resourcesFree: (spec) => state.resourcesFree?.(spec) ?? true,
      },
      this.context,
    );
  }

  /** All that are free, held or not. */
  get free(): ReadonlySet<TentacleId> {
    return this.#state.free;
  }

  /** A host-only run could be started. */
  get hostSlots(): boolean {
    return this.#state.hostSlots;
  }

  /** It can be served on now, with an order that takes so many ms; without a number: with some order. */
  isFree(id: TentacleId, ms: Ms = 0): boolean {
    if (!this.#state.free.has(id)) return false;
    if (this.#held?.tentacles.has(id) !== true) return true;
    const { forMs } = this.#held;
    return forMs > 0 && ms <= forMs;
  }

  /** It is free, or will be: we handed it out. */
  isThere(id: TentacleId): boolean {
    return this.#state.free.has(id) || this.context.out.has(id);
  }

  /** What a spec `uses` is free. */
  resourcesFree(spec: SpecName): boolean {
    return this.#state.resourcesFree?.(spec) !== false;
  }

  /** Those of the free ones that could cover an entry's order now: what it uses is free, and firmware is at hand. */
  candidates(
    { cursor: { spec, firmware, estimateMs } }: Entry,
    some: readonly Tentacle[],
  ): readonly Tentacle[] {
    if (!this.resourcesFree(spec.name)) return [];
    const free =
      estimateMs <= (this.#held?.forMs ?? Infinity)
        ? some
        : some.filter(({ id }) => this.isFree(id, estimateMs));
    if (firmware === undefined) return free.filter((each) => this.#hasDefault(each));
    return this.#state.firmwareReady(firmware.boardVariant) ? free : [];
  }

  /** It is free for so many ms, with firmware at hand for it: a partner runs its board's default variant. */
  canPartner(tentacle: Tentacle, ms: Ms): boolean {
    return this.isFree(tentacle.id, ms) && this.#hasDefault(tentacle);
  }

  /** We handed it out; when it is back, it could partner. */
  canPartnerLater(tentacle: Tentacle): boolean {
    return this.context.out.has(tentacle.id) && this.#hasDefault(tentacle);
  }

  /** False: nobody is prepared by a stage. */
  get knowsStages(): boolean {
    return this.#state.stageReady !== undefined;
  }

  /** What a tentacle has already of what an entry's order wants of who covers it. */
  preparedFor({ cursor }: Entry, tentacle: Tentacle): Prepared | undefined {
    // A stage that is ready is more than its firmware.
    if (this.#state.stageReady?.(cursor.spec.name, tentacle.id) === true) return 'stage';
    return this.carries(tentacle, cursor.firmware?.boardVariant) ? 'firmware' : undefined;
  }

  /** It may carry something: the ledger knows what, or it was served on. */
  carriesAny(id: TentacleId): boolean {
    return this.#state.loaded.has(id) || this.context.out.last(id) !== undefined;
  }

  /** It carries the firmware of a board-variant; absent: of its board's default one. */
  carries(
    { id, board }: Tentacle,
    boardVariant: BoardVariant = this.context.bench.defaultVariant(board).boardVariant,
  ): boolean {
    if (!this.carriesAny(id)) return false;
    const wanted = this.#state.firmwareOf?.(boardVariant);
    return wanted === undefined
      ? this.context.out.last(id) === boardVariant
      : this.#state.loaded.get(id) === wanted;
  }

  #hasDefault({ board }: Tentacle): boolean {
    return this.#state.firmwareReady(this.context.bench.defaultVariant(board).boardVariant);
  }
}
