import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lab } from '../../src/model/lab.ts';
import { TestBartender } from '../../src/plan/bartender.ts';
import { LAST_ORDERS } from '../../src/plan/last-orders.ts';
import { planOrders, type PlanRequest } from '../../src/plan/plan-orders.ts';
import { Selection } from '../../src/plan/selection.ts';
import { evening, type EveningRun } from './evening.ts';
import { anyLab, lab, roles } from './labs.ts';
import { waysOf } from './shortest.ts';

function planOf(of: Lab, more: Partial<PlanRequest> = {}) {
  return planOrders(of, { selection: Selection.all(of), ...more });
}

/** `start ID tentacle+tentacle`, in s. */
function told({ start, order, bindings }: EveningRun): string {
  return `${start / 1000} ${order.id} ${bindings.map(({ tentacle }) => tentacle).join('+')}`;
}

/** One tentacle of A with most of the work, three of B, that partner each other and A. */
function busyAndTwins(priorityOfPairs: number): Lab {
  return lab({
    boards: { A: { features: ['mcu', 'wlan'] }, B: { features: ['mcu', 'wlan', 'ble'] } },
    tentacles: [
      ['a1', 'A'],
      ['b1', 'B'],
      ['b2', 'B'],
      ['b3', 'B'],
    ],
    specs: [
      { name: 'single', estimateMs: 9000 },
      {
        name: 'pair',
        priority: priorityOfPairs,
        roles: [
          { name: 'one', feature: 'ble' },
          { name: 'two', feature: 'wlan' },
        ],
        estimateMs: 7000,
      },
    ],
  });
}

test('a pair waits for a partner rather than take one for whom the evening ends later', () => {
  const of = busyAndTwins(0);
  const { runs, makespan } = evening(of, planOf(of, { count: 20 }));
  const withA = runs.filter(
    ({ order, bindings }) => order.spec === 'pair' && bindings.some(({ tentacle }) => tentacle === 'a1'),
  );
  expect(withA.map(told)).toEqual([]);
  // No sooner than that a1 can be through.
  expect(makespan).toBe(20 * 9000);
});

test('a pair of higher priority does not wait behind others of lower', () => {
  const of = busyAndTwins(1);
  const { runs } = evening(of, planOf(of, { count: 20 }));
  expect(runs.slice(0, 2).map(told)).toEqual(['0 PAIR[B,one] b1+b2', '0 PAIR[B,one]#2 b3+a1']);
});

test('a pair does not wait for a better partner while nothing else can be served', () => {
  const of = busyAndTwins(0);
  const bartender = new TestBartender(planOf(of, { count: 20 }));
  const next = (free: readonly string[]) =>
    bartender.next({
      free: new Set(free),
      loaded: new Map(),
      firmwareReady: () => true,
      hostSlots: true,
      resourcesFree: (spec) => spec !== 'single',
    })?.bindings;
  expect(next(['a1', 'b1', 'b2', 'b3'])).toMatchObject([{ tentacle: 'b1' }, { tentacle: 'b2' }]);
  expect(next(['a1', 'b3'])).toMatchObject([{ tentacle: 'b3' }, { tentacle: 'a1' }]);
});

/** a1 and b1 can make a pair, and have orders of their own, of so many s. */
function twoAndPair(ofA: number, ofB: number) {
  const of = lab({
    boards: { A: { features: ['wlan', 'a'] }, B: { features: ['wlan', 'b'] } },
    tentacles: [
      ['a1', 'A'],
      ['b1', 'B'],
    ],
    specs: [
      { name: 'a', roles: roles({ dut: 'a' }), estimateMs: ofA * 1000 },
      { name: 'b', roles: roles({ dut: 'b' }), estimateMs: ofB * 1000 },
      { name: 'pair', roles: roles({ one: 'wlan', two: 'wlan' }), cover: 'once', estimateMs: 30_000 },
    ],
  });
  const bartender = new TestBartender(planOf(of, { count: 20 }));
  const next = (...free: string[]) =>
    bartender.next({
      free: new Set(free),
      loaded: new Map(),
      firmwareReady: () => true,
      hostSlots: true,
    })?.order.id;
  // They are out of step: never both are free.
  expect([next('b1'), next('a1')]).toEqual(['B[B]', 'A[A]']);
  return next;
}

test('who is held for a pair serves what ends before its partner is back, by estimates', () => {
  const next = twoAndPair(5, 20);
  // b1 should be back in 15, 10 and 5 s; then it is late.
  expect([next('a1'), next('a1'), next('a1'), next('a1')]).toEqual(['A[A]#2', 'A[A]#3', 'A[A]#4', undefined]);
  expect(next('a1', 'b1')).toBe('PAIR[any]');

  const longer = twoAndPair(8, 20);
  // In 12, and 4 s.
  expect([longer('a1'), longer('a1')]).toEqual(['A[A]#2', undefined]);
});

test('who has most work left serves any one order more before it is held for a pair', () => {
  const next = twoAndPair(50, 20);
  // a1 has most; meanwhile b1 came back, and left again.
  expect([next('a1'), next('b1'), next('a1')]).toEqual(['A[A]#2', 'B[B]#2', undefined]);
  // As much runs as may: nobody is free as far as we are told, and that frees nobody who is held.
  expect([next(), next('a1')]).toEqual([undefined, undefined]);
  expect(next('a1', 'b1')).toBe('PAIR[any]');
});

/** Runs take something else than was expected. */
const surprising = fc.record({
  of: anyLab({ boards: 3, tentacles: 6, specs: 5, priorities: 0 }),
  partner: fc.constantFrom('any' as const, 'prefer-reference' as const, 'reference-only' as const),
  took: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 7, maxLength: 7 }),
});

test('any lab: orders of several roles are never kept from the bench for longer than two runs, but for the last of an evening', () => {
  fc.assert(
    fc.property(surprising, ({ of, partner, took }) => {
      let n = 0;
      const { runs } = evening(of, planOf(of, { count: 20, partner }), {
        took: () => took[n++ % took.length]! * 1000,
      });
      const longest = Math.max(0, ...runs.map(({ start, end }) => end - start));
      const onTentacles = runs.filter(({ bindings }) => bindings.length > 0);
      let before = 0;
      for (const { bindings, start, end } of onTentacles.slice(0, -LAST_ORDERS)) {
        if (bindings.length < 2) continue;
        expect(start - before).toBeLessThanOrEqual(2 * longest);
        before = Math.max(before, end);
      }
    }),
    { numRuns: 300, seed: 6 },
  );
});

/** Those of `later` that could have begun instead of `first`, on tentacles that could not be held for others of them. */
function couldHaveBegun(
  later: readonly EveningRun[],
  first: EveningRun,
  { of, busy }: { of: Lab; busy: ReadonlySet<string> },
): readonly EveningRun[] {
  const levelOf = ({ order }: EveningRun) => ({
    priority: of.specs.find(({ name }) => name === order.spec)!.priority,
    roles: order.demands.length,
  });
  const isAbove = (a: EveningRun, b: EveningRun): boolean =>
    levelOf(a).priority > levelOf(b).priority ||
    (levelOf(a).priority === levelOf(b).priority && levelOf(a).roles > levelOf(b).roles);
  const higher = later.filter((run) => levelOf(run).priority > levelOf(first).priority);
  return higher.filter((run) => {
    const heldFor = later.filter((other) => other.order.demands.length > 1 && isAbove(other, run));
    const held = new Set(heldFor.flatMap(({ order }) => waysOf(order, of).flat()));
    const free = (place: number): boolean => !busy.has(of.tentacles[place]!.id) && !held.has(place);
    return waysOf(run.order, of).some((way) => way.every(free));
  });
}

test('any lab: no order takes a tentacle while one of higher priority could begin on what is free', () => {
  const labs = fc.record({
    of: anyLab({ boards: 3, tentacles: 6, specs: 6, priorities: 2 }),
    took: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 7, maxLength: 7 }),
  });
  fc.assert(
    fc.property(labs, ({ of, took }) => {
      let n = 0;
      const { runs } = evening(of, planOf(of, { count: 2, partner: 'any' }), {
        took: () => took[n++ % took.length]! * 1000,
      });
      const onTentacles = runs.filter(({ bindings }) => bindings.length > 0);
      for (const [index, run] of onTentacles.entries()) {
        const going = onTentacles.slice(0, index).filter(({ end }) => end > run.start);
        const busy = new Set(going.flatMap(({ bindings }) => bindings.map(({ tentacle }) => tentacle)));
        expect(couldHaveBegun(onTentacles.slice(index), run, { of, busy }).map(told)).toEqual([]);
      }
    }),
    { numRuns: 300, seed: 10 },
  );
});
