import { expect, test } from 'vitest';
import type { Lab } from '../../src/model/lab.ts';
import { explainOrders, explainSpecs, type ExplainedOrder } from '../../src/plan/explain.ts';
import { whatWouldHelp, type HelpAnswer } from '../../src/plan/explain-help.ts';
import type { PartnerPolicy } from '../../src/plan/partners.ts';
import { planOrders } from '../../src/plan/plan-orders.ts';
import { readSelectors, parseSelection } from '../../src/plan/select.ts';
import { Selection } from '../../src/plan/selection.ts';
import { lab, roles } from './labs.ts';

const bench = lab({
  boards: {
    A: { features: ['mcu', 'wlan'] },
    B: { features: ['mcu', 'wlan'] },
    C: {},
    D: { features: ['ble'] },
  },
  reference: 'B',
  tentacles: [
    ['a1', 'A'],
    ['b1', 'B'],
    ['b2', 'B', { disabled: 'bent connector' }],
    ['c1', 'C', { features: ['mcu', 'wire'] }],
  ],
  specs: [
    { name: 'net', roles: roles({ left: 'wlan', right: 'wlan' }), estimateMs: 60_000 },
    { name: 'each', cover: 'each-tentacle', roles: roles({ dut: 'wlan' }), estimateMs: 1000 },
    { name: 'wired', roles: roles({ dut: 'wire' }), estimateMs: 300_000 },
    { name: 'air', roles: roles({ dut: 'ble' }) },
    { name: 'docs', roles: [] },
  ],
});

interface Question {
  readonly of?: Lab;
  readonly explain: readonly string[];
  readonly skip?: readonly string[];
  readonly count?: number;
  readonly partner?: PartnerPolicy;
  readonly broken?: ReadonlyMap<string, string>;
}

function ask({
  of = bench,
  explain,
  skip = [],
  count = 1,
  partner = 'prefer-reference',
  broken = new Map(),
}: Question) {
  const answer = parseSelection({ only: [], skip, tests: [] }, of);
  const { selectors, faults } = readSelectors('--explain', explain, of);
  if (!answer.ok) throw new Error(answer.faults.join('\n'));
  expect(faults).toEqual([]);
  const request = { count, partner, broken };
  const plan = planOrders(of, { ...request, selection: answer.selection });
  const asked = planOrders(of, { ...request, selection: new Selection(selectors, [], [], of.specs) });
  const specs = explainSpecs({ lab: of, plan, asked, selectors });
  const help = (): HelpAnswer =>
    whatWouldHelp({
      today: { lab: of, broken },
      plan,
      replan: (state) =>
        planOrders(state.lab, { ...request, selection: answer.selection, broken: state.broken }),
      cursors: asked.cursors,
      features: [
        ...asked.cursors.flatMap(({ spec }) => spec.roles),
        ...specs.flatMap((each) => each.roles),
      ].map(({ feature }) => feature),
      evening: { hostSlots: 1, flash: 'skip' },
    });
  return { orders: [...explainOrders({ lab: of, plan, asked })], specs, help };
}

/** `role tentacle + reason`, `-` for those who can not. */
function reasons({ roles: all }: Pick<ExplainedOrder, 'roles'>): string[] {
  return all.flatMap(({ role, tentacles }) =>
    tentacles.map(({ tentacle, usable, reason }) => `${role} ${tentacle} ${usable ? '+' : '-'} ${reason}`),
  );
}

test('each tentacle, in each role of an order, and why it is or is not usable', () => {
  const [order, ...others] = ask({ explain: ['net', 'board:A'], count: 3 }).orders;
  expect(others).toEqual([]);
  expect(order).toMatchObject({
    id: 'NET[A,left]',
    spec: 'net',
    boardVariant: 'A',
    orders: 3,
    schedulable: true,
    reason: null,
    estimateMs: 60_000,
  });
  expect(reasons(order!)).toEqual([
    'left a1 + can serve',
    'left b1 - is of another board',
    'left b2 - is of another board',
    'left c1 - is of another board',
    'right a1 - is the only one who can cover it',
    'right b1 + can serve, and is preferred: it is of the reference board',
    'right b2 - is disabled: bent connector',
    'right c1 - has no wlan',
  ]);
});

test('what the command line leaves out is said to be left out', () => {
  const skipped = ask({ explain: ['id:NET[B,left]'], skip: ['tentacle:a1'] }).orders;
  expect(skipped.map(({ reason }) => reason)).toEqual([
    'No partner for role right (wlan): b2 is disabled: bent connector.',
  ]);
  expect(reasons(skipped[0]!)).toEqual([
    'left a1 - is left out by --skip',
    'left b1 - leaves nobody for the other roles',
    'left b2 - is disabled: bent connector',
    'left c1 - is of another board',
    'right a1 - is left out by --skip',
    'right b1 - is the only one who can cover it',
    'right b2 - is disabled: bent connector',
    'right c1 - has no wlan',
  ]);
  const whole = ask({ explain: ['wired'], skip: ['wired'] }).orders;
  expect(whole).toMatchObject([
    {
      id: 'WIRED[C]',
      orders: 0,
      schedulable: false,
      reason: 'It is not in this plan: --only or --skip leaves it out.',
    },
  ]);
});

test('an order for one tentacle alone, a policy, a tentacle that is not there, an order for the host', () => {
  const [each] = ask({ explain: ['id:EACH[B@b1]'] }).orders;
  expect(reasons(each!).slice(1, 3)).toEqual([
    'dut b1 + can serve',
    'dut b2 - does not cover it: this order is for b1 alone',
  ]);
  const [net] = ask({ explain: ['id:NET[B,left]'], partner: 'reference-only' }).orders;
  expect(reasons(net!)[4]).toBe('right a1 - is not of the reference board B (--partner reference-only)');
  const [wired] = ask({ explain: ['wired'], broken: new Map([['c1', 'is not connected']]) }).orders;
  expect(wired).toMatchObject({ schedulable: false });
  expect(reasons(wired!).at(-1)).toBe('dut c1 - is not connected');
  expect(ask({ explain: ['docs'] }).orders).toMatchObject([{ id: 'DOCS', schedulable: true, roles: [] }]);
});

test('a spec that is not for this lab, and which boards have what it needs', () => {
  const { orders, specs, help } = ask({ explain: ['air'] });
  expect(orders).toEqual([]);
  expect(specs.map(({ spec, reason }) => [spec, reason])).toEqual([
    ['air', 'no tentacle of this lab has ble.'],
  ]);
  expect(reasons(specs[0]!)).toEqual(['a1', 'b1', 'b2', 'c1'].map((id) => `dut ${id} - has no ble`));
  expect(help()).toMatchObject({ help: [], missing: [{ feature: 'ble', boards: ['D'] }] });
  expect(ask({ explain: ['feature:ble'] }).specs).toHaveLength(1);
  expect(ask({ explain: ['feature:wlan'] }).specs).toEqual([]);
  expect(ask({ explain: ['board:A'] }).specs).toEqual([]);
});

test('what would help is found by playing the evening again, and best first', () => {
  const { help, makespanMs } = ask({ explain: ['wired', 'net'], count: 4 }).help();
  // Four times five minutes on c1; all else takes its eight minutes meanwhile.
  expect(makespanMs).toBe(1_200_000);
  // To serve more comes before to serve it sooner.
  expect(help).toEqual([
    expect.objectContaining({ change: '+b2', broken: 'is disabled: bent connector', savesMs: 0, serves: 4 }),
    { change: '+c1', board: 'C', twins: 1, like: 'c1', makespanMs: 600_000, savesMs: 600_000, serves: 0 },
    expect.objectContaining({ change: '+A', savesMs: 0, serves: 0 }),
    expect.objectContaining({ change: '+B', savesMs: 0, serves: 0 }),
  ]);
});

test('a plan that is too large to be played so often says so at once', () => {
  expect(ask({ explain: ['net'], count: 1_000_000 }).help()).toEqual({
    makespanMs: undefined,
    help: [],
    untried: 3,
    missing: [],
  });
});
