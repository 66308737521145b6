import { candidatesOf, ordersIn, partnerCandidatesOf } from '../plan/plan-document.ts';
import type { OrderPlan, PlannedCursor } from '../plan/plan-orders.ts';
import { oneLine, wrap } from './text.ts';

/** A plan as a picture: specs, their orders, and the tentacles that could serve them. Ids are `n1`, `n2`, …. */
export type GraphPart =
  | {
      readonly kind: 'node';
      readonly id: string;
      readonly shape: 'spec' | 'order' | 'tentacle' | 'obstacle' | 'absent';
      readonly lines: readonly string[];
    }
  /** `partner`: the role in which a tentacle would help another one. */
  | { readonly kind: 'edge'; readonly from: string; readonly to: string; readonly partner?: string };

/** A box is not wider than this, unless a word is. */
const REASON_COLUMNS = 40;

/** Nodes before the edges that name them; made while iterating. */
export function* planGraph(plan: OrderPlan): Generator<GraphPart> {
  let last = 0;
  const known = new Map<string, string>();
  /** The id of a node, and the node itself when it is new. */
  function* node(key: string, shape: Extract<GraphPart, { kind: 'node' }>['shape'], ...lines: string[]) {
    let id = known.get(key);
    if (id !== undefined) return id;
    known.set(key, (id = `n${++last}`));
    yield { kind: 'node', id, shape, lines: lines.map(oneLine) } as const;
    return id;
  }
  for (const { id, board } of plan.bench.tentacles)
    if (plan.bench.unusable(id) === undefined) yield* node(`tentacle ${id}`, 'tentacle', id, board);
  for (const cursor of plan.cursors) {
    const { spec, stem, obstacle, role } = cursor;
    const from = yield* node(`spec ${spec.name}`, 'spec', spec.name);
    const order = yield* node(`order ${stem}`, 'order', ...orderLines(cursor));
    yield { kind: 'edge', from, to: order };
    if (obstacle !== undefined) {
      const reason = wrap(obstacle.reason, REASON_COLUMNS);
      const to = yield* node(`obstacle ${obstacle.reason}`, 'obstacle', 'unschedulable', ...reason);
      yield { kind: 'edge', from: order, to };
    } else if (role === undefined) {
      yield { kind: 'edge', from: order, to: yield* node('host', 'tentacle', 'this machine') };
    } else {
      for (const id of candidatesOf(cursor, plan))
        yield { kind: 'edge', from: order, to: yield* node(`tentacle ${id}`, 'tentacle', id) };
      for (const { role: partner, candidates } of partnerCandidatesOf(cursor, plan))
        for (const id of candidates)
          yield { kind: 'edge', from: order, to: yield* node(`tentacle ${id}`, 'tentacle', id), partner };
    }
  }
  for (const { spec, reason } of plan.notForThisLab) {
    const from = yield* node(`spec ${spec}`, 'spec', spec);
    const to = yield* node(`absent ${reason}`, 'absent', 'not for this lab', reason);
    yield { kind: 'edge', from, to };
  }
}

/** What is covered, in which role, and how often. */
function orderLines(cursor: PlannedCursor): string[] {
  const { role, spec } = cursor;
  const times = ordersIn(cursor) > 1 ? ` × ${ordersIn(cursor)}` : '';
  return spec.roles.length < 2 ? [coveredBy(cursor) + times] : [coveredBy(cursor), `${role?.name}${times}`];
}

/** `RPI_PICO2-RISCV`, `RPI_PICO2@2731`, `any`, or `host`. */
export function coveredBy({ role, firmware, tentacle }: PlannedCursor): string {
  if (role === undefined) return 'host';
  return `${firmware?.boardVariant ?? 'any'}${tentacle === undefined ? '' : `@${tentacle}`}`;
}
