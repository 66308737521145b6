import { expect, test } from 'vitest';
import type { Lab } from '../../src/model/lab.ts';
import { TestBartender } from '../../src/plan/bartender.ts';
import type { BenchState } from '../../src/plan/bench-state.ts';
import { planOrders } from '../../src/plan/plan-orders.ts';
import { Selection } from '../../src/plan/selection.ts';
import { lab, roles } from './labs.ts';

function bartenderOf(of: Lab, count: number): TestBartender {
  return new TestBartender(planOrders(of, { selection: Selection.all(of), count }));
}

function bench(free: readonly string[]): BenchState {
  return { free: new Set(free), loaded: new Map(), firmwareReady: () => true, hostSlots: true };
}

test('what is asked for again comes before all that waits, whatever its rank, in the order of the plan, and once', () => {
  const of = lab({
    boards: { A: {} },
    tentacles: [['a1', 'A']],
    specs: [
      { name: 'urgent', priority: 5 },
      { name: 'one' },
      { name: 'both', roles: roles({ x: 'mcu' }) },
      { name: 'host', roles: [], priority: -1 },
    ],
  });
  const bartender = bartenderOf(of, 2);
  const next = () => {
    const decision = bartender.next(bench(['a1']));
    if (decision !== undefined) bartender.done(decision.order);
    return decision;
  };
  const all = Array.from({ length: 8 }, () => next()!.order);
  expect([bartender.left, next()]).toEqual([0, undefined]);
  const fresh = bartenderOf(of, 2);
  const failed = [fresh.next(bench(['a1']))!.order, fresh.next(bench([]))!.order];
  expect(failed.map(({ id }) => id)).toEqual(['URGENT[A]', 'HOST']);
  for (const order of failed) fresh.done(order);
  const left = fresh.left;
  expect(fresh.again(failed)).toEqual([]);
  expect([fresh.left, fresh.leftAgain, [...fresh.remaining()].length]).toEqual([left, 2, left]);
  expect([...fresh.waiting()].reduce((sum, { orders }) => sum + orders, 0)).toBe(left + 2);
  const first = fresh.next(bench(['a1']))!;
  expect([first.order.id, first.reasons[0]]).toEqual(['URGENT[A]', 'was asked for again by hand']);
  // Somebody else was faster: it is asked for as before.
  expect(fresh.giveBack(first.order)).toBeUndefined();
  expect([fresh.left, fresh.leftAgain]).toEqual([left, 2]);
  const served = Array.from({ length: 2 }, () => fresh.next(bench(['a1']))!.order);
  expect(served.map(({ id }) => id)).toEqual(['URGENT[A]', 'HOST']);
  for (const order of served) fresh.done(order);
  expect([fresh.leftAgain, fresh.next(bench(['a1']))!.order.id]).toEqual([0, 'URGENT[A]#2']);
  // The repeats of one spec keep their order.
  const repeats = all.filter(({ spec }) => spec === 'one');
  expect(bartender.again(repeats)).toEqual([]);
  expect([next()!.order.id, next()!.order.id, next()]).toEqual(['ONE[A]', 'ONE[A]#2', undefined]);
});

test('what is asked for again and nobody can serve is told, and what is forgotten is not served', () => {
  const of = lab({
    boards: { A: {}, B: {} },
    tentacles: [
      ['a1', 'A'],
      ['b1', 'B'],
    ],
    specs: [{ name: 'one' }],
  });
  const bartender = bartenderOf(of, 1);
  const orders = [bartender.next(bench(['a1', 'b1']))!.order, bartender.next(bench(['a1', 'b1']))!.order];
  for (const order of orders) bartender.done(order);
  expect(bartender.again(orders)).toEqual([]);
  expect([...bartender.abandon('a1', 'is lost')].map(({ order }) => order.id)).toEqual(['ONE[A]']);
  expect([bartender.left, bartender.leftAgain]).toEqual([0, 1]);
  const stranded = orders.find(({ id }) => id === 'ONE[A]')!;
  bartender.done(stranded);
  expect(bartender.again([stranded])).toMatchObject([{ order: { id: 'ONE[A]' }, cause: 'no-tentacle' }]);
  expect(bartender.forgetAgain().map(({ id }) => id)).toEqual(['ONE[B]']);
  expect([bartender.leftAgain, bartender.next(bench(['b1']))]).toEqual([0, undefined]);
});
