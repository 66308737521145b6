import type {
  BoardName,
  BoardVariant,
  FeatureName,
  Ms,
  OrderId,
  RoleName,
  SpecName,
  TentacleId,
} from '../model/ids.ts';
import type { Lab, Tentacle } from '../model/lab.ts';
import type { Role } from '../model/plan.ts';
import { byText } from './compare.ts';
import { lengthOf } from './cursor.ts';
import { canAssign, partnersFor } from './partners.ts';
import { candidatesOf } from './plan-document.ts';
import type { OrderPlan, PlannedCursor } from './plan-orders.ts';
import { matches, type Selector } from './selection.ts';

/** Whether a tentacle could take a role, all tentacles being free; the reason continues "tentacle 2731 …". */
export interface Usability {
  readonly tentacle: TentacleId;
  readonly board: BoardName;
  readonly usable: boolean;
  readonly reason: string;
}

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
        tentacles: tentacles.map((tentacle) =>
          judged(
            tentacle,
            leftOut(tentacle, plan) ?? lacking(tentacle, role) ?? asked.bench.unusable(tentacle.id),
          ),
        ),
      })),
    };
  });
}

/** The cursor in question, and the bench by which it is judged. */
interface View {
  readonly plan: OrderPlan;
  readonly bench: OrderPlan['bench'];
  readonly cursor: PlannedCursor;
}

function explainRole(role: Role, tentacles: readonly Tentacle[], view: View): ExplainedRole {
  const covers = role.name === view.cursor.role?.name;
  const why = covers ? whyNotCovering(view) : whyNotPartner(role, view);
  const { plan, bench } = view;
  const preferred = !covers && plan.policy === 'prefer-reference' ? bench.reference : undefined;
  return {
    role: role.name,
    feature: role.feature,
    covers,
    tentacles: tentacles.map((tentacle) =>
      judged(
        tentacle,
        leftOut(tentacle, plan) ?? why(tentacle),
        tentacle.board === preferred
          ? 'can serve, and is preferred: it is of the reference board'
          : 'can serve',
      ),
    ),
  };
}

/** Why a tentacle can not cover; undefined when it can. */
function whyNotCovering({ plan, bench, cursor }: View): (tentacle: Tentacle) => string | undefined {
  const { firmware, role, tentacle: only, partners } = cursor;
  const covering = new Set(cursor.covering.map(({ id }) => id));
  const pools = partners.map((partner) => bench.usableOf(partnersFor(partner, bench, plan.policy)));
  return (tentacle) => {
    const { id, board } = tentacle;
    if (firmware !== undefined && board !== firmware.board) return 'is of another board';
    if (role !== undefined && !tentacle.features.includes(role.feature)) return lacking(tentacle, role);
    if (only !== undefined && id !== only) return `does not cover it: this order is for ${only} alone`;
    if (!covering.has(id)) return 'is left out by --only or --skip';
    const broken = bench.unusable(id);
    if (broken !== undefined) return broken;
    return canAssign(pools, new Set([id])) ? undefined : 'leaves nobody for the other roles';
  };
}

/** Why a tentacle can not be a partner; undefined when it can. */
function whyNotPartner(
  role: Role,
  { plan, bench, cursor }: View,
): (tentacle: Tentacle) => string | undefined {
  const partners = new Set(partnersFor(role, bench, plan.policy).map(({ id }) => id));
  const covering = candidatesOf(cursor, { bench });
  return (tentacle) => {
    const { id } = tentacle;
    const missing = lacking(tentacle, role) ?? (partners.has(id) ? undefined : notReference(bench.reference));
    if (missing !== undefined) return missing;
    const broken = bench.unusable(id);
    if (broken !== undefined) return broken;
    return covering.length === 1 && covering[0] === id ? 'is the only one who can cover it' : undefined;
  };
}

function leftOut(tentacle: Tentacle, { selection }: OrderPlan): string | undefined {
  return selection.leavesOut(tentacle) ? 'is left out by --skip' : undefined;
}

function lacking({ features }: Tentacle, { feature }: Role): string | undefined {
  return features.includes(feature) ? undefined : `has no ${feature}`;
}

function notReference(reference: BoardName | undefined): string {
  const wanted =
    reference === undefined
      ? 'can not: no reference board is named'
      : `is not of the reference board ${reference}`;
  return `${wanted} (--partner reference-only)`;
}

function judged({ id, board }: Tentacle, why: string | undefined, otherwise = 'can serve'): Usability {
  return { tentacle: id, board, usable: why === undefined, reason: why ?? otherwise };
}
