import type { TentacleId } from '../model/ids.ts';
import { lengthOf, type Cursor } from './cursor.ts';
import { partnersFor } from './partners.ts';
import { ordersOf, type OrderPlan, type PlannedCursor } from './plan-orders.ts';

/** Tentacles that could cover a cursor's orders as things stand. */
export function candidatesOf(cursor: Cursor, plan: Pick<OrderPlan, 'bench'>): TentacleId[] {
  return usable(cursor.covering, plan);
}

/** For each partner's role, the tentacles that could take it. */
export function partnerCandidatesOf(
  cursor: Cursor,
  plan: OrderPlan,
): { readonly role: string; readonly feature: string; readonly candidates: readonly TentacleId[] }[] {
  const alone = candidatesOf(cursor, plan);
  return cursor.partners.map((role) => ({
    role: role.name,
    feature: role.feature,
    candidates: usable(partnersFor(role, plan.bench, plan.policy), plan).filter(
      (id) => alone.length !== 1 || id !== alone[0],
    ),
  }));
}

/**
 * A plan as JSON, in pieces that are one document together: `{counts, firmware, orders, notForThisLab, held}`. Orders are made
 * one by one, however many there are; a line each.
 */
export function* planDocument(plan: OrderPlan): Generator<string> {
  yield `{\n"counts":${JSON.stringify(plan.counts)},\n"firmware":${JSON.stringify(plan.firmware)},\n"orders":[`;
  let before = '\n';
  for (const order of orderDocuments(plan)) {
    yield before + order;
    before = ',\n';
  }
  yield `\n],\n"notForThisLab":${JSON.stringify(plan.notForThisLab)},\n"held":${JSON.stringify(plan.held)}\n}\n`;
}

/** The orders of a plan as JSON Lines, made one by one. */
export function* orderLines(plan: OrderPlan): Generator<string> {
  for (const order of orderDocuments(plan)) yield `${order}\n`;
}

function* orderDocuments(plan: OrderPlan): Generator<string> {
  for (const cursor of plan.cursors) yield* documentsOf(cursor, plan);
}

/** All that the repeats have in common is worked out once. */
function* documentsOf(cursor: PlannedCursor, plan: OrderPlan): Generator<string> {
  const candidates = candidatesOf(cursor, plan);
  const partners = new Map(
    partnerCandidatesOf(cursor, plan).map((partner) => [partner.role, partner.candidates]),
  );
  const rest = {
    schedulable: cursor.obstacle === undefined,
    reason: cursor.obstacle?.reason ?? null,
    estimateMs: cursor.estimateMs,
  };
  for (const { id, spec, boardVariant = null, demands } of ordersOf(cursor)) {
    const roles = demands.map((demand) =>
      Object.assign({}, demand, { candidates: partners.get(demand.role) ?? candidates }),
    );
    yield JSON.stringify({ id, spec, boardVariant, roles, candidates, ...rest });
  }
}

/** How many orders a cursor stands for. */
export function ordersIn(cursor: Cursor): number {
  return lengthOf(cursor.repeats);
}

function usable(tentacles: Cursor['covering'], { bench }: Pick<OrderPlan, 'bench'>): TentacleId[] {
  return bench.usableOf(tentacles).map(({ id }) => id);
}
