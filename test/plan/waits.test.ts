import { expect, test } from 'vitest';
import { TestBartender } from '../../src/plan/bartender.ts';
import { planOrders } from '../../src/plan/plan-orders.ts';
import { Selection } from '../../src/plan/selection.ts';
import { whyWaiting, type BenchNow } from '../../src/plan/waits.ts';
import { lab, roles, type Sketch } from './labs.ts';

const NOTHING: BenchNow = {
  runs: [],
  away: new Map(),
  firmware: new Map(),
  jobs: undefined,
  hostSlots: 2,
};
const PLAIN = { uses: {}, isolated: false };

/** A run on the host that uses the bus. */
const user = (how: 'exclusive' | 'shared'): BenchNow['runs'] => [
  { run: 'USER', spec: { uses: { bus: how }, isolated: false }, tentacles: [], forMs: 0 },
];

/** `SPEC orders: reason; reason` of what waits on a bench. */
function waits(sketch: Sketch, bench: Partial<BenchNow>): string[] {
  const here = { ...lab(sketch), ...(bench.resources === undefined ? {} : { resources: bench.resources }) };
  const plan = planOrders(here, { selection: Selection.all(here) });
  return whyWaiting(new TestBartender(plan).waiting(), { ...NOTHING, ...bench }).map(
    ({ spec, orders, reasons }) => `${spec} ${orders}: ${reasons.join('; ')}`,
  );
}

const TWO: Sketch = {
  boards: { PICO: { variants: ['', 'RISCV'], features: ['mcu', 'wlan'] } },
  tentacles: [
    ['a', 'PICO'],
    ['b', 'PICO'],
  ],
};

test('a tentacle is busy with a run of ours, or held by somebody: each that could serve is told', () => {
  const specs = [{ name: 'smoke' }];
  const runs = [{ run: 'NET[a-PICO]', spec: PLAIN, tentacles: ['a'], forMs: 250_000 }];
  const away = new Map([['b', 'is held by ann (pid 12, "testbed run") for 3 min']]);
  expect(waits({ ...TWO, specs }, { runs, away })).toEqual([
    'smoke 2: a is busy with NET[a-PICO] for 4 min; b is held by ann (pid 12, "testbed run") for 3 min',
  ]);
  expect(waits({ ...TWO, specs }, { runs })).toEqual([
    'smoke 2: nothing is in the way: others are served first',
  ]);
});

test('a tentacle that serves nobody any more is no reason to wait', () => {
  const here = lab({ ...TWO, specs: [{ name: 'smoke' }] });
  const bartender = new TestBartender(planOrders(here, { selection: Selection.all(here) }));
  expect([...bartender.abandon('b', 'is quarantined')]).toEqual([]);
  const runs = [{ run: 'NET', spec: PLAIN, tentacles: ['a'], forMs: 1000 }];
  expect(whyWaiting(bartender.waiting(), { ...NOTHING, runs })).toEqual([
    { spec: 'smoke', orders: 2, reasons: ['a is busy with NET for 1 s'] },
  ]);
});

test('partners are told by their role, when who covers would be free', () => {
  const specs = [{ name: 'net', roles: roles({ instance0: 'wlan', instance1: 'wlan' }) }];
  const away = new Map([['b', 'is held by ann']]);
  expect(waits({ ...TWO, specs }, { away })).toEqual(['net 2: role instance1: b is held by ann']);
});

test('firmware that is not there yet: the variant of who covers, or the default one of a partner', () => {
  const specs = [
    { name: 'smoke' },
    { name: 'net', cover: 'once' as const, roles: roles({ dut: 'mcu', peer: 'wlan' }) },
  ];
  expect(waits({ ...TWO, specs }, { firmware: new Map([['PICO-RISCV', 'is being built']]) })).toEqual([
    'net 1: nothing is in the way: others are served first',
    'smoke 2: firmware for PICO-RISCV is being built; nothing is in the way: others are served first',
  ]);
  expect(waits({ ...TWO, specs }, { firmware: new Map([['PICO', 'is being built']]) })).toEqual([
    'net 1: firmware for PICO is being built',
    'smoke 2: nothing is in the way: others are served first; firmware for PICO is being built',
  ]);
});

test('resources: who has one alone keeps all away, who shares it only those that want it alone', () => {
  const specs = [
    { name: 'alone', roles: [], uses: { bus: 'exclusive' as const } },
    { name: 'together', roles: [], uses: { bus: 'shared' as const } },
    { name: 'other', roles: [], uses: { net: 'exclusive' as const } },
  ];
  const free = 'nothing is in the way: others are served first';
  expect(waits({ specs }, { runs: user('exclusive') }).toSorted()).toEqual([
    'alone 1: resource bus is taken by USER',
    `other 1: ${free}`,
    'together 1: resource bus is taken by USER',
  ]);
  expect(waits({ specs }, { runs: user('shared') }).toSorted()).toEqual([
    'alone 1: resource bus is taken by USER',
    `other 1: ${free}`,
    `together 1: ${free}`,
  ]);
});

test('a part of a resource: it is taken when too little of it is left', () => {
  const specs = [{ name: 'two', roles: [], uses: { cores: 2 } }];
  const runs = [{ run: 'USER', spec: { uses: { cores: 2 }, isolated: false }, tentacles: [], forMs: 0 }];
  expect(waits({ specs }, { runs, resources: { cores: 3 } })).toEqual([
    'two 1: resource cores is taken by USER',
  ]);
  expect(waits({ specs }, { runs, resources: { cores: 4 } })).toEqual([
    'two 1: nothing is in the way: others are served first',
  ]);
});

test('isolated runs: one waits for all others, all others wait for one', () => {
  const runs = ['A', 'B', 'C', 'D', 'E'].map((run) => ({ run, spec: PLAIN, tentacles: [], forMs: 0 }));
  expect(waits({ specs: [{ name: 'alone', roles: [], isolated: true }] }, { runs })).toEqual([
    'alone 1: it wants the bench alone, and A, B, C and 2 more run on it',
  ]);
  const [one] = runs;
  const isolated = [{ ...one!, spec: { uses: {}, isolated: true } }];
  expect(waits({ specs: [{ name: 'any', roles: [] }] }, { runs: isolated })).toEqual([
    'any 1: A has the bench alone',
  ]);
});

test('places: --jobs for all, cores for runs on the host', () => {
  const sketch = { ...TWO, specs: [{ name: 'smoke' }, { name: 'host', roles: [] }] };
  const runs = ['A', 'B'].map((run) => ({ run, spec: PLAIN, tentacles: [], forMs: 0 }));
  expect(waits(sketch, { runs })).toEqual([
    'smoke 2: nothing is in the way: others are served first',
    'host 1: all 2 places for runs on the host are taken by A and B',
  ]);
  expect(waits(sketch, { runs, jobs: 2 })).toEqual([
    'smoke 2: --jobs 2 are taken by A and B',
    'host 1: --jobs 2 are taken by A and B',
  ]);
});
