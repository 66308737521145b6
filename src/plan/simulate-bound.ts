import type { BoardVariant, Ms, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import type { Role } from '../model/plan.ts';
import { byText, count, sayDuration } from './compare.ts';
import { lengthOf } from './cursor.ts';
import { partnersFor } from './partners.ts';
import { capacityOf, usesOf } from './resources.ts';
import type { OrderPlan, PlannedCursor } from './plan-orders.ts';
import type { EveningOptions } from './simulate.ts';
import { flashMsOf } from './simulate-flash.ts';

/** What no evening can be shorter than, however cleverly it is served, and why. */
export interface LowerBound {
  readonly ms: Ms;
  /** For a person: `41 min of work for RPI_PICO_W (1 tentacle)`. Empty when there is nothing to do. */
  readonly because: string;
}

/**
 * The highest of: the work that only certain tentacles can do, over their number, for those of each board, each group that
 * some role asks for, and all; the longest order; what one named resource, the host and `--jobs` let through.
 */
export function lowerBoundOf(plan: OrderPlan, options: EveningOptions): LowerBound {
  const cursors = plan.cursors.filter(({ obstacle }) => obstacle === undefined);
  const bounds = [
    ...boundsOfGroups(cursors, plan, options),
    ...longestOrder(cursors, plan, options),
    ...boundsOfResources(cursors, plan),
    ...boundsOfHost(cursors, options),
  ];
  return bounds.reduce((highest, bound) => (bound.ms > highest.ms ? bound : highest), { ms: 0, because: '' });
}

/** Work that certain tentacles can do, and nobody else: roles of orders, and one flash at least of each firmware. */
interface Demand {
  /** Whom they are, for a person. */
  readonly name: string;
  readonly tentacles: readonly TentacleId[];
  ms: Ms;
  readonly flashes: Map<BoardVariant, Ms>;
}

function* boundsOfGroups(
  cursors: readonly PlannedCursor[],
  plan: OrderPlan,
  options: EveningOptions,
): Generator<LowerBound> {
  const demands = demandsOf(cursors, plan, options);
  const groups = new Map<string, { readonly name: string; readonly ids: ReadonlySet<TentacleId> }>();
  const add = (name: string, ids: readonly TentacleId[]): void => {
    const key = ids.join('\n');
    if (ids.length > 0 && !groups.has(key)) groups.set(key, { name, ids: new Set(ids) });
  };
  for (const { name } of plan.bench.boards)
    add(
      name,
      usable(
        plan.bench.tentacles.filter(({ board }) => board === name),
        plan,
      ),
    );
  add('the lab', usable(plan.bench.tentacles, plan));
  for (const { name, tentacles } of demands) add(name, tentacles);
  for (const { name, ids } of groups.values()) {
    const flashes = new Map<BoardVariant, Ms>();
    let ms = 0;
    for (const demand of demands) {
      if (demand.tentacles.length > ids.size || !demand.tentacles.every((id) => ids.has(id))) continue;
      ms += demand.ms;
      for (const [boardVariant, flashMs] of demand.flashes) flashes.set(boardVariant, flashMs);
    }
    for (const flashMs of flashes.values()) ms += flashMs;
    yield {
      ms: Math.ceil(ms / ids.size),
      because: `${sayDuration(ms)} of work for ${name} (${count(ids.size, 'tentacle')})`,
    };
  }
}

function demandsOf(
  cursors: readonly PlannedCursor[],
  plan: OrderPlan,
  options: EveningOptions,
): readonly Demand[] {
  const demands = new Map<string, Demand>();
  const demand = (name: string, tentacles: readonly TentacleId[]): Demand => {
    const key = tentacles.join('\n');
    let known = demands.get(key);
    if (known === undefined) demands.set(key, (known = { name, tentacles, ms: 0, flashes: new Map() }));
    return known;
  };
  for (const cursor of cursors) {
    const { role, estimateMs, covering, firmware, partners } = cursor;
    if (role === undefined) continue;
    const orders = lengthOf(cursor.repeats);
    const covers = demand(nameOf(cursor, role), usable(covering, plan));
    covers.ms += orders * estimateMs;
    if (firmware !== undefined) {
      const flashMs = flashMsOf(plan.bench.board(firmware.board), options.flash);
      if (options.flash === 'force') covers.ms += orders * flashMs;
      else covers.flashes.set(firmware.boardVariant, flashMs);
    }
    for (const partner of partners)
      demand(
        `whoever has ${partner.feature}`,
        usable(partnersFor(partner, plan.bench, plan.policy), plan),
      ).ms += orders * estimateMs;
  }
  return [...demands.values()];
}

function* longestOrder(
  cursors: readonly PlannedCursor[],
  plan: OrderPlan,
  options: EveningOptions,
): Generator<LowerBound> {
  for (const { estimateMs, stem, firmware } of cursors) {
    const flashMs = firmware === undefined ? 0 : flashMsOf(plan.bench.board(firmware.board), options.flash);
    const ms = estimateMs + flashMs;
    yield { ms, because: `${stem} alone takes ${sayDuration(ms)}` };
  }
}

/** Who has a resource alone keeps all others from it, who takes a part of it some; those who share it can do so at the same time. */
function* boundsOfResources(cursors: readonly PlannedCursor[], { bench }: OrderPlan): Generator<LowerBound> {
  const work = new Map<string, Ms>();
  for (const { spec, repeats, estimateMs } of cursors)
    for (const [name, how] of Object.entries(usesOf(spec))) {
      const part = how === 'exclusive' ? 1 : how === 'shared' ? 0 : how / capacityOf(bench.resources, name);
      work.set(name, (work.get(name) ?? 0) + part * lengthOf(repeats) * estimateMs);
    }
  for (const [name, ms] of work)
    if (ms > 0)
      yield { ms: Math.ceil(ms), because: `${sayDuration(ms)} of work takes turns at ${name.trim()}` };
}

function* boundsOfHost(
  cursors: readonly PlannedCursor[],
  { jobs, hostSlots }: EveningOptions,
): Generator<LowerBound> {
  const host = workOf(cursors.filter(({ role }) => role === undefined));
  yield {
    ms: Math.ceil(host / hostSlots),
    because: `${sayDuration(host)} of work for this machine (${hostSlots} at a time)`,
  };
  if (jobs === undefined) return;
  const all = workOf(cursors);
  yield { ms: Math.ceil(all / jobs), because: `${sayDuration(all)} of work with --jobs ${jobs}` };
}

function workOf(cursors: readonly PlannedCursor[]): Ms {
  return cursors.reduce((sum, { estimateMs, repeats }) => sum + lengthOf(repeats) * estimateMs, 0);
}

function usable(tentacles: readonly Tentacle[], { bench }: OrderPlan): TentacleId[] {
  return bench
    .usableOf(tentacles)
    .map(({ id }) => id)
    .toSorted(byText);
}

function nameOf({ firmware, tentacle }: PlannedCursor, { feature }: Role): string {
  return (
    tentacle ?? (firmware === undefined ? `whoever has ${feature}` : `${firmware.board} with ${feature}`)
  );
}
