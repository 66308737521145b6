import type { BoardName, FeatureName, Ms, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import { byText } from './compare.ts';
import { lengthOf } from './cursor.ts';
import { partakersOf } from './partners.ts';
import type { OrderPlan, PlannedCursor } from './plan-orders.ts';
import { makespanOf, type EveningOptions } from './simulate.ts';
import { bareTentacle, changedLab, type Change, type LabState } from './what-if.ts';

/** One more tentacle in service, and what the evening of the whole plan then comes to. As JSON. */
export interface Help {
  /** As `--what-if` takes it. */
  readonly change: string;
  readonly board: BoardName;
  /** Tentacles of its board that can serve today. */
  readonly twins: number;
  /** The tentacle that is like it; absent: any of its board will do. */
  readonly like?: TentacleId;
  /** `like` itself is what can not serve today, for this reason. */
  readonly broken?: string;
  readonly makespanMs: Ms;
  /** Today's evening less this one; negative when it has more to do. */
  readonly savesMs: Ms;
  /** How many more orders could be carried out. */
  readonly serves: number;
}

export interface HelpAnswer {
  /** Of the whole plan, today; undefined: it has too many orders to be played so often. */
  readonly makespanMs: Ms | undefined;
  /** Best first: who lets most orders be served, then who saves most time. */
  readonly help: readonly Help[];
  /** Ways that were not tried, because the plan is too large to be played so often; they were thought to help least. */
  readonly untried: number;
  /** Features that nobody here has, and the boards of the catalogue that do. */
  readonly missing: readonly { readonly feature: FeatureName; readonly boards: readonly BoardName[] }[];
}

export interface HelpRequest {
  readonly today: LabState;
  readonly plan: OrderPlan;
  readonly replan: (state: LabState) => OrderPlan;
  /** What was asked about. */
  readonly cursors: readonly PlannedCursor[];
  /** What the roles of all that was asked about need. */
  readonly features: readonly FeatureName[];
  readonly evening: EveningOptions;
}

/** An answer must come while somebody waits for it: so many runs are played at most, all evenings together. */
const MOST_RUNS = 100_000;

/** What would help those orders, or end the evening sooner: each way is tried by playing the whole evening again. */
export function whatWouldHelp(request: HelpRequest): HelpAnswer {
  const { today, plan, replan, evening } = request;
  const missing = missingOf(request);
  const all = waysToHelp(request);
  const affordable = Math.floor(MOST_RUNS / Math.max(1, plan.counts.schedulable)) - 1;
  if (affordable < 1) return { makespanMs: undefined, help: [], untried: all.length, missing };
  const ways = all.slice(0, affordable);
  const makespanMs = makespanOf(plan, evening);
  const help = ways.map(({ change, ...way }): Help => {
    const then = replan(changedLab(today, [change]));
    const thenMs = makespanOf(then, evening);
    return {
      ...way,
      change: `+${change.what}`,
      makespanMs: thenMs,
      savesMs: makespanMs - thenMs,
      serves: plan.counts.unschedulable - then.counts.unschedulable,
    };
  });
  return {
    makespanMs,
    help: help.toSorted(
      (a, b) =>
        b.serves - a.serves ||
        b.savesMs - a.savesMs ||
        // To mend what is there comes before buying.
        Number(a.broken === undefined) - Number(b.broken === undefined) ||
        byText(a.change, b.change),
    ),
    untried: all.length - ways.length,
    missing,
  };
}

/** Features that no tentacle here has. */
function missingOf({ today: { lab }, features }: HelpRequest): HelpAnswer['missing'] {
  return [...new Set(features)]
    .filter((feature) => lab.tentacles.every((tentacle) => !tentacle.features.includes(feature)))
    .toSorted(byText)
    .map((feature) => ({
      feature,
      boards: lab.boards.filter((board) => board.features.includes(feature)).map(({ name }) => name),
    }));
}

interface Way extends Pick<Help, 'board' | 'twins' | 'like' | 'broken'> {
  readonly change: Extract<Change, { kind: 'add' }>;
}

/** Each tentacle out of service that could take part, then one more of each board that does, most work first. */
function waysToHelp(request: HelpRequest): readonly Way[] {
  const { today, plan, cursors, features } = request;
  const { bench } = plan;
  const sorted = partakersOf({ cursors, bench, policy: plan.policy });
  const boards = new Set(sorted.map(({ board }) => board));
  const reference = today.lab.boards.find(({ name }) => name === bench.reference);
  if (reference?.features.some((feature) => features.includes(feature)) === true) boards.add(reference.name);
  const load = loadOf(plan);
  return [
    ...sorted.flatMap((tentacle) => mend(tentacle, plan) ?? []),
    ...[...boards]
      .toSorted((a, b) => (load.get(b) ?? 0) - (load.get(a) ?? 0) || byText(a, b))
      .flatMap((board) => oneMore(board, sorted, request) ?? []),
  ];
}

function mend(like: Tentacle, plan: OrderPlan): Way | undefined {
  const { id, board } = like;
  const broken = plan.bench.unusable(id);
  if (broken === undefined) return undefined;
  const change = { kind: 'add', what: id, like, count: 1 } as const;
  return { change, board, like: id, broken, twins: twinsOf(board, plan) };
}

function oneMore(
  board: BoardName,
  parts: readonly Tentacle[],
  { today, plan }: HelpRequest,
): Way | undefined {
  const bare = bareTentacle(board, today.lab);
  if (bare === undefined) throw new Error(`Internal error: expected a board of the lab, was ${board}`);
  const twins = twinsOf(board, plan);
  // What tests need beyond the board itself (a wire, a sensor) is on a tentacle, so one like the best equipped.
  const [best] = parts
    .filter((each) => each.board === board && each.features.length > bare.features.length)
    .toSorted((a, b) => b.features.length - a.features.length);
  if (best === undefined) return { change: { kind: 'add', what: board, like: bare, count: 1 }, board, twins };
  if (plan.bench.unusable(best.id) !== undefined) return undefined;
  return { change: { kind: 'add', what: best.id, like: best, count: 1 }, board, like: best.id, twins };
}

function twinsOf(name: BoardName, { bench }: OrderPlan): number {
  return bench.usableOf(bench.tentacles).filter(({ board }) => board === name).length;
}

/** The work of each board for each of its tentacles. */
function loadOf(plan: OrderPlan): ReadonlyMap<BoardName, Ms> {
  const load = new Map<BoardName, Ms>();
  for (const { firmware, repeats, estimateMs, obstacle } of plan.cursors) {
    if (firmware === undefined || obstacle !== undefined) continue;
    const ms = (lengthOf(repeats) * estimateMs) / twinsOf(firmware.board, plan);
    load.set(firmware.board, (load.get(firmware.board) ?? 0) + ms);
  }
  return load;
}
