import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestbedEvent } from '../../src/event/event.ts';
import type { Ms } from '../../src/model/ids.ts';
import type { Finished, Running } from '../support/rig.ts';
import { Bench, commandOf, isRun } from './bench.ts';
import type { Holds, TrialRow, Result, Row, SessionRow } from './row.ts';

/** So soon after a fault there is a verdict, and nothing is left. */
const SOON_MS = 5000;
/** A session that has no end by then hangs. */
const HANGS_MS = 90_000;

/**
 * Brings a fault about and looks whether all holds that must: what the row says, and after every fault
 * - a verdict soon, unless the machine is loaded with other tests (`timed` false);
 * - no process, no lease is left; where two processes were hit together, after the next start;
 * - all that was told is in the log, and a passed run's `result.json` says so, too;
 * - `testbed log` exits with 0 for a log with an end, with 4 for one without;
 * - what was cut off goes on with `--resume`, and what had passed is not run again.
 */
export async function carryOut(row: Row, options: { readonly timed: boolean }): Promise<Result> {
  const missing = row.missing?.();
  if (missing !== undefined) {
    return { row, outcome: 'not here', what: missing, processes: '', leases: '', log: '', broken: [] };
  }
  await using bench = await Bench.open();
  try {
    return 'attempt' in row ? await trial(row, bench) : await session(row, bench, options.timed);
  } catch (fault) {
    const what = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
    return { row, outcome: 'broken', what, processes: '?', leases: '?', log: '?', broken: [what] };
  }
}

async function session(row: SessionRow, bench: Bench, timed: boolean): Promise<Result> {
  const { holds } = row;
  const broken: string[] = [];
  const expect = (holding: boolean, sentence: string): void => void (holding || broken.push(sentence));
  bench.lab(row.lab(bench), { hooks: row.hooks?.(bench) ?? {}, stages: row.stages?.(bench) ?? {} });
  const running = bench.start(row.args ?? [], {
    env: row.env?.(bench) ?? {},
    through: row.through ?? [],
  });
  const startedAt = performance.now();
  await row.inject?.(bench);
  let faultAt = bench.faultAt ?? (row.inject === undefined ? undefined : performance.now());
  bench.letPass();
  const finished = await ended(running);
  if (finished === undefined) {
    const what = `no end within ${HANGS_MS / 1000} s`;
    return { row, outcome: 'broken', what, processes: '?', leases: '?', log: '?', broken: [what] };
  }
  faultAt ??= row.verdict === undefined ? startedAt : startOf(row.verdict, bench);
  const over = performance.now();
  const processes = await left(bench, holds.untilNextStart ? 0 : SOON_MS);
  const verdictAt = holds.log === 'cut off' ? performance.now() : (endOf(row.verdict, bench) ?? over);
  const verdictMs = verdictAt - faultAt;
  const told = bench.told.map(({ line }) => line);
  const before = bench.events();
  const leases = bench.leases();
  const what = [...(await happened(row, { bench, finished, before, expect }))];
  expectKept(told, bench, expect);
  const log = await logState(bench, holds.log, expect);
  if (timed)
    expect(verdictMs <= SOON_MS + (row.dueMs ?? 0), `a verdict after ${Math.round(verdictMs)} ms: too late`);
  if (holds.resumed !== undefined) what.push(await resumed(holds.resumed, { bench, before, expect }));
  const after = holds.untilNextStart ? await left(bench, SOON_MS) : processes;
  const leasesAfter = holds.untilNextStart ? bench.leases() : leases;
  const most = holds.mayStay?.processes ?? 0;
  expect(after.length <= most, `left behind: ${after.map(commandOf).join('; ')}`);
  expect(leasesAfter.length === 0, `leases left: ${leasesAfter.join(', ')}`);
  if (after.length > 0 && most > 0) what.push(holds.mayStay?.why ?? '');
  broken.push(...(holds.check?.(bench) ?? []));
  return {
    row,
    outcome: broken.length === 0 ? 'held' : 'broken',
    what: what.join('; '),
    verdictMs,
    processes: andThen(processes.length, after.length),
    leases: andThen(leases.length, leasesAfter.length),
    log,
    broken,
  };
}

type Expect = (holding: boolean, sentence: string) => void;

/** Exit, runs and words, as they are and as they should be. */
async function happened(
  { holds }: SessionRow,
  seen: { bench: Bench; finished: Finished; before: readonly TestbedEvent[]; expect: Expect },
): Promise<readonly string[]> {
  const { finished, before, expect } = seen;
  const exit = finished.signal ?? finished.exit;
  expect(exit === holds.exit, `exit ${exit}, not ${holds.exit}: ${finished.stderr.slice(-600)}`);
  const runs = runsOf(before);
  expectRuns(runs, holds.runs, expect);
  const warnings = before.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  const words = [finished.stderr, ...warnings].join('\n');
  expect(holds.says === undefined || holds.says.test(words), `${String(holds.says)} is not said: ${words}`);
  return [
    runs.length > 8 ? countsOf(runs) : runs.join(', '),
    typeof exit === 'number' ? `exit ${exit}` : '',
  ].filter((part) => part !== '');
}

function expectRuns(runs: readonly string[], wanted: Holds['runs'], expect: Expect): void {
  if (wanted === undefined) return;
  expect(runs.join() === wanted.join(), `runs: ${runs.join(', ') || 'none'}; expected: ${wanted.join(', ')}`);
}

/** Whoever was told something finds it in the log, and what passed has its result. */
function expectKept(told: readonly string[], bench: Bench, expect: Expect): void {
  const log = existsSync(bench.log) ? readFileSync(bench.log, 'utf8').split('\n') : [];
  const lost = told.findIndex((line, index) => log[index] !== line);
  expect(lost < 0, `told, and not in the log: ${told[lost]}`);
  for (const event of bench.events()) {
    if (event.type !== 'run-finished' || event.verdict !== 'pass') continue;
    const file = path.join(bench.rig.session, 'runs', event.run, 'result.json');
    const kept = existsSync(file) && readFileSync(file, 'utf8').includes('"pass"');
    expect(kept, `${event.run} passed, and has no result.json that says so`);
  }
}

async function logState(bench: Bench, wanted: Holds['log'], expect: Expect): Promise<string> {
  const end = bench.events().at(-1);
  const state = end?.type === 'session-finished' ? end.ending : 'cut off';
  expect(state === wanted, `the log is ${state}, not ${wanted}`);
  const { exit, stderr } = await bench.rig.run(['log']);
  const honest = exit === (state === 'cut off' ? 4 : 0);
  expect(honest, `testbed log exits with ${exit} for a log that is ${state}: ${stderr}`);
  return state === 'cut off' ? 'cut off, told (exit 4)' : state;
}

/** Goes on with the session; what had passed must not run again. */
async function resumed(
  wanted: readonly string[],
  { bench, before, expect }: { bench: Bench; before: readonly TestbedEvent[]; expect: Expect },
): Promise<string> {
  const passed = new Set(runsOf(before).filter((run) => run.endsWith(' pass')));
  const finished = await ended(bench.start(['--resume']));
  expect(finished?.exit === 0, `--resume exits with ${finished?.exit}: ${finished?.stderr}`);
  const runs = runsOf(bench.events());
  if (wanted.length > 0) expectRuns(runs, wanted, expect);
  for (const run of passed) {
    expect(runs.filter((each) => each === run).length === 1, `${run} was run again`);
  }
  await logState(bench, 'complete', expect);
  return `resumed: ${finished?.exit === 0 ? 'all passed' : `exit ${finished?.exit}`}`;
}

async function trial(row: TrialRow, bench: Bench): Promise<Result> {
  const { what, log, broken } = await row.attempt(bench);
  const processes = await left(bench, SOON_MS);
  const leases = bench.leases();
  const all = [...broken];
  if (processes.length > 0) all.push(`left behind: ${processes.map(commandOf).join('; ')}`);
  if (leases.length > 0) all.push(`leases left: ${leases.join(', ')}`);
  return {
    row,
    outcome: all.length === 0 ? 'held' : 'broken',
    what,
    processes: String(processes.length),
    leases: String(leases.length),
    log,
    broken: all,
  };
}

/** Undefined: it hangs. It is killed with the bench. */
async function ended(running: Running): Promise<Finished | undefined> {
  const limit = new AbortController();
  const hangs = delay(HANGS_MS, undefined, { signal: limit.signal }).catch(() => undefined);
  const finished = await Promise.race([running.finished, hangs]);
  limit.abort();
  return finished;
}

/** Who still lives when the limit is over, or as soon as nobody does. */
async function left(bench: Bench, limitMs: Ms): Promise<number[]> {
  const limit = performance.now() + limitMs;
  for (;;) {
    const survivors = bench.survivors();
    if (survivors.length === 0 || performance.now() >= limit) return survivors;
    await delay(10);
  }
}

/** `B~2 error worker-died lab`, the tentacles left out, sorted. */
export function runsOf(events: readonly TestbedEvent[]): string[] {
  return events
    .flatMap((event) => (event.type === 'run-finished' ? [event] : []))
    .map(({ run, verdict, cause, blame }) =>
      [run.replace(/\[.*\]/, ''), verdict, cause, blame].filter((word) => word !== undefined).join(' '),
    )
    .toSorted();
}

function countsOf(runs: readonly string[]): string {
  const kinds = Map.groupBy(runs, (run) => run.slice(run.indexOf(' ') + 1));
  return [...kinds].map(([kind, each]) => `${each.length} × ${kind}`).join(', ');
}

/** When a run began its test, or at least began. */
function startOf(label: string, bench: Bench): number {
  const start = bench.told.findLast(
    ({ event }) =>
      isRun(event, label) &&
      (event.type === 'run-started' || (event.type === 'phase-started' && event.phase === 'test')),
  );
  if (start === undefined) throw new Error(`run ${label} never began`);
  return start.at;
}

function endOf(label: string | undefined, bench: Bench): number | undefined {
  if (label === undefined) return undefined;
  return bench.told.find(({ event }) => event.type === 'run-finished' && isRun(event, label))?.at;
}

function andThen(before: number, after: number): string {
  return before === after ? String(before) : `${before}, after the next start ${after}`;
}
