import type { BoardVariant, FeatureName, Ms, OrderId, RoleName, SpecName } from '../model/ids.ts';
import type { Lab, Tentacle } from '../model/lab.ts';
import type { Role } from '../model/plan.ts';
import { byText } from './compare.ts';
import { lengthOf } from './cursor.ts';
import type { OrderPlan } from './plan-orders.ts';
import { matches, type Selector } from './selection.ts';
import { judgeForNobody, judgeFor, type Usability, type View } from './usability.ts';

/** A role of an order, with every tentacle of the lab, by id. */
export interface ExplainedRole {
  readonly role: RoleName;
  readonly feature: FeatureName;
  /** It covers; else it is a partner's. */
  readonly covers: boolean;
  readonly tentacles: readonly Usability[];
}

/** All repeats of an order, as JSON. */
export interface ExplainedOrder {
  readonly id: OrderId;
  readonly spec: SpecName;
  /** Null for host-only orders, and where any board will do. */
  readonly boardVariant: BoardVariant | null;
  /** How many repeats of it are planned; 0: `--only` or `--skip` leaves it out. */
  readonly orders: number;
  readonly schedulable: boolean;
  /** Why not; null when it is schedulable. */
  readonly reason: string | null;
  readonly estimateMs: Ms;
  /** Empty for host-only orders. */
  readonly roles: readonly ExplainedRole[];
}

/** A spec that gives no order here, with whom it looked at. */
export interface ExplainedSpec {
  readonly spec: SpecName;
  readonly reason: string;
  readonly roles: readonly ExplainedRole[];
}

/** What is explained: the plan as it is, and the orders asked about, be they in it or not. */
export interface ExplainRequest {
  readonly lab: Lab;
  readonly plan: OrderPlan;
  /** The plan of what was asked about, and nothing else, on the whole bench. */
  readonly asked: OrderPlan;
  /** By which it was asked. */
  readonly selectors: readonly Selector[];
}

/** For each order that was asked about, and each tentacle, why it is usable or not. Made while iterating. */
export function* explainOrders({
  lab,
  plan,
  asked,
}: Omit<ExplainRequest, 'selectors'>): Generator<ExplainedOrder> {
  const planned = new Map(plan.cursors.map((cursor) => [cursor.stem, cursor]));
  const tentacles = lab.tentacles.toSorted((a, b) => byText(a.id, b.id));
  for (const one of asked.cursors) {
    const own = planned.get(one.stem);
    const cursor = own ?? one;
    const view = { plan, bench: (own === undefined ? asked : plan).bench, cursor };
    yield {
      id: cursor.stem,
      spec: cursor.spec.name,
      boardVariant: cursor.firmware?.boardVariant ?? null,
      orders: own === undefined ? 0 : lengthOf(own.repeats),
      schedulable: own !== undefined && own.obstacle === undefined,
      reason:
        own === undefined
          ? 'It is not in this plan: --only or --skip leaves it out.'
          : (own.obstacle?.reason ?? null),
      estimateMs: cursor.estimateMs,
      roles: cursor.spec.roles.map((role) => explainRole(role, tentacles, view)),
    };
  }
}

/** Specs that were asked about and have nobody here. */
export function explainSpecs({ lab, plan, asked, selectors }: ExplainRequest): ExplainedSpec[] {
  const tentacles = lab.tentacles.toSorted((a, b) => byText(a.id, b.id));
  // Of whom nobody here can serve, only a spec's name or a feature can speak.
  const features = selectors.filter((each) => each.kind === 'feature');
  if (selectors.some(({ kind }) => kind !== 'feature' && kind !== 'spec')) return [];
  return asked.notForThisLab.flatMap(({ spec: name, reason }) => {
    const roles = lab.specs.find((spec) => spec.name === name)?.roles ?? [];
    const meant = ({ feature }: Role): boolean => features.some(({ glob }) => matches(glob, feature));
    if (features.length > 0 && !roles.some(meant)) return [];
    return {
      spec: name,
      reason,
      roles: roles.map((role, index) => ({
        role: role.name,
        feature: role.feature,
        covers: index === 0,
        tentacles: tentacles.map(judgeForNobody(role, { plan, bench: asked.bench })),
      })),
    };
  });
}

function explainRole(role: Role, tentacles: readonly Tentacle[], view: View): ExplainedRole {
  const covers = role.name === view.cursor.role?.name;
  return {
    role: role.name,
    feature: role.feature,
    covers,
    tentacles: tentacles.map(judgeFor(role, covers, view)),
  };
}
