import type { Ms, OrderId } from '../model/ids.ts';
import { lengthOf } from './cursor.ts';
import type { OrderPlan, PlanCounts, PlannedCursor } from './plan-orders.ts';
import { lowerBoundOf } from './simulate-bound.ts';
import { makespanOf, type EveningOptions } from './simulate.ts';

/** What a plan comes to on one bench. */
export interface Outlook {
  readonly tentacles: number;
  readonly counts: PlanCounts;
  readonly makespanMs: Ms;
  readonly lowerBoundMs: Ms;
}

/** Orders that are no longer what they were; one entry for all repeats. */
interface Concerned {
  readonly id: OrderId;
  readonly orders: number;
  /** Why it can not be carried out as the bench would be; absent where it can. */
  readonly reason?: string;
}

/** What a change of the bench would do to a plan, as JSON. */
export interface WhatIf {
  readonly changes: readonly string[];
  readonly today: Outlook;
  readonly changed: Outlook;
  /** `changed` less `today`. */
  readonly difference: {
    readonly makespanMs: Ms;
    readonly lowerBoundMs: Ms;
    readonly orders: number;
    readonly schedulable: number;
    readonly unschedulable: number;
  };
  readonly orders: {
    /** That today's plan does not have. */
    readonly added: readonly Concerned[];
    /** That only today's plan has. */
    readonly gone: readonly Concerned[];
    readonly nowSchedulable: readonly Concerned[];
    readonly nowUnschedulable: readonly Concerned[];
  };
}

/** Plays both evenings and tells them apart. */
export function whatIf(
  changes: readonly string[],
  { today, changed }: { readonly today: OrderPlan; readonly changed: OrderPlan },
  options: EveningOptions,
): WhatIf {
  const [before, after] = [outlook(today, options), outlook(changed, options)];
  const were = byStem(today);
  const are = byStem(changed);
  const turned = (from: (cursor: PlannedCursor) => boolean): Concerned[] =>
    changed.cursors
      .filter((cursor) => {
        const was = were.get(cursor.stem);
        return was !== undefined && from(was) && !from(cursor);
      })
      .map(concerned);
  return {
    changes,
    today: before,
    changed: after,
    difference: {
      makespanMs: after.makespanMs - before.makespanMs,
      lowerBoundMs: after.lowerBoundMs - before.lowerBoundMs,
      orders: after.counts.orders - before.counts.orders,
      schedulable: after.counts.schedulable - before.counts.schedulable,
      unschedulable: after.counts.unschedulable - before.counts.unschedulable,
    },
    orders: {
      added: without(changed, were),
      gone: without(today, are).map(({ id, orders }) => ({ id, orders })),
      nowSchedulable: turned(({ obstacle }) => obstacle !== undefined),
      nowUnschedulable: turned(({ obstacle }) => obstacle === undefined),
    },
  };
}

/** Orders of a plan that another one does not have. */
function without(plan: OrderPlan, others: ReadonlyMap<OrderId, PlannedCursor>): Concerned[] {
  return plan.cursors.filter(({ stem }) => !others.has(stem)).map(concerned);
}

function outlook(plan: OrderPlan, options: EveningOptions): Outlook {
  return {
    tentacles: plan.bench.usableOf(plan.bench.tentacles).length,
    counts: plan.counts,
    makespanMs: makespanOf(plan, options),
    lowerBoundMs: lowerBoundOf(plan, options).ms,
  };
}

function byStem(plan: OrderPlan): ReadonlyMap<OrderId, PlannedCursor> {
  return new Map(plan.cursors.map((cursor) => [cursor.stem, cursor]));
}

function concerned({ stem, repeats, obstacle }: PlannedCursor): Concerned {
  return {
    id: stem,
    orders: lengthOf(repeats),
    ...(obstacle === undefined ? {} : { reason: obstacle.reason }),
  };
}
