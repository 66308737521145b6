import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lab } from '../../src/model/lab.ts';
import type { Order } from '../../src/model/order.ts';
import { planOrders, type OrderPlan } from '../../src/plan/plan-orders.ts';
import { Selection } from '../../src/plan/selection.ts';
import { evening } from './evening.ts';
import { anyLab } from './labs.ts';

/** Every way in which an order could be bound, as lists of tentacle indices; one empty list for a host-only order. */
function bindingsOf(order: Order, of: Lab): number[][] {
  let ways: number[][] = [[]];
  for (const { feature, board, tentacle } of order.demands)
    ways = ways.flatMap((way) =>
      of.tentacles.flatMap((each, index) =>
        each.disabled === undefined &&
        !way.includes(index) &&
        each.features.includes(feature) &&
        (board === undefined || each.board === board) &&
        (tentacle === undefined || each.id === tentacle)
          ? [[...way, index]]
          : [],
      ),
    );
  const host = of.tentacles.length;
  const sets = ways.map((way) => (way.length === 0 ? [host] : way.toSorted((a, b) => a - b)));
  return [...new Map(sets.map((way) => [way.join(), way])).values()];
}

/** The shortest evening that there is: every sequence of the orders, each started as early as can be, on whatever can do it. */
function optimum(
  orders: readonly { readonly ms: number; readonly ways: number[][] }[],
  places: number,
): number {
  let best = Infinity;
  const clocks = Array.from({ length: places }, () => 0);
  const used = orders.map(() => false);
  const go = (left: number, end: number): void => {
    if (end >= best) return;
    if (left === 0) {
      best = end;
      return;
    }
    for (const [index, { ms, ways }] of orders.entries()) {
      if (used[index]) continue;
      used[index] = true;
      for (const way of ways) {
        const before = way.map((place) => clocks[place]!);
        const over = Math.max(...before) + ms;
        for (const place of way) clocks[place] = over;
        go(left - 1, Math.max(end, over));
        for (const [n, place] of way.entries()) clocks[place] = before[n]!;
      }
      used[index] = false;
    }
  };
  go(orders.length, 0);
  return best;
}

function lowerBound(of: Lab, plan: OrderPlan, ms: (order: Order) => number): number {
  const orders = plan.cursors.filter(({ obstacle }) => obstacle === undefined);
  const total = orders.reduce((sum, { spec }) => sum + spec.estimateMs * spec.roles.length, 0);
  const usable = of.tentacles.filter(({ disabled }) => disabled === undefined);
  const boards = Map.groupBy(orders, ({ firmware }) => firmware?.board);
  const busiest = [...boards].map(([board, own]) =>
    board === undefined
      ? 0
      : own.reduce((sum, { spec }) => sum + spec.estimateMs, 0) /
        usable.filter((each) => each.board === board).length,
  );
  return Math.max(total / Math.max(1, usable.length), ...busiest, ...[...plan].map(ms));
}

function say(name: string, ratios: readonly number[]): { mean: number; worst: number } {
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  const worst = Math.max(...ratios);
  console.log(`${name}: ${ratios.length} labs, mean ${mean.toFixed(3)}, worst ${worst.toFixed(3)}`);
  return { mean, worst };
}

test('small labs: close to the shortest evening that there is', () => {
  const small = anyLab({ boards: 2, tentacles: 4, specs: 3, roles: 2, priorities: 0 });
  const ratios: number[] = [];
  for (const of of fc.sample(small, { numRuns: 3000, seed: 1 })) {
    const plan = planOrders(of, { selection: Selection.all(of) });
    const orders = plan.cursors.filter(({ obstacle }) => obstacle === undefined);
    if (orders.length < 2 || orders.length > 6) continue;
    const ms = new Map(of.specs.map(({ name, estimateMs }) => [name, estimateMs]));
    const todo = [...plan]
      .filter((_, index) => plan.cursors[index]?.obstacle === undefined)
      .map((order) => ({ ms: ms.get(order.spec)!, ways: bindingsOf(order, of) }));
    ratios.push(evening(of, plan).makespan / optimum(todo, of.tentacles.length + 1));
  }
  const { mean, worst } = say('against the optimum', ratios);
  expect(Math.min(...ratios)).toBeGreaterThanOrEqual(1);
  expect(mean).toBeLessThanOrEqual(1.03);
  expect(worst).toBeLessThanOrEqual(1.6);
});

test('large labs: close to the lower bound', () => {
  const large = anyLab({ boards: 8, tentacles: 40, specs: 12, roles: 1, priorities: 0 });
  const ratios: number[] = [];
  for (const of of fc.sample(large, { numRuns: 150, seed: 2 })) {
    const plan = planOrders(of, { selection: Selection.all(of), count: 5 });
    if (plan.counts.schedulable < 200) continue;
    const ms = new Map(of.specs.map(({ name, estimateMs }) => [name, estimateMs]));
    const bound = lowerBound(of, plan, () => 0) * 5;
    const longest = Math.max(...ms.values());
    ratios.push(evening(of, plan, { hostSlots: 1000 }).makespan / Math.max(bound, longest));
  }
  expect(say('against the lower bound', ratios).mean).toBeLessThanOrEqual(1.05);
});
