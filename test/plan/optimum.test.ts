import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lab } from '../../src/model/lab.ts';
import type { Order } from '../../src/model/order.ts';
import { lengthOf } from '../../src/plan/cursor.ts';
import type { PartnerPolicy } from '../../src/plan/partners.ts';
import { planOrders, type OrderPlan } from '../../src/plan/plan-orders.ts';
import { Selection } from '../../src/plan/selection.ts';
import { evening } from './evening.ts';
import { anyLab, lab, roles } from './labs.ts';

/** Labs in which everybody can partner everybody, so that the bound can be met: it does not know who can not. */
const pairs = fc
  .record({
    twins: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 8 }),
    single: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 6 }),
    double: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
    reference: fc.nat({ max: 2 }),
  })
  .map(({ twins, single, double, reference }) =>
    lab({
      boards: Object.fromEntries(twins.map((_, index) => [`B${index}`, { variants: ['', 'X'] }])),
      tentacles: twins.flatMap((many, index) =>
        Array.from({ length: many }, (_, n) => [`t${index}${n}`, `B${index}`] as const),
      ),
      specs: [
        ...single.map((n, index) => ({ name: `s${index}`, estimateMs: n * 1000 })),
        ...double.map((n, index) => ({
          name: `d${index}`,
          estimateMs: n * 1000,
          roles: roles({ one: 'mcu', two: 'mcu' }),
        })),
      ],
      reference: `B${reference}`,
    }),
  );

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

/**
 * What no evening can be shorter than, ms: the busiest board type over its twins, all work over all tentacles, the longest
 * order. `tighter` knows, too, that of five tentacles no more than two pairs can be made at the same time.
 */
function lowerBound(
  of: Lab,
  plan: OrderPlan,
): { readonly bound: number; readonly tighter: number; readonly longest: number } {
  const cursors = plan.cursors.filter(({ obstacle, role }) => obstacle === undefined && role !== undefined);
  const work = (own: typeof cursors, places: number): number =>
    own.reduce((sum, { estimateMs, repeats }) => sum + estimateMs * lengthOf(repeats), 0) / places;
  const usable = of.tentacles.filter(({ disabled }) => disabled === undefined);
  const all = cursors.flatMap((cursor) => cursor.spec.roles.map(() => cursor));
  const busiest = [...Map.groupBy(cursors, ({ firmware }) => firmware?.board)].map(([name, own]) =>
    name === undefined ? 0 : work(own, usable.filter(({ board }) => board === name).length),
  );
  const longest = Math.max(0, ...cursors.map(({ estimateMs }) => estimateMs));
  const bound = Math.max(work(all, usable.length), ...busiest, longest);
  const sets = [...Map.groupBy(cursors, ({ spec }) => spec.roles.length)].map(([size, own]) =>
    work(own, Math.floor(usable.length / size)),
  );
  return { bound, tighter: Math.max(bound, ...sets), longest };
}

function say(name: string, ratios: readonly number[]): { mean: number; worst: number } {
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  const worst = Math.max(...ratios);
  console.log(`${name}: ${ratios.length} labs, mean ${mean.toFixed(3)}, worst ${worst.toFixed(3)}`);
  return { mean, worst };
}

/** Evenings of small labs, over the shortest that there is. */
function againstOptimum(shape: Parameters<typeof anyLab>[0], partner: PartnerPolicy, labs: number): number[] {
  return fc.sample(anyLab({ priorities: 0, ...shape }), { numRuns: labs, seed: 1 }).flatMap((of) => {
    const plan = planOrders(of, { selection: Selection.all(of), partner });
    const orders = plan.cursors.filter(({ obstacle }) => obstacle === undefined);
    if (orders.length < 2 || orders.length > 6) return [];
    const todo = [...plan].flatMap((order, index) => {
      const { obstacle, estimateMs } = plan.cursors[index]!;
      return obstacle === undefined ? [{ ms: estimateMs, ways: bindingsOf(order, of) }] : [];
    });
    return [evening(of, plan).makespan / optimum(todo, of.tentacles.length + 1)];
  });
}

test('small labs: close to the shortest evening that there is', () => {
  const ratios = [
    ...againstOptimum({ boards: 2, tentacles: 4, specs: 3, roles: 2 }, 'prefer-reference', 3000),
    ...againstOptimum({ boards: 2, tentacles: 5, specs: 3, roles: 3 }, 'any', 300),
  ];
  const { mean, worst } = say('against the optimum', ratios);
  expect(ratios.length).toBeGreaterThan(1000);
  expect(Math.min(...ratios)).toBeGreaterThanOrEqual(1);
  expect(mean).toBeLessThanOrEqual(1.03);
  expect(worst).toBeLessThanOrEqual(1.25);
});

/** An evening of a large lab over both lower bounds, the usual first; large are those in which a single order does not matter. */
function againstBounds(of: Lab, partner: PartnerPolicy): (readonly [number, number])[] {
  const plan = planOrders(of, { selection: Selection.all(of), count: 10, partner });
  const { bound, tighter, longest } = lowerBound(of, plan);
  if (plan.counts.schedulable < 200 || bound < 20 * longest) return [];
  const { runs } = evening(of, plan, { hostSlots: 10_000 });
  const end = Math.max(...runs.filter(({ bindings }) => bindings.length > 0).map((run) => run.end));
  return [[end / bound, end / tighter]];
}

test('large labs: close to the lower bound', () => {
  const large = anyLab({ boards: 8, tentacles: 40, specs: 12, roles: 1, priorities: 0 });
  const labs = fc.sample(large, { numRuns: 150, seed: 2 });
  const { worst } = say(
    'against the lower bound',
    labs.flatMap((of) => againstBounds(of, 'any')).map(([ratio]) => ratio),
  );
  expect(worst).toBeLessThanOrEqual(1.05);
});

test('large labs of pairs: close to the lower bound, and no longer for a preferred partner', () => {
  const some = fc.sample(pairs, { numRuns: 60, seed: 3 });
  const others = fc.sample(pairs, { numRuns: 150, seed: 13 });
  for (const partner of ['any', 'prefer-reference'] as const) {
    const ratios = (labs: readonly Lab[]) => labs.flatMap((of) => againstBounds(of, partner));
    const usual = say(
      `pairs, --partner ${partner}`,
      ratios(some).map(([ratio]) => ratio),
    );
    expect(usual.mean).toBeLessThanOrEqual(1.01);
    expect(usual.worst).toBeLessThanOrEqual(1.05);
    const more = ratios(others);
    say(
      `more pairs, --partner ${partner}`,
      more.map(([ratio]) => ratio),
    );
    const tighter = more.map(([, ratio]) => ratio);
    const { mean, worst } = say(`… against the tighter bound`, tighter);
    expect(mean).toBeLessThanOrEqual(1.01);
    expect(worst).toBeLessThanOrEqual(1.1);
    // Few are not: those in which twins that share all their work should not do so.
    expect(tighter.filter((ratio) => ratio > 1.05).length).toBeLessThanOrEqual(tighter.length / 50);
  }
});
