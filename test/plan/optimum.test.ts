import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lab } from '../../src/model/lab.ts';
import { lengthOf } from '../../src/plan/cursor.ts';
import type { PartnerPolicy } from '../../src/plan/partners.ts';
import { planOrders, type OrderPlan } from '../../src/plan/plan-orders.ts';
import { Selection } from '../../src/plan/selection.ts';
import { evening } from './evening.ts';
import { anyLab, lab, roles } from './labs.ts';
import { shortest, shortestObeying, waysOf, type Todo } from './shortest.ts';

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

/** A small lab, what is to be done in it, and how long the bartender takes, ms; none: nothing to choose from, or too much. */
function smallEvening(
  of: Lab,
  partner: PartnerPolicy,
): readonly { readonly todo: readonly Todo[]; readonly places: number; readonly makespan: number }[] {
  const plan = planOrders(of, { selection: Selection.all(of), partner });
  const orders = plan.cursors.filter(({ obstacle }) => obstacle === undefined);
  if (orders.length < 2 || orders.length > 6) return [];
  const todo = [...plan].flatMap((order, index) => {
    const { obstacle, estimateMs, spec } = plan.cursors[index]!;
    return obstacle === undefined
      ? [{ ms: estimateMs, priority: spec.priority, ways: waysOf(order, of) }]
      : [];
  });
  return [{ todo, places: of.tentacles.length + 1, makespan: evening(of, plan).makespan }];
}

/** Evenings of small labs of one priority, over the shortest that there is. */
function againstOptimum(shape: Parameters<typeof anyLab>[0], partner: PartnerPolicy, labs: number): number[] {
  return fc
    .sample(anyLab({ priorities: 0, ...shape }), { numRuns: labs, seed: 1 })
    .flatMap((of) => smallEvening(of, partner))
    .map(({ todo, places, makespan }) => makespan / shortest(todo, places));
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

test('small labs of several priorities: close to the shortest evening that obeys them', () => {
  const labs = fc.sample(anyLab({ boards: 2, tentacles: 4, specs: 3, roles: 2, priorities: 2 }), {
    numRuns: 4000,
    seed: 8,
  });
  const evenings = labs
    .flatMap((of) => smallEvening(of, 'prefer-reference'))
    .filter(({ todo }) => new Set(todo.map(({ priority }) => priority)).size > 1);
  // What the bartender did obeys them, too: it is found among those that do.
  const ratios = evenings.map(
    ({ todo, places, makespan }) => makespan / shortestObeying(todo, places, makespan),
  );
  const { mean, worst } = say('against the optimum that obeys priorities', ratios);
  say(
    '… that does not',
    evenings.map(({ todo, places, makespan }) => makespan / shortest(todo, places)),
  );
  expect(ratios.length).toBeGreaterThan(600);
  expect(Math.min(...ratios)).toBeGreaterThanOrEqual(1);
  expect(mean).toBeLessThanOrEqual(1.01);
  expect(worst).toBeLessThanOrEqual(1.1);
});

test('the brute force: where there is one priority, obeying it costs nothing', () => {
  const labs = fc.sample(anyLab({ boards: 2, tentacles: 4, specs: 3, roles: 2, priorities: 0 }), {
    numRuns: 1000,
    seed: 9,
  });
  const evenings = labs.flatMap((of) => smallEvening(of, 'any'));
  expect(evenings.length).toBeGreaterThan(200);
  for (const { todo, places, makespan } of evenings)
    expect(shortestObeying(todo, places, makespan)).toBe(shortest(todo, places));
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
