import type { Ms, OrderId, SpecName, TentacleId } from '../model/ids.ts';
import type { Lab } from '../model/lab.ts';
import type { Order } from '../model/order.ts';
import { Bench } from './bench.ts';
import { byText } from './compare.ts';
import { lengthOf, orderAt, seedsOf, type Cursor, type CursorSeed } from './cursor.ts';
import { Obstacles, type Obstacle } from './obstacle.ts';
import { firmwareOf, type NeededFirmware } from './firmware-needed.ts';
import { leave } from './leave.ts';
import { partakersOf, type PartnerPolicy } from './partners.ts';
import { noneHere } from './all-seeds.ts';
import type { Selection } from './selection.ts';

export interface PlanRequest {
  readonly selection: Selection;
  /** How often each order is run; default 1. */
  readonly count?: number;
  /** Orders that need no run any more, by id: they are not in the plan. */
  readonly settled?: ReadonlySet<OrderId>;
  /** Default `prefer-reference`. */
  readonly partner?: PartnerPolicy;
  /** Tentacles that can not serve though the lab file has them, as it continues "tentacle 2731 …": `is not connected`. */
  readonly broken?: ReadonlyMap<TentacleId, string>;
  /** Tentacles that other processes hold now, as it continues "tentacle 2731 …"; the plan is made as if they were free. */
  readonly held?: ReadonlyMap<TentacleId, string>;
  /** How long orders took before, ms, by the id of their first repeat; the spec's estimate where there is none, or no duration. */
  readonly history?: ReadonlyMap<OrderId, Ms>;
}

/** An order that this bench can not carry out, and why. */
export interface Unschedulable extends Obstacle {
  readonly order: Order;
}

/** A tentacle that somebody else holds now; the reason continues "tentacle 2731 …". */
export interface HeldTentacle {
  readonly tentacle: TentacleId;
  readonly reason: string;
}

/** A cursor, and what stands in the way of all its orders. */
export interface PlannedCursor extends Cursor {
  readonly obstacle: Obstacle | undefined;
}

/** Counts that hold for a whole plan; nothing was made to get them. */
export interface PlanCounts {
  readonly orders: number;
  readonly schedulable: number;
  readonly unschedulable: number;
  /** Specs that give orders. */
  readonly specs: number;
  /** Sum of the estimates of what is schedulable, as if all ran one after the other. */
  readonly workMs: Ms;
}

/** All that is to be tested, as cursors; iterating makes the orders one by one, unschedulable ones among them. */
export class OrderPlan implements Iterable<Order> {
  /** By priority, then more roles first, then id. */
  readonly cursors: readonly PlannedCursor[];
  readonly bench: Bench;
  readonly policy: PartnerPolicy;
  readonly selection: Selection;
  readonly #held: ReadonlyMap<TentacleId, string>;
  readonly counts: PlanCounts;
  /** In serving order of the specs; `estimateMs` is for one order, the mean where history tells them apart. */
  readonly specs: readonly {
    readonly spec: SpecName;
    readonly label: string;
    readonly orders: number;
    readonly estimateMs: Ms;
  }[];
  /** Specs that this lab has nobody for, and why. */
  readonly notForThisLab: readonly {
    readonly spec: SpecName;
    readonly label: string;
    readonly reason: string;
  }[];

  constructor(lab: Lab, request: PlanRequest) {
    const { selection, count = 1, partner = 'prefer-reference', broken, history, settled } = request;
    this.selection = selection;
    this.policy = partner;
    this.#held = request.held ?? new Map();
    this.bench = new Bench(lab, {
      without: (tentacle) => selection.leavesOut(tentacle),
      ...(broken === undefined ? {} : { broken }),
    });
    const obstacles = new Obstacles(this.bench, partner);
    const seeds = lab.specs.flatMap((spec) => [...seedsOf(spec, this.bench)]);
    this.cursors = seeds
      .flatMap((seed) => selection.narrow(seed, count) ?? [])
      .flatMap((cursor) => (settled === undefined ? cursor : leave(cursor, settled)))
      .map((cursor) =>
        Object.assign(cursor, {
          estimateMs: known(history?.get(cursor.stem)) ?? cursor.spec.estimateMs,
          obstacle: obstacles.of(cursor),
        }),
      )
      .toSorted(byServing);
    this.counts = countOrders(this.cursors);
    this.specs = countSpecs(this.cursors);
    const whole = new Bench(lab);
    this.notForThisLab = lab.specs
      .filter((spec) => selection.admitsSpec(spec) && seedsOf(spec, whole).next().done === true)
      .map((spec) => ({ spec: spec.name, label: spec.label, reason: noneHere([spec], lab) }))
      .toSorted((a, b) => byText(a.spec, b.spec));
  }

  *[Symbol.iterator](): Generator<Order> {
    for (const cursor of this.cursors) yield* ordersOf(cursor);
  }

  /** Orders that can not be carried out as things stand, made while iterating. */
  get unschedulable(): Iterable<Unschedulable> {
    return unschedulableOf(this.cursors);
  }

  /** Who holds a tentacle now, as it continues "tentacle 2731 …"; undefined: nobody else does. */
  heldBy(id: TentacleId): string | undefined {
    return this.#held.get(id);
  }

  /** Tentacles that could serve something of this plan, and that others hold now; the plan takes them to be free. */
  get held(): readonly HeldTentacle[] {
    if (this.#held.size === 0) return [];
    return partakersOf(this)
      .filter(({ id }) => this.bench.unusable(id) === undefined)
      .flatMap(({ id }) => {
        const reason = this.#held.get(id);
        return reason === undefined ? [] : [{ tentacle: id, reason }];
      });
  }

  /** Firmware that the schedulable orders need, in the order in which it is best built. */
  get firmware(): readonly NeededFirmware[] {
    return firmwareOf(this);
  }
}

/** A duration in whole ms: what is added up must not depend on the order. */
function known(ms: Ms | undefined): Ms | undefined {
  return ms !== undefined && Number.isFinite(ms) && ms >= 0 ? Math.round(ms) : undefined;
}

/** Makes the plan of a lab. Reads nothing and serves nothing. */
export function planOrders(lab: Lab, request: PlanRequest): OrderPlan {
  return new OrderPlan(lab, request);
}

/** A cursor's orders, one by one. */
export function* ordersOf(cursor: Cursor, from = 0): Generator<Order> {
  for (let index = from; index < lengthOf(cursor.repeats); index++) yield orderAt(cursor, index);
}

function* unschedulableOf(cursors: readonly PlannedCursor[]): Generator<Unschedulable> {
  for (const cursor of cursors)
    if (cursor.obstacle !== undefined)
      for (const order of ordersOf(cursor)) yield { order, ...cursor.obstacle };
}

/** By priority, more roles, id. */
function byServing(a: CursorSeed, b: CursorSeed): number {
  return (
    b.spec.priority - a.spec.priority || b.spec.roles.length - a.spec.roles.length || byText(a.stem, b.stem)
  );
}

function countOrders(cursors: readonly PlannedCursor[]): PlanCounts {
  let [orders, unschedulable, workMs] = [0, 0, 0];
  for (const { repeats, obstacle, estimateMs } of cursors) {
    const length = lengthOf(repeats);
    orders += length;
    if (obstacle === undefined) workMs += length * estimateMs;
    else unschedulable += length;
  }
  const specs = new Set(cursors.map(({ spec }) => spec.name)).size;
  return { orders, schedulable: orders - unschedulable, unschedulable, specs, workMs };
}

function countSpecs(cursors: readonly PlannedCursor[]): OrderPlan['specs'] {
  return [...Map.groupBy(cursors, ({ spec }) => spec)].map(([spec, own]) => {
    const orders = own.reduce((sum, { repeats }) => sum + lengthOf(repeats), 0);
    const workMs = own.reduce((sum, { repeats, estimateMs }) => sum + lengthOf(repeats) * estimateMs, 0);
    return { spec: spec.name, label: spec.label, orders, estimateMs: Math.round(workMs / orders) };
  });
}
