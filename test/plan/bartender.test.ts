import { execFileSync } from 'node:child_process';
import path from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lab } from '../../src/model/lab.ts';
import { TestBartender } from '../../src/plan/bartender.ts';
import type { BenchState } from '../../src/plan/bench-state.ts';
import { testIdOf } from '../../src/plan/ids.ts';
import { planOrders, type PlanRequest } from '../../src/plan/plan-orders.ts';
import { Selection } from '../../src/plan/selection.ts';
import { evening, type EveningRun } from './evening.ts';
import { anyLab, lab, roles, shuffled } from './labs.ts';

const policies = ['any', 'prefer-reference', 'reference-only'] as const;

function planOf(of: Lab, more: Partial<PlanRequest> = {}) {
  return planOrders(of, { selection: Selection.all(of), ...more });
}

/** Everything free, all firmware there, nothing flashed yet. */
function bench(of: Lab, more: Partial<BenchState> = {}): BenchState {
  return {
    free: new Set(of.tentacles.map(({ id }) => id)),
    loaded: new Map(),
    firmwareReady: () => true,
    hostSlots: true,
    ...more,
  };
}

function expectNoOverlap(runs: readonly EveningRun[]): void {
  const byTentacle = Map.groupBy(
    runs.flatMap((run) => run.bindings.map(({ tentacle }) => ({ tentacle, run }))),
    ({ tentacle }) => tentacle,
  );
  const overlaps = [...byTentacle.values()].flatMap((uses) => {
    const own = uses.map(({ run }) => run).toSorted((a, b) => a.start - b.start || a.end - b.end);
    return own.filter((run, index) => index > 0 && run.start < own[index - 1]!.end);
  });
  expect(overlaps).toEqual([]);
}

test('any lab: no tentacle twice at once, each order served once, or unschedulable with its reason', () => {
  const request = fc.record({
    of: anyLab({ boards: 4, tentacles: 8, specs: 5 }),
    count: fc.integer({ min: 1, max: 3 }),
    partner: fc.constantFrom(...policies),
    lost: fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.nat({ max: 7 })), { maxLength: 2 }),
    errs: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
  });
  fc.assert(
    fc.property(request, ({ of, count, partner, lost, errs }) => {
      const plan = planOf(of, { count, partner });
      const planned = [...plan].map(({ id }) => id);
      expect(plan.counts.orders).toBe(planned.length);
      expect(new Set(planned).size).toBe(planned.length);
      const attempts = new Map<string, number>();
      const { runs, unschedulable, left } = evening(of, plan, {
        lost: new Map(
          lost.flatMap(([when, n]) => (of.tentacles[n] === undefined ? [] : [[when, of.tentacles[n].id]])),
        ),
        // Some first attempts err, where they were; the order has to come again.
        erred: ({ order, bindings }) => {
          const attempt = (attempts.get(order.id) ?? 0) + 1;
          attempts.set(order.id, attempt);
          const fails = attempt === 1 && errs[attempts.size % errs.length];
          return fails ? bindings.map(({ tentacle }) => tentacle) : undefined;
        },
      });
      expectNoOverlap(runs);
      const final = runs.filter(
        (run, index) => runs.findLastIndex(({ order }) => order.id === run.order.id) === index,
      );
      const stranded = new Set(unschedulable.map(({ order }) => order.id));
      expect(stranded.size).toBe(unschedulable.length);
      expect(unschedulable.every(({ reason }) => reason.length > 10)).toBe(true);
      // An order may have erred once and then lost its last tentacle.
      const ids = new Set([...final.map(({ order }) => order.id), ...stranded]);
      expect([...ids].toSorted()).toEqual(planned.toSorted());
      expect(left).toBe(0);
      for (const { order } of runs)
        expect(runs.filter((run) => run.order.id === order.id).length).toBeLessThanOrEqual(2);
      const names = runs.map(({ order, bindings }, index) =>
        testIdOf(order, bindings, runs.slice(0, index).filter((run) => run.order.id === order.id).length + 1),
      );
      expect(new Set(names).size).toBe(names.length);
      for (const { order, bindings } of runs) {
        expect(bindings.map(({ role }) => role).toSorted()).toEqual(
          order.demands.map(({ role }) => role).toSorted(),
        );
        for (const { role, feature, board, boardVariant, tentacle } of order.demands) {
          const binding = bindings.find((each) => each.role === role);
          const who = of.tentacles.find(({ id }) => id === binding?.tentacle);
          expect(who?.features).toContain(feature);
          if (board !== undefined) expect([who?.board, binding?.boardVariant]).toEqual([board, boardVariant]);
          if (tentacle !== undefined) expect(who?.id).toBe(tentacle);
          if (role !== order.role && partner === 'reference-only') expect(who?.board).toBe(of.reference);
        }
      }
    }),
    { numRuns: 2000, seed: 4 },
  );
});

function runsOf(of: Lab) {
  return evening(of, planOf(of)).runs.map(({ order, bindings, start }) => ({
    id: order.id,
    bindings,
    start,
  }));
}

test('any lab: the same evening, in whatever order its file names things', () => {
  fc.assert(
    fc.property(anyLab({ boards: 4, tentacles: 8, specs: 5 }), fc.func(fc.nat()), (of, by) => {
      const other = shuffled(of, by);
      expect(runsOf(other)).toEqual(runsOf(of));
    }),
    { numRuns: 1000, seed: 5 },
  );
});

test('serves by priority, then more roles, then where most work is left, then what is flashed already, then id', () => {
  const of = lab({
    boards: { A: { variants: ['', 'X'], features: ['mcu', 'wlan'] }, B: { features: ['mcu', 'wlan'] } },
    tentacles: [
      ['a1', 'A'],
      ['b1', 'B'],
    ],
    specs: [
      { name: 'late', priority: -1 },
      { name: 'single' },
      { name: 'other' },
      { name: 'double', roles: roles({ instance0: 'wlan', instance1: 'wlan' }) },
      { name: 'first', priority: 9, cover: 'once' },
      { name: 'host', roles: [] },
    ],
  });
  const { runs } = evening(of, planOf(of));
  // b1 has a third of the work: it is free early, and partners for what `once` and a1 leave open.
  expect(
    runs.map(({ order, bindings, start }) =>
      [start, order.id, ...bindings.map(({ tentacle }) => tentacle)].join(' '),
    ),
  ).toEqual([
    '0 FIRST[any] b1',
    '0 OTHER[A-X] a1',
    '0 HOST',
    '6000 DOUBLE[A-X,instance0] a1 b1',
    '12000 DOUBLE[A,instance0] a1 b1',
    '18000 DOUBLE[B,instance0] b1 a1',
    '24000 OTHER[A] a1',
    '24000 OTHER[B] b1',
    '30000 SINGLE[A] a1',
    '30000 SINGLE[B] b1',
    '36000 SINGLE[A-X] a1',
    '36000 LATE[B] b1',
    '42000 LATE[A-X] a1',
    '48000 LATE[A] a1',
  ]);
});

test('says why it decided so', () => {
  const of = lab({
    boards: { A: { features: ['wlan'] }, R: { features: ['wlan'] } },
    tentacles: [
      ['a1', 'A'],
      ['a2', 'A'],
      ['r1', 'R'],
    ],
    specs: [{ name: 'net', roles: roles({ one: 'wlan', two: 'wlan' }), priority: 3, estimateMs: 120_000 }],
    reference: 'R',
  });
  const decision = new TestBartender(planOf(of)).next(
    bench(of, { firmwareOf: () => 'f00', loaded: new Map([['a2', 'f00']]) }),
  );
  expect(decision).toMatchObject({
    order: { id: 'NET[R,one]' },
    bindings: [
      { role: 'one', tentacle: 'r1' },
      { role: 'two', tentacle: 'a2' },
    ],
    reasons: ['priority 3', '2 roles', '1 tentacle can cover it, with 3 min of work left each'],
  });
});

test('twins share the orders of their board-variant, and each keeps its firmware', () => {
  const of = lab({
    boards: { A: { variants: ['', 'X'] } },
    tentacles: [
      ['a1', 'A'],
      ['a2', 'A'],
    ],
    specs: [{ name: 'one' }, { name: 'two' }, { name: 'three' }],
  });
  const { runs, makespan } = evening(of, planOf(of));
  expect(makespan).toBe(3 * 6000);
  const flashes = Map.groupBy(runs, ({ bindings }) => bindings[0]?.tentacle)
    .values()
    .map((own) => new Set(own.map(({ bindings }) => bindings[0]?.boardVariant)).size);
  expect([...flashes]).toEqual([1, 1]);
});

test('an order that erred goes to a twin, waits for it, and returns when there is none', () => {
  const of = lab({
    boards: { A: {} },
    tentacles: [
      ['a1', 'A'],
      ['a2', 'A'],
    ],
    specs: [{ name: 'one' }, { name: 'two' }],
  });
  const bartender = new TestBartender(planOf(of));
  const first = bartender.next(bench(of))!;
  const second = bartender.next(bench(of, { free: new Set(['a2']) }))!;
  expect([first, second].map(({ order, bindings }) => [order.id, bindings[0]?.tentacle])).toEqual([
    ['ONE[A]', 'a1'],
    ['TWO[A]', 'a2'],
  ]);
  expect(bartender.giveBack(first.order, ['a1'])).toBeUndefined();
  expect(bartender.next(bench(of, { free: new Set(['a1']) }))).toBeUndefined();
  const again = bartender.next(bench(of))!;
  expect([again.order.id, again.bindings[0]?.tentacle, again.reasons[0]]).toEqual([
    'ONE[A]',
    'a2',
    'erred before on a1',
  ]);
  bartender.giveBack(again.order, ['a1', 'a2']);
  expect(bartender.next(bench(of, { free: new Set(['a1']) }))?.order.id).toBe('ONE[A]');
  expect(() => bartender.giveBack({ ...first.order, id: 'X', spec: 'nobody' })).toThrow('Internal error');
});

test('of two that erred, one that can be served does not wait behind one that can not', () => {
  const of = lab({
    boards: { A: {} },
    tentacles: [
      ['a1', 'A'],
      ['a2', 'A'],
    ],
    specs: [{ name: 'one' }, { name: 'high', priority: 1 }],
  });
  const bartender = new TestBartender(planOf(of, { count: 2 }));
  const next = (free: string, high = false) =>
    bartender.next(bench(of, { free: new Set([free]), resourcesFree: (spec) => (spec === 'high') === high }));
  const [first, second] = [next('a1')!.order, next('a2')!.order];
  bartender.giveBack(first, ['a1']);
  bartender.giveBack(second, ['a2']);
  expect(next('a2', true)?.order.id).toBe('HIGH[A]');
  expect(next('a1')).toMatchObject({ order: { id: 'ONE[A]#2' }, bindings: [{ tentacle: 'a1' }] });
  expect(next('a2')).toMatchObject({ order: { id: 'ONE[A]' }, bindings: [{ tentacle: 'a2' }] });
});

test('an order that is given back is served at its rank again, before what was never served', () => {
  const of = lab({ boards: { A: {} }, tentacles: [['a1', 'A']], specs: [{ name: 'one' }, { name: 'two' }] });
  const bartender = new TestBartender(planOf(of, { count: 2 }));
  const next = () => bartender.next(bench(of))!.order;
  const [first, second] = [next(), next()];
  expect([first.id, second.id]).toEqual(['ONE[A]', 'ONE[A]#2']);
  for (const order of [second, first]) bartender.giveBack(order, ['a1']);
  expect([...bartender.remaining()].map(({ id }) => id)).toEqual([
    'ONE[A]',
    'ONE[A]#2',
    'TWO[A]',
    'TWO[A]#2',
  ]);
  expect([next().id, next().id, next().id, next().id, bartender.next(bench(of))]).toEqual([
    'ONE[A]',
    'ONE[A]#2',
    'TWO[A]',
    'TWO[A]#2',
    undefined,
  ]);
  bartender.giveBack(second);
  expect(() => bartender.giveBack(second)).toThrow('given back once');
});

test('a tentacle that is given up: its orders go to twins, or are unschedulable with the reason', () => {
  const of = lab({
    boards: { A: {}, B: {} },
    tentacles: [
      ['a1', 'A'],
      ['a2', 'A'],
      ['b1', 'B'],
    ],
    specs: [
      { name: 'one', estimateMs: 1000 },
      { name: 'both', roles: roles({ x: 'mcu', y: 'mcu' }) },
    ],
  });
  const bartender = new TestBartender(planOf(of, { count: 2 }));
  expect(bartender.left).toBe(8);
  expect([...bartender.abandon('a1', 'is quarantined: no boot')]).toEqual([]);
  const served = bartender.next(bench(of))!;
  expect(served.bindings.map(({ tentacle }) => tentacle)).not.toContain('a1');
  const stranded = bartender.abandon('b1', 'is lost');
  const told = [...stranded].map(({ order, cause, reason }) => `${order.id} ${cause} ${reason}`);
  expect(told).toEqual([...stranded].map(({ order, cause, reason }) => `${order.id} ${cause} ${reason}`));
  expect(told).toContain('ONE[B]#2 no-tentacle No tentacle can serve (B with mcu): b1 is lost.');
  expect(told).toContain(
    'BOTH[A,x]#2 no-partner No partner for role y (mcu): a1 is quarantined: no boot; b1 is lost.',
  );
  expect(bartender.left).toBe(2);
  expect(bartender.giveBack(served.order)).toMatchObject({
    order: { id: served.order.id },
    cause: expect.any(String),
  });
  expect([...bartender.remaining()].map(({ id }) => id)).toEqual(['ONE[A]', 'ONE[A]#2']);
});

test('partners: never itself, the reference first, and only the reference when asked', () => {
  const net = { name: 'net', roles: roles({ one: 'wlan', two: 'wlan' }), cover: 'each-role' as const };
  const of = lab({
    boards: { A: { features: ['wlan'] }, R: { features: ['wlan'] } },
    tentacles: [
      ['a1', 'A'],
      ['r1', 'R'],
      ['r2', 'R', { disabled: 'on loan' }],
    ],
    specs: [net],
    reference: 'R',
  });
  const told = (partner: (typeof policies)[number]) => ({
    runs: evening(of, planOf(of, { partner }))
      .runs.map(
        ({ order, bindings }) =>
          `${order.id} ${bindings.map(({ role, tentacle }) => `${role}=${tentacle}`).join(' ')}`,
      )
      .toSorted(),
    unschedulable: [...planOf(of, { partner }).unschedulable].map(
      ({ order, reason }) => `${order.id} ${reason}`,
    ),
  });
  const onA = ['NET[A,one] one=a1 two=r1', 'NET[A,two] two=a1 one=r1'];
  expect(told('prefer-reference')).toEqual({
    runs: [...onA, 'NET[R,one] one=r1 two=a1', 'NET[R,two] two=r1 one=a1'],
    unschedulable: [],
  });
  expect(told('reference-only')).toEqual({
    runs: onA,
    unschedulable: [
      'NET[R,one] No partner for role two (wlan on the reference board R): r2 is disabled: on loan.',
      'NET[R,two] No partner for role one (wlan on the reference board R): r2 is disabled: on loan.',
    ],
  });
});

/** A takes 6 s and B half a second more, whence they are never free at the same time. */
function tookOutOfStep(order: { spec: string; boardVariant?: string }): number {
  return (order.spec === 'head' ? 1000 : 6000) + (order.boardVariant === 'A' ? 0 : 500);
}

test('a multi-role order is not starved by single-role ones that never leave both its tentacles free', () => {
  const of = lab({
    boards: { A: { features: ['mcu', 'wlan'] }, B: { features: ['mcu', 'wlan'] } },
    tentacles: [
      ['a1', 'A'],
      ['b1', 'B'],
    ],
    specs: [
      // Higher priority, so that both are busy and out of step before the pair is first asked for.
      { name: 'head', priority: 1, estimateMs: 1000 },
      { name: 'single' },
      { name: 'pair', roles: roles({ one: 'wlan', two: 'wlan' }), cover: 'once' },
    ],
  });
  const { runs } = evening(of, planOf(of, { count: 20 }), { took: tookOutOfStep });
  const pair = runs.findIndex(({ order }) => order.spec === 'pair');
  expect(runs.slice(0, pair).filter(({ order }) => order.spec === 'single').length).toBeLessThanOrEqual(3);
});

test('what is not free, built or unlocked is not served, and host-only orders need a slot', () => {
  const of = lab({
    boards: { A: { variants: ['', 'X'] } },
    tentacles: [['a1', 'A']],
    specs: [{ name: 'one' }, { name: 'lonely', roles: [] }, { name: 'locked', priority: 5 }],
  });
  const bartender = new TestBartender(planOf(of));
  const next = (more: Partial<BenchState>) =>
    bartender.next(bench(of, { resourcesFree: (name) => name !== 'locked', ...more }))?.order.id;
  expect(next({ free: new Set(), hostSlots: false })).toBeUndefined();
  expect(next({ firmwareReady: (boardVariant) => boardVariant === 'A-X', hostSlots: false })).toBe(
    'ONE[A-X]',
  );
  expect(next({ free: new Set() })).toBe('LONELY');
  expect(next({ free: new Set() })).toBeUndefined();
  expect(next({})).toBe('ONE[A]');
  expect(next({})).toBeUndefined();
  expect(next({ resourcesFree: () => true })).toBe('LOCKED[A]');
});

test('a plan of ten million orders: counts and a first decision without making them', () => {
  const names = Array.from({ length: 200 }, (_, index) => `B${index}`);
  const of = lab({
    boards: Object.fromEntries(names.map((name) => [name, { variants: ['', 'X'] }])),
    tentacles: names.map((name) => [`t-${name}`, name] as const),
    specs: Array.from({ length: 25 }, (_, index) => ({ name: `s${index}` })),
  });
  const plan = planOf(of, { count: 1000 });
  expect(plan.counts).toMatchObject({ orders: 10_000_000, schedulable: 10_000_000, unschedulable: 0 });
  const bartender = new TestBartender(plan);
  expect(bartender.next(bench(of))?.order.id).toBe('S0[B0-X]');
  expect(bartender.left).toBe(9_999_999);
});

test('ten million orders cost what their cursors cost: the memory of the whole process stays under 200 MB', () => {
  const script = path.resolve(import.meta.dirname, '..', '..', 'bench', 'ten-million-orders.ts');
  const told = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as {
    readonly orders: number;
    readonly left: number;
    readonly maxRssMb: number;
  };
  expect(told).toMatchObject({ orders: 10_000_000, left: 9_999_999 });
  expect(told.maxRssMb).toBeLessThan(200);
});

/** More orders than those that are searched through: the rule alone speaks. */
const MANY = 20;

test('a stage that is ready is better than firmware that is there', () => {
  const of = lab({
    boards: { A: {} },
    tentacles: [
      ['a1', 'A'],
      ['a2', 'A'],
    ],
    specs: [{ name: 'one' }, { name: 'two' }],
  });
  const twoIsUp = { stageReady: (spec: string, tentacle: string) => spec === 'two' && tentacle === 'a2' };
  const next = (more: Partial<BenchState>) =>
    new TestBartender(planOf(of, { count: MANY })).next(bench(of, more));
  expect(next({})).toMatchObject({ order: { id: 'ONE[A]' }, bindings: [{ tentacle: 'a1' }] });
  expect(next(twoIsUp)).toMatchObject({ order: { id: 'TWO[A]' }, bindings: [{ tentacle: 'a2' }] });
  expect(next(twoIsUp)?.reasons.at(-1)).toBe('its stage is ready on a2');
  // Of twins that both carry the firmware, the one with the stage saves more.
  const loaded = new Map([
    ['a1', 'sha'],
    ['a2', 'sha'],
  ]);
  const both = { ...twoIsUp, loaded, firmwareOf: () => 'sha' };
  const two = { ...of, specs: of.specs.filter(({ name }) => name === 'two') };
  const only = planOf(two, { count: MANY });
  expect(new TestBartender(only).next(bench(of, both))).toMatchObject({ bindings: [{ tentacle: 'a2' }] });
});

test('history tells where most work is left, better than estimates do', () => {
  const of = lab({
    boards: { A: {}, B: {} },
    tentacles: [
      ['a1', 'A'],
      ['b1', 'B'],
    ],
    specs: [{ name: 'one' }],
  });
  const first = (history: ReadonlyMap<string, number>) =>
    new TestBartender(planOf(of, { count: MANY, history })).next(bench(of))?.order.id;
  expect(first(new Map())).toBe('ONE[A]');
  expect(first(new Map([['ONE[B]', 60_000]]))).toBe('ONE[B]');
  const { counts, specs } = planOf(of, { history: new Map([['ONE[B]', 60_000]]) });
  expect([counts.workMs, specs[0]?.estimateMs]).toEqual([66_000, 33_000]);
  const odd = (ms: number) =>
    planOf(of, { history: new Map([['ONE[B]', ms]]) }).cursors.map(({ estimateMs }) => estimateMs);
  expect([Number.NaN, Infinity, -1, 0, 1234.5].map((ms) => odd(ms)[1])).toEqual([6000, 6000, 6000, 0, 1235]);
});

/** A, B and the reference R partner each other; R has work of its own, so many ms a time. */
function labWithReference(alone: number): Lab {
  return lab({
    boards: {
      A: { features: ['wlan'] },
      B: { features: ['wlan', 'ble'] },
      R: { features: ['wlan', 'mcu'] },
    },
    tentacles: [
      ['a1', 'A'],
      ['b1', 'B'],
      ['r1', 'R'],
    ],
    specs: [
      { name: 'net', roles: roles({ one: 'wlan', two: 'wlan' }) },
      { name: 'own', estimateMs: alone },
    ],
    reference: 'R',
  });
}

/** Who partners a1, order by order. */
function partnersOfA(alone: number) {
  const of = labWithReference(alone);
  const { runs } = evening(of, planOf(of, { count: MANY }));
  const onA = runs.filter(({ bindings }) => bindings[0]?.tentacle === 'a1');
  return onA.map(({ bindings }) => bindings[1]?.tentacle);
}

test('the reference board is no partner where that lengthens the evening', () => {
  // Later it partners where nobody else is free.
  expect(partnersOfA(1000)[0]).toBe('r1');
  expect(partnersOfA(60_000)[0]).toBe('b1');
});

test('the last orders: a tentacle waits on purpose where the evening ends sooner for it', () => {
  const of = lab({
    boards: {
      A: { features: ['wlan', 'mcu'] },
      B: { features: ['wlan', 'ble'] },
      C: { features: ['mcu', 'spi'] },
    },
    tentacles: [
      ['a1', 'A'],
      ['b1', 'B'],
      ['c1', 'C'],
    ],
    specs: [
      { name: 'head-b', priority: 1, roles: roles({ dut: 'ble' }), estimateMs: 1000 },
      { name: 'head-c', priority: 1, roles: roles({ dut: 'spi' }), estimateMs: 2000 },
      { name: 'pair', roles: roles({ one: 'wlan', two: 'wlan' }), cover: 'once', estimateMs: 9000 },
      { name: 'single', cover: 'once', estimateMs: 9000 },
    ],
  });
  // The rule alone would give a1 to the single at once, and the pair would come last: 18 s.
  const { runs } = evening(of, planOf(of));
  expect(
    runs.slice(2).map(({ order, start, bindings }) => `${start} ${order.id} ${bindings[0]?.tentacle}`),
  ).toEqual(['1000 PAIR[any] b1', '2000 SINGLE[any] c1']);
});

test('an order that erred returns to where it erred when no other tentacle could cover it and find partners', () => {
  const of = lab({
    boards: { A: { features: ['mcu', 'wlan'] }, B: {} },
    tentacles: [
      ['a1', 'A'],
      ['a2', 'A'],
      ['b1', 'B'],
    ],
    specs: [{ name: 'trio', roles: roles({ one: 'mcu', two: 'wlan', three: 'wlan' }), cover: 'once' }],
  });
  const bartender = new TestBartender(planOf(of));
  const first = bartender.next(bench(of))!;
  expect(first.bindings[0]?.tentacle).toBe('b1');
  bartender.giveBack(first.order, ['b1']);
  expect(bartender.next(bench(of))?.bindings).toEqual(first.bindings);
});
