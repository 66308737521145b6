import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lab } from '../../src/model/lab.ts';
import { planOrders, type OrderPlan } from '../../src/plan/plan-orders.ts';
import { Selection } from '../../src/plan/selection.ts';
import { lowerBoundOf } from '../../src/plan/simulate-bound.ts';
import { eveningDocument, eveningLines } from '../../src/plan/simulate-document.ts';
import { makespanOf, playEvening, type EveningOptions, type SimulatedRun } from '../../src/plan/simulate.ts';
import { evening } from './evening.ts';
import { anyLab, lab, roles, shuffled } from './labs.ts';

const QUIET: EveningOptions = { hostSlots: 1, flash: 'skip' };

function planOf(of: Lab, count = 1): OrderPlan {
  return planOrders(of, { selection: Selection.all(of), count });
}

/** Runs that go on at the same time on the same thing, by the keys that each run takes. */
function overlaps(runs: readonly SimulatedRun[], keysOf: (run: SimulatedRun) => readonly string[]): string[] {
  return runs.flatMap((a, index) =>
    runs
      .slice(index + 1)
      .filter((b) => a.startMs < b.endMs && b.startMs < a.endMs)
      .filter((b) => keysOf(a).some((key) => keysOf(b).includes(key)))
      .map((b) => `${a.id} and ${b.id}`),
  );
}

const options = fc.record<EveningOptions>(
  {
    jobs: fc.integer({ min: 1, max: 4 }),
    hostSlots: fc.integer({ min: 1, max: 3 }),
    flash: fc.constantFrom('auto', 'skip', 'force'),
  },
  { requiredKeys: ['hostSlots', 'flash'] },
);

test('any evening: every schedulable order once, no tentacle twice at a time, no shorter than it can be', () => {
  fc.assert(
    fc.property(anyLab({ boards: 3, tentacles: 6, specs: 5 }), options, (of, how) => {
      const plan = planOf(of, 2);
      const runs = [...playEvening(plan, how)];
      const schedulable = plan.cursors.filter(({ obstacle }) => obstacle === undefined);
      expect(runs.map(({ order }) => order).toSorted()).toEqual(
        schedulable.flatMap(({ stem }) => [stem, `${stem}#2`]).toSorted(),
      );
      expect(overlaps(runs, ({ tentacles }) => Object.values(tentacles))).toEqual([]);
      const moments = runs.map(({ startMs }) => startMs);
      const atOnce = (only: (run: SimulatedRun) => boolean): number =>
        Math.max(
          0,
          ...moments.map(
            (at) => runs.filter((run) => only(run) && run.startMs <= at && at < run.endMs).length,
          ),
        );
      expect(atOnce(() => true)).toBeLessThanOrEqual(how.jobs ?? Infinity);
      expect(atOnce(({ role }) => role === undefined)).toBeLessThanOrEqual(how.hostSlots);
      expect(makespanOf(plan, how)).toBeGreaterThanOrEqual(lowerBoundOf(plan, how).ms);
    }),
    { numRuns: 60 },
  );
});

test('any evening is the one that a real bartender serves, whatever the order of things in the files', () => {
  fc.assert(
    fc.property(anyLab({ boards: 3, tentacles: 6, specs: 5 }), fc.func(fc.nat()), (of, by) => {
      const plan = planOf(of);
      expect(makespanOf(plan, QUIET)).toBe(evening(of, plan).makespan);
      const mixed = planOf(shuffled(of, by));
      expect([...playEvening(mixed, QUIET)]).toEqual([...playEvening(plan, QUIET)]);
    }),
    { numRuns: 40 },
  );
});

/** Two boards of two variants; 1 s of flashing is a tenth of the limit of 10 s. */
const bench = lab({
  boards: { A: { variants: ['', 'X'], features: ['mcu', 'wlan'] } },
  tentacles: [
    ['a1', 'A'],
    ['a2', 'A'],
  ],
  specs: [
    { name: 'one', estimateMs: 10_000 },
    { name: 'two', estimateMs: 4000, roles: roles({ a: 'wlan', b: 'wlan' }) },
  ],
});
const slow: Lab = {
  ...bench,
  boards: bench.boards.map((board) => ({ ...board, limits: { ...board.limits, flashMs: 10_000 } })),
};

/** Spec, flashing and length of each run of the slow bench, and the evening's length. */
function played(flash: EveningOptions['flash']) {
  const runs = [...playEvening(planOf(slow), { hostSlots: 1, flash })];
  const ends = runs.map(({ spec, startMs, flashMs, endMs }) => [spec, flashMs, endMs - startMs]);
  return { ends, makespanMs: Math.max(...runs.map(({ endMs }) => endMs)) };
}

test('flashing: when the firmware changes, on all tentacles of a run at the same time', () => {
  // Both boards for A, then one of them for A-X, which it carries for ONE, too.
  expect(played('auto')).toEqual({
    ends: [
      ['two', 1000, 5000],
      ['two', 1000, 5000],
      ['one', 0, 10_000],
      ['one', 0, 10_000],
    ],
    makespanMs: 20_000,
  });
  expect(played('skip').makespanMs).toBe(18_000);
  expect(played('force')).toMatchObject({ ends: { 2: ['one', 1000, 11_000] }, makespanMs: 21_000 });
});

test('a board that nothing here can flash takes no time for it', () => {
  const serial: Lab = {
    ...slow,
    boards: slow.boards.map((board) => ({ ...board, driver: 'serial' as const })),
  };
  expect(makespanOf(planOf(serial), { hostSlots: 1, flash: 'auto' })).toBe(18_000);
  const flashable: Lab = {
    ...serial,
    boards: serial.boards.map((board) => ({ ...board, programmer: 'picotool' })),
  };
  expect(makespanOf(planOf(flashable), { hostSlots: 1, flash: 'auto' })).toBe(20_000);
});

test('what a run uses alone, no other run has at the same time', () => {
  const of = lab({
    boards: { A: {} },
    tentacles: [
      ['a1', 'A'],
      ['a2', 'A'],
      ['a3', 'A'],
    ],
    specs: [
      { name: 'port', cover: 'each-tentacle', uses: { port: 'exclusive' } },
      { name: 'air', cover: 'each-tentacle', uses: { air: 'shared' } },
    ],
  });
  const runs = [...playEvening(planOf(of), QUIET)];
  expect(runs).toHaveLength(6);
  expect(overlaps(runs, ({ spec }) => (spec === 'port' ? ['port'] : []))).toEqual([]);
  expect(overlaps(runs, ({ spec }) => (spec === 'air' ? ['air'] : []))).not.toEqual([]);
  expect(lowerBoundOf(planOf(of, 5), QUIET)).toEqual({
    ms: 90_000,
    because: '90 s of work takes turns at port',
  });
});

test('the lower bound says what keeps an evening from being shorter', () => {
  const of = lab({
    boards: { A: {}, B: { features: ['mcu', 'wlan'] } },
    tentacles: [
      ['a1', 'A'],
      ['a2', 'A'],
      ['b1', 'B'],
      ['b2', 'B', { disabled: 'bent connector' }],
    ],
    specs: [
      { name: 'any', estimateMs: 60_000 },
      { name: 'net', estimateMs: 240_000, roles: roles({ dut: 'wlan' }) },
    ],
  });
  expect(lowerBoundOf(planOf(of), QUIET)).toEqual({
    ms: 300_000,
    because: '5 min of work for B (1 tentacle)',
  });
  expect(lowerBoundOf(planOf(of), { ...QUIET, jobs: 1 })).toEqual({
    ms: 360_000,
    because: '6 min of work with --jobs 1',
  });
  const host = lab({ specs: [{ name: 'docs', roles: [], estimateMs: 60_000 }] });
  expect(lowerBoundOf(planOf(host, 4), { ...QUIET, hostSlots: 2 })).toEqual({
    ms: 120_000,
    because: '4 min of work for this machine (2 at a time)',
  });
  expect(lowerBoundOf(planOf(lab({})), QUIET)).toEqual({ ms: 0, because: '' });
});

test('the evening as JSON and as JSON Lines, with what is unschedulable', () => {
  const of = lab({
    boards: { A: {}, B: {} },
    tentacles: [
      ['a1', 'A'],
      ['b1', 'B', { disabled: 'bent connector' }],
    ],
    specs: [{ name: 'one' }],
  });
  const run = { id: 'ONE[a1-A]', order: 'ONE[A]', tentacles: { dut: 'a1' }, startMs: 0, endMs: 6000 };
  const blocked = {
    id: 'ONE[B]',
    reason: 'No tentacle can serve (B with mcu): b1 is disabled: bent connector.',
  };
  expect(JSON.parse([...eveningDocument(planOf(of), QUIET)].join(''))).toEqual({
    makespanMs: 6000,
    lowerBoundMs: 6000,
    held: [],
    runs: [run],
    unschedulable: [blocked],
  });
  const lines = [...eveningLines(planOf(of), QUIET)];
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([run, blocked]);
});

test('an evening is played as far as it is read', () => {
  const of = lab({ boards: { A: {} }, tentacles: [['a1', 'A']], specs: [{ name: 'one' }] });
  const lines = eveningLines(planOf(of, 1_000_000_000), QUIET);
  expect(
    lines
      .take(2)
      .map((line) => line.slice(0, 20))
      .toArray(),
  ).toEqual(['{"id":"ONE[a1-A]","o', '{"id":"ONE[a1-A]#2",']);
});
