import type {
  BoardName,
  BoardVariant,
  FeatureName,
  OrderId,
  RoleName,
  RunId,
  SpecName,
  TentacleId,
} from './ids.ts';
import type { Firmware } from './firmware.ts';

/** What one role of an order asks of a tentacle. */
export interface RoleDemand {
  readonly role: RoleName;
  readonly feature: FeatureName;
  /** Only tentacles of this board; absent: any board with the feature (a partner). */
  readonly board?: BoardName;
  /** The firmware to run; absent with `board`: the board's default variant. */
  readonly boardVariant?: BoardVariant;
  /** Only this tentacle (`cover: each-tentacle`). */
  readonly tentacle?: TentacleId;
}

/** One thing to be tested, not yet bound to a tentacle: spec × board-variant × role × repeat. */
export interface Order {
  readonly id: OrderId;
  readonly spec: SpecName;
  /** Absent for host-only specs. */
  readonly boardVariant?: BoardVariant;
  /** The role that covers; absent for host-only specs. */
  readonly role?: RoleName;
  /** From 1. */
  readonly repeat: number;
  /** Empty for host-only specs. */
  readonly demands: readonly RoleDemand[];
}

/** A role, bound to a concrete tentacle and firmware. */
export interface Binding {
  readonly role: RoleName;
  readonly tentacle: TentacleId;
  readonly board: BoardName;
  /** `""` is the default variant. */
  readonly variant: string;
  readonly boardVariant: BoardVariant;
  /** Absent: whatever the board carries is tested (`--flash skip`, or nobody can build for it). */
  readonly firmware?: Firmware;
}

/** One attempt at an order, bound to concrete tentacles and firmware. */
export interface TestRun {
  readonly id: RunId;
  readonly order: OrderId;
  readonly spec: SpecName;
  /** From 1. */
  readonly attempt: number;
  /** One more attempt that somebody who watches asked for, of an order that had failed: it settles nothing. */
  readonly again?: true;
  readonly bindings: readonly Binding[];
}
