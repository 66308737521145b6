import { expect, test } from 'vitest';
import { planOrders, type OrderPlan } from '../../src/plan/plan-orders.ts';
import { Selection } from '../../src/plan/selection.ts';
import { whatIf } from '../../src/plan/what-if-difference.ts';
import { changedLab, parseChanges, type LabState } from '../../src/plan/what-if.ts';
import { lab, roles } from './labs.ts';

const today: LabState = {
  lab: lab({
    boards: { A: { features: ['mcu', 'wlan'] }, B: {}, C: { features: ['mcu', 'ble'] } },
    tentacles: [
      ['a1', 'A', { features: ['mcu', 'wlan', 'wire'], tags: { tier: '1' } }],
      ['b1', 'B', { disabled: 'bent connector' }],
      ['b2', 'B'],
    ],
    specs: [
      { name: 'std', estimateMs: 60_000 },
      { name: 'net', estimateMs: 120_000, roles: roles({ a: 'wlan', b: 'wlan' }) },
      { name: 'each', cover: 'each-tentacle', estimateMs: 1000, roles: roles({ dut: 'wire' }) },
    ],
  }),
  broken: new Map([['b2', 'is not connected']]),
};

function changed(...texts: string[]): LabState {
  const answer = parseChanges(texts, today.lab);
  if (!answer.ok) throw new Error(answer.faults.join('\n'));
  return changedLab(today, answer.changes);
}

/** `id board features`, `!` in front of what can not serve. */
function bench({ lab: { tentacles }, broken }: LabState): string[] {
  return tentacles.map(
    ({ id, board, features, disabled }) =>
      `${disabled !== undefined || broken.has(id) ? '!' : ''}${id} ${board} ${features.join('+')}`,
  );
}

test('a bench with more or fewer tentacles', () => {
  const [a1, b1, b2] = ['a1 A mcu+wlan+wire', '!b1 B mcu', '!b2 B mcu'];
  expect(bench(changed())).toEqual([a1, b1, b2]);
  expect(bench(changed('+A', '-b1'))).toEqual([a1, b2, '+A A mcu+wlan']);
  expect(bench(changed('+a1'))).toEqual([a1, b1, b2, '+a1 A mcu+wlan+wire']);
  expect(bench(changed('+C*2', '+C'))).toEqual([
    a1,
    b1,
    b2,
    '+C C mcu+ble',
    '+C.2 C mcu+ble',
    '+C.3 C mcu+ble',
  ]);
  // Whoever can not serve today comes back first.
  expect(bench(changed('+b1'))).toEqual([a1, 'b1 B mcu', b2]);
  expect(bench(changed('+b2*2'))).toEqual([a1, b1, 'b2 B mcu', '+b2 B mcu']);
  expect(today.lab.tentacles).toHaveLength(3);
  expect(today.broken.size).toBe(1);
});

test('a change that can not be is a fault, with what to write instead', () => {
  const answer = parseChanges(
    ['A', '+BB', '+A*0', '+A*1001', '-a2', '-A', '-zzz', '+', '+ZZZ', '+B'],
    today.lab,
  );
  expect(answer).toEqual({
    ok: false,
    faults: [
      '--what-if "A": a change begins with + or -: +BOARD, +ID (one more like it), -ID (without it).',
      '--what-if "+BB": there is no board and no tentacle "BB". Did you mean "+B"?',
      '--what-if "+A*0": as many as 1 to 1000 can be added.',
      '--what-if "+A*1001": as many as 1 to 1000 can be added.',
      '--what-if "-a2": there is no tentacle "a2". Did you mean "-a1"?',
      '--what-if "-A": that is a board; a tentacle is taken away by its id, here -a1.',
      '--what-if "-zzz": there is no tentacle "zzz". "testbed list tentacles" names them.',
      '--what-if "+": something should stand after "+": a board, or the id of a tentacle.',
      '--what-if "+ZZZ": there is no board and no tentacle "ZZZ". "testbed list boards" names the boards.',
    ],
  });
});

function plan(state: LabState): OrderPlan {
  return planOrders(state.lab, { selection: Selection.all(state.lab), count: 3, broken: state.broken });
}

test('the difference to today: both evenings, and the orders that it concerns', () => {
  const difference = (...texts: string[]) =>
    whatIf(texts, { today: plan(today), changed: plan(changed(...texts)) }, { hostSlots: 1, flash: 'skip' });
  const more = difference('+a1', '+b2');
  expect(more).toEqual({
    changes: ['+a1', '+b2'],
    today: {
      tentacles: 1,
      counts: { orders: 12, schedulable: 6, unschedulable: 6, specs: 3, workMs: 183_000 },
      makespanMs: 183_000,
      lowerBoundMs: 183_000,
    },
    changed: {
      tentacles: 3,
      counts: { orders: 15, schedulable: 15, unschedulable: 0, specs: 3, workMs: 726_000 },
      // Three times two minutes for both, then two minutes at least for one of them, and its own three seconds.
      makespanMs: 483_000,
      lowerBoundMs: 453_000,
    },
    difference: { makespanMs: 300_000, lowerBoundMs: 270_000, orders: 3, schedulable: 9, unschedulable: -6 },
    orders: {
      added: [{ id: 'EACH[A@+a1]', orders: 3 }],
      gone: [],
      nowSchedulable: [
        { id: 'NET[A,a]', orders: 3 },
        { id: 'STD[B]', orders: 3 },
      ],
      nowUnschedulable: [],
    },
  });
  const less = difference('-a1').orders;
  expect(less.gone.map(({ id }) => id)).toEqual(['NET[A,a]', 'EACH[A@a1]', 'STD[A]']);
  const broken = whatIf(
    [],
    { today: plan(changed('+b2')), changed: plan(today) },
    { hostSlots: 1, flash: 'skip' },
  );
  expect(broken.orders.nowUnschedulable).toEqual([
    {
      id: 'STD[B]',
      orders: 3,
      reason: 'No tentacle can serve (B with mcu): b1 is disabled: bent connector; b2 is not connected.',
    },
  ]);
});
