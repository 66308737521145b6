import type { BoardName, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import type { Role } from '../model/plan.ts';
import { canAssign, partnersFor } from './partners.ts';
import { candidatesOf } from './plan-document.ts';
import type { OrderPlan, PlannedCursor } from './plan-orders.ts';

/** Whether a tentacle could take a role, all tentacles being free; the reason continues "tentacle 2731 …". */
export interface Usability {
  readonly tentacle: TentacleId;
  readonly board: BoardName;
  readonly usable: boolean;
  readonly reason: string;
}

/** The cursor in question, and the bench by which it is judged. */
export interface View {
  readonly plan: OrderPlan;
  readonly bench: OrderPlan['bench'];
  readonly cursor: PlannedCursor;
}

/** Judges each tentacle for a role of an order, which it covers, or takes as a partner. */
export function judgeFor(role: Role, covers: boolean, view: View): (tentacle: Tentacle) => Usability {
  const { plan, bench } = view;
  const why = covers ? whyNotCovering(view) : whyNotPartner(role, view);
  const preferred = !covers && plan.policy === 'prefer-reference' ? bench.reference : undefined;
  return (tentacle) => {
    const not = leftOut(tentacle, plan) ?? why(tentacle);
    if (not !== undefined) return judged(tentacle, false, not);
    const able =
      tentacle.board === preferred
        ? 'can serve, and is preferred: it is of the reference board'
        : 'can serve';
    const held = plan.heldBy(tentacle.id);
    return judged(tentacle, true, held === undefined ? able : `${able}, once it is let go: it ${held}`);
  };
}

/** Judges each tentacle for a role of a spec that gives no order here. */
export function judgeForNobody(
  role: Role,
  { plan, bench }: Pick<View, 'plan' | 'bench'>,
): (tentacle: Tentacle) => Usability {
  return (tentacle) => {
    const why = leftOut(tentacle, plan) ?? lacking(tentacle, role) ?? bench.unusable(tentacle.id);
    return judged(tentacle, why === undefined, why ?? 'can serve');
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

function judged({ id, board }: Tentacle, usable: boolean, reason: string): Usability {
  return { tentacle: id, board, usable, reason };
}
