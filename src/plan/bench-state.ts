import type { BoardVariant, Sha256, SpecName, TentacleId } from '../model/ids.ts';
import type { Binding, Order } from '../model/order.ts';

/** What the dispatcher knows of the bench at the moment of a decision. */
export interface BenchState {
  /** Tentacles that a run could be started on at once: connected, held by nobody, not running anything. */
  readonly free: ReadonlySet<TentacleId>;
  /** What each tentacle carries, as far as the ledger knows. */
  readonly loaded: ReadonlyMap<TentacleId, Sha256>;
  /** True when firmware for it is at hand, or none is needed. */
  firmwareReady(boardVariant: BoardVariant): boolean;
  /** What a board-variant's firmware is; without this, the bartender goes by what it served last on a tentacle. */
  firmwareOf?(boardVariant: BoardVariant): Sha256 | undefined;
  /** True when the stage that a spec starts from is up on a tentacle; without this, none is. */
  stageReady?(spec: SpecName, tentacle: TentacleId): boolean;
  /** A host-only run could be started. */
  readonly hostSlots: boolean;
  /** False: what the spec `uses` is taken; default: nothing is. */
  resourcesFree?(spec: SpecName): boolean;
}

/** Which order is served next, on which tentacles, and why it and not another. */
export interface Decision {
  readonly order: Order;
  /** The covering role first, then the others in the spec's order; without the firmware itself. Empty for host-only orders. */
  readonly bindings: readonly Binding[];
  /** Most important first; each a short phrase for a person. */
  readonly reasons: readonly string[];
}
