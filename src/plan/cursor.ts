import {
  boardVariantOf,
  type BoardName,
  type BoardVariant,
  type Ms,
  type OrderId,
  type TentacleId,
} from '../model/ids.ts';
import type { Board, Tentacle } from '../model/lab.ts';
import type { Order, RoleDemand } from '../model/order.ts';
import type { Role, TestRunSpec } from '../model/plan.ts';
import { unreachable } from '../util/unreachable.ts';
import type { Bench } from './bench.ts';
import { orderIdOf } from './ids.ts';

/** What all repeats of an order have in common: the orders themselves are made when they are asked for. */
export interface Cursor {
  readonly spec: TestRunSpec;
  /** The id of the first repeat. */
  readonly stem: OrderId;
  readonly firmware?: {
    readonly board: BoardName;
    readonly variant: string;
    readonly boardVariant: BoardVariant;
  };
  /** The role that covers; absent for host-only specs. */
  readonly role?: Role;
  /** Tentacles that have what the covering role needs, usable or not, by id. Empty for host-only specs. */
  readonly covering: readonly Tentacle[];
  /** Only this one covers (`cover: each-tentacle`). */
  readonly tentacle?: TentacleId;
  /** The other roles, in the spec's order. */
  readonly partners: readonly Role[];
  readonly repeats: Repeats;
  /** How long one of its orders is expected to take: what history says, else the spec's estimate. */
  readonly estimateMs: Ms;
}

/** The numbers of the repeats, ascending: 1 to `count`, or just those picked. */
export type Repeats = { readonly count: number } | { readonly picked: readonly number[] };

/** How many orders a cursor stands for. */
export function lengthOf(repeats: Repeats): number {
  return 'count' in repeats ? repeats.count : repeats.picked.length;
}

/** A cursor's order number `index`, from 0. */
export function orderAt(cursor: Omit<Cursor, 'estimateMs'>, index: number): Order {
  const { spec, repeats, role, firmware } = cursor;
  const repeat = 'count' in repeats ? index + 1 : repeats.picked[index];
  if (repeat === undefined || index >= lengthOf(repeats))
    throw new Error(
      `Internal error: expected an order below ${lengthOf(repeats)} of ${cursor.stem}, was ${index}`,
    );
  const facts = {
    spec: spec.name,
    ...(firmware === undefined ? {} : { boardVariant: firmware.boardVariant }),
    ...(role === undefined ? {} : { role: role.name }),
    repeat,
    demands: demandsOf(cursor),
  };
  return { id: orderIdOf(spec.label, facts), ...facts };
}

function demandsOf(cursor: CursorSeed): RoleDemand[] {
  return cursor.spec.roles.map(({ name, feature }) =>
    name === cursor.role?.name
      ? {
          role: name,
          feature,
          ...(cursor.firmware === undefined
            ? {}
            : { board: cursor.firmware.board, boardVariant: cursor.firmware.boardVariant }),
          ...(cursor.tentacle === undefined ? {} : { tentacle: cursor.tentacle }),
        }
      : { role: name, feature },
  );
}

/** A cursor before anybody said how often, or looked how long it took before. */
export type CursorSeed = Omit<Cursor, 'repeats' | 'estimateMs'>;

/** What a spec gives on a bench, in the order of boards, variants, roles and tentacles. */
export function* seedsOf(spec: TestRunSpec, bench: Bench): Generator<CursorSeed> {
  const [first] = spec.roles;
  if (first === undefined) return yield seed({ spec, covering: [], partners: [] });
  switch (spec.cover) {
    case 'once':
      return yield* once(spec, bench, first);
    case 'each-variant':
      return yield* perVariant(spec, bench, [first]);
    case 'each-role':
      return yield* perVariant(spec, bench, spec.roles);
    case 'each-tentacle':
      return yield* perTentacle(spec, bench, first);
    default:
      return unreachable(spec.cover);
  }
}

function* once(spec: TestRunSpec, bench: Bench, role: Role): Generator<CursorSeed> {
  const covering = bench.having(role.feature);
  if (covering.length > 0) yield seed({ spec, covering, role, partners: others(spec, role) });
}

function* perVariant(spec: TestRunSpec, bench: Bench, roles: readonly Role[]): Generator<CursorSeed> {
  for (const board of bench.boards)
    for (const role of roles) {
      const covering = bench.having(role.feature, board.name);
      if (covering.length === 0) continue;
      for (const firmware of firmwaresOf(board))
        yield seed({ spec, firmware, role, covering, partners: others(spec, role) });
    }
}

function* perTentacle(spec: TestRunSpec, bench: Bench, role: Role): Generator<CursorSeed> {
  for (const tentacle of bench.having(role.feature))
    for (const firmware of firmwaresOf(bench.board(tentacle.board)))
      yield seed({
        spec,
        firmware,
        role,
        covering: [tentacle],
        tentacle: tentacle.id,
        partners: others(spec, role),
      });
}

function firmwaresOf(board: Board) {
  return board.variants.map((variant) => ({
    board: board.name,
    variant,
    boardVariant: boardVariantOf(board.name, variant),
  }));
}

function others(spec: TestRunSpec, covers: Role): Role[] {
  return spec.roles.filter((role) => role !== covers);
}

function seed(facts: Omit<CursorSeed, 'stem'>): CursorSeed {
  const first = orderAt({ ...facts, stem: '', repeats: { count: 1 } }, 0);
  return { ...facts, stem: first.id };
}
