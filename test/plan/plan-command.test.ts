import { expect, test } from 'vitest';
import { planRig } from '../support/own-lab.ts';
import type { Rig } from '../support/rig.ts';

const LAB = `
plans: [./plan.yaml]
tentacles:
  v0: { board: VIRTUAL, tags: { tier: 1 } }
  w1: { board: VIRTUAL, features: [wlan] }
  w2: { board: VIRTUAL, features: [wlan], disabled: bent connector }
`;
const PLAN = `
plan: own
specs:
  net:
    label: RUN-NET
    help: Two boards talk with each other over the air, and whoever wrote this had much to say.
    roles: { instance0: { feature: wlan }, instance1: { feature: wlan } }
    timeout: 1m
    command: ["true"]
    results: exit-code
  std: { label: RUN-STD, help: Runs on any., roles: { dut: { feature: mcu } }, timeout: 1m, command: ["true"], results: exit-code }
  docs: { label: DOCS, help: Host only., timeout: 1m, command: ["true"], results: exit-code }
  ble: { label: BLE, help: Nobody has it., roles: { dut: { feature: ble } }, timeout: 1m, command: ["true"], results: exit-code }
`;

const rigWithPlan = (): Rig => planRig(LAB, PLAN);

test('testbed plan: what would be run and what can not be, within 80 columns, exit 0', async () => {
  await using rig = rigWithPlan();
  const { exit, stdout, stderr } = await rig.run(['plan']);
  expect([exit, stderr]).toEqual([0, '']);
  expect(stdout).toBe(
    [
      'net  RUN-NET  Two boards talk with each other over the air, and whoever wrote t…',
      '├─ VIRTUAL       instance0 ▸ unschedulable, see below',
      '└─ VIRTUAL-V127  instance0 ▸ unschedulable, see below',
      'std  RUN-STD  Runs on any.',
      '├─ VIRTUAL      ▸ v0, w1',
      '└─ VIRTUAL-V127 ▸ v0, w1',
      'docs  DOCS  Host only.',
      '└─ host ▸ this machine',
      '',
      'Firmware, in the order in which it is needed',
      '  VIRTUAL',
      '  VIRTUAL-V127',
      '',
      'Not for this lab',
      '  ble: no tentacle of this lab has ble.',
      '',
      'Unschedulable: 2 orders',
      '  No partner for role instance1 (wlan): w2 is disabled: bent connector.',
      '    RUN-NET[VIRTUAL,instance0]',
      '    RUN-NET[VIRTUAL-V127,instance0]',
      '',
      'rig: 5 orders of 3 specs, 2 of them unschedulable.',
      '2 of 3 tentacles can serve; about 18 s of work, one after the other.',
      '',
    ].join('\n'),
  );
});

test('testbed plan --format json: every order with its candidates', async () => {
  await using rig = rigWithPlan();
  const { exit, stdout } = await rig.run([
    'plan',
    '--format',
    'json',
    '--count',
    '2',
    '--only',
    'board:VIRTUAL-',
  ]);
  expect(exit).toBe(0);
  const demand = {
    role: 'dut',
    feature: 'mcu',
    board: 'VIRTUAL',
    boardVariant: 'VIRTUAL',
    candidates: ['v0', 'w1'],
  };
  const net = { spec: 'net', boardVariant: 'VIRTUAL', candidates: ['w1'], schedulable: false };
  const std = {
    spec: 'std',
    boardVariant: 'VIRTUAL',
    roles: [demand],
    candidates: ['v0', 'w1'],
    schedulable: true,
    reason: null,
    estimateMs: 6000,
  };
  expect(JSON.parse(stdout)).toEqual({
    counts: { orders: 4, schedulable: 2, unschedulable: 2, specs: 2, workMs: 12_000 },
    firmware: [{ boardVariant: 'VIRTUAL', partnerOnly: false }],
    orders: [
      expect.objectContaining({ id: 'RUN-NET[VIRTUAL,instance0]', ...net }),
      expect.objectContaining({ id: 'RUN-NET[VIRTUAL,instance0]#2', ...net }),
      { id: 'RUN-STD[VIRTUAL]', ...std },
      { id: 'RUN-STD[VIRTUAL]#2', ...std },
    ],
    notForThisLab: [{ spec: 'ble', label: 'BLE', reason: 'no tentacle of this lab has ble.' }],
    held: [],
  });
});

test('testbed plan: a name that nobody knows, and a spec that nobody here can serve, are faults', async () => {
  await using rig = rigWithPlan();
  const { exit, stdout, stderr } = await rig.run(['plan', '--only', 'sdt']);
  expect([exit, stdout]).toEqual([2, '']);
  expect(stderr).toContain('--only "sdt": there is no spec "sdt". Did you mean "std"?');
  const named = await rig.run(['plan', '--only', 'ble']);
  expect([named.exit, named.stderr]).toEqual([
    2,
    expect.stringContaining('--only "ble": no tentacle of this lab has ble.'),
  ]);
});
