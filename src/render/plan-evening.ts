import type { OrderPlan } from '../plan/plan-orders.ts';
import type { LowerBound } from '../plan/simulate-bound.ts';
import type { SimulatedRun } from '../plan/simulate.ts';
import { ganttLines, type GanttBar } from './gantt.ts';
import { heldLines, unschedulableLines, wrapped, type PlanView } from './plan-tree.ts';
import { count, duration } from './text.ts';

const FLASHING = '▒';
/** Specs have letters, those with most work first; all others share a mark. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const OTHERS = '*';

/** The lines of an evening: how long it is and why not shorter, who does what when, what can not be served. */
export function* eveningLines(
  plan: OrderPlan,
  { runs, bound }: { readonly runs: readonly SimulatedRun[]; readonly bound: LowerBound },
  view: PlanView,
): Generator<string> {
  const endMs = runs.reduce((latest, run) => Math.max(latest, run.endMs), 0);
  const { paint, columns } = view;
  if (runs.length > 0) {
    const marks = marksOf(runs);
    const lanes = lanesOf(runs, marks, view);
    const boards = new Map(plan.bench.tentacles.map(({ id, board }) => [id, board]));
    const rows = [...lanes].map(([name, { bars, tentacle }]) => ({
      name,
      more: tentacle === undefined ? '' : (boards.get(tentacle) ?? ''),
      bars,
    }));
    yield* ganttLines(rows, { endMs, columns, paint });
    yield '';
    yield* legend(marks, runs, view);
  }
  const busy = new Set(runs.flatMap(({ tentacles }) => Object.values(tentacles)));
  const idle = plan.bench.tentacles
    .map(({ id }) => id)
    .filter((id) => plan.bench.unusable(id) === undefined && !busy.has(id));
  if (idle.length > 0 && runs.length > 0) yield* wrapped(`Nothing to do for: ${idle.join(', ')}.`, view, '');
  yield* heldLines(plan, view);
  yield* unschedulableLines(plan, view);
  if (plan.counts.unschedulable > 0 || plan.held.length > 0 || runs.length > 0) yield '';
  const what =
    runs.length === 0
      ? 'there is nothing that could be run.'
      : `${count(runs.length, 'run')} in ${duration(endMs)}; flashing is in it, building firmware is not.`;
  yield* wrapped(`${view.lab}: ${what}`, view, '');
  if (bound.ms > 0)
    yield* wrapped(`It can not be shorter than ${duration(bound.ms)}: ${bound.because}.`, view, '');
}

/** What goes on in each row of the chart: tentacles by id, then this machine, in as many rows as it has runs at once. */
function lanesOf(
  runs: readonly SimulatedRun[],
  marks: ReadonlyMap<string, string>,
  { paint }: PlanView,
): Map<string, { readonly tentacle?: string; readonly bars: GanttBar[] }> {
  const lanes = new Map<string, { readonly tentacle?: string; readonly bars: GanttBar[] }>();
  const hosts: { bars: GanttBar[] }[] = [];
  for (const run of runs) {
    const mark = marks.get(run.spec) ?? OTHERS;
    const bars = (covers: boolean): GanttBar[] => [
      { startMs: run.startMs, endMs: run.startMs + run.flashMs, mark: FLASHING, paint: paint.note },
      {
        startMs: run.startMs + run.flashMs,
        endMs: run.endMs,
        mark: covers ? mark : mark.toLowerCase(),
        paint: covers ? paint.name : paint.pale,
      },
    ];
    for (const [role, tentacle] of Object.entries(run.tentacles)) {
      const lane = lanes.get(tentacle) ?? { tentacle, bars: [] };
      lanes.set(tentacle, lane);
      lane.bars.push(...bars(role === run.role));
    }
    if (run.role === undefined) {
      const free = hosts.find((host) => (host.bars.at(-1)?.endMs ?? 0) <= run.startMs);
      if (free === undefined) hosts.push({ bars: bars(true) });
      else free.bars.push(...bars(true));
    }
  }
  const sorted = new Map([...lanes].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  for (const [index, host] of hosts.entries()) sorted.set(index === 0 ? 'host' : `host ${index + 1}`, host);
  return sorted;
}

function marksOf(runs: readonly SimulatedRun[]): ReadonlyMap<string, string> {
  const work = new Map<string, number>();
  for (const { spec, startMs, endMs } of runs) work.set(spec, (work.get(spec) ?? 0) + endMs - startMs);
  return new Map(
    [...work]
      .toSorted(([a, ms], [b, others]) => others - ms || (a < b ? -1 : 1))
      .map(([spec], index) => [spec, LETTERS[index] ?? OTHERS]),
  );
}

function* legend(
  marks: ReadonlyMap<string, string>,
  runs: readonly SimulatedRun[],
  view: PlanView,
): Generator<string> {
  const named = [...marks].filter(([, mark]) => mark !== OTHERS).map(([spec, mark]) => `${mark} ${spec}`);
  const parts = [
    ...named,
    ...(marks.size > named.length ? [`${OTHERS} ${marks.size - named.length} others`] : []),
    ...(runs.some(({ tentacles }) => Object.keys(tentacles).length > 1) ? ['lower case: as a partner'] : []),
    ...(runs.some(({ flashMs }) => flashMs > 0) ? [`${FLASHING} flashing`] : []),
  ];
  yield* wrapped(parts.join(', '), view, '');
}
