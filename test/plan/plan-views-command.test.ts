import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from 'vitest';
import { planRig } from '../support/own-lab.ts';
import { root, type Rig } from '../support/rig.ts';

const LAB = `
plans: [./plan.yaml]
tentacles:
  v0: { board: OWN }
  w1: { board: OWN, features: [wlan] }
  w2: { board: OWN, features: [wlan], disabled: bent connector }
boards:
  OWN: { port: rp2, mcu: rp2040, driver: virtual, features: [mcu], variants: ['', SLOW] }
`;
const PLAN = `
plan: own
specs:
  net:
    label: RUN-NET
    help: Two boards talk with each other over the air.
    roles: { instance0: { feature: wlan }, instance1: { feature: wlan } }
    timeout: 10m
    command: ["true"]
    results: exit-code
  std: { label: RUN-STD, help: Runs on any., roles: { dut: { feature: mcu } }, timeout: 20m, command: ["true"], results: exit-code }
  docs: { label: DOCS, help: Host only., timeout: 10m, command: ["true"], results: exit-code }
  ble: { label: BLE, help: Nobody has it., roles: { dut: { feature: ble } }, timeout: 1m, command: ["true"], results: exit-code }
`;

const rigWithPlan = (): Rig => planRig(LAB, PLAN);

/** What a command prints, line by line; it must end well and say nothing else. */
async function lines(rig: Rig, ...args: string[]): Promise<string[]> {
  const { exit, stdout, stderr } = await rig.run(args);
  expect([exit, stderr], args.join(' ')).toEqual([0, '']);
  return stdout.trimEnd().split('\n');
}

const BLOCKED = [
  'Unschedulable: 2 orders',
  '  No partner for role instance1 (wlan): w2 is disabled: bent connector.',
  '    RUN-NET[OWN,instance0]',
  '    RUN-NET[OWN-SLOW,instance0]',
];

test('--simulate: who does what when, within 80 columns', async () => {
  await using rig = rigWithPlan();
  expect(await lines(rig, 'plan', '--simulate', '--jobs', '3')).toEqual([
    '       0       0:15    0:30    0:45    1:00    1:15    1:30    1:45    2:00',
    `v0 OWN ▒▒▒${'A'.repeat(65)} 100%`,
    `w1 OWN ▒▒▒${'A'.repeat(65)} 100%`,
    `host   ${'B'.repeat(33)}${'·'.repeat(35)}  48%`,
    '',
    'A std, B docs, ▒ flashing',
    '',
    ...BLOCKED,
    '',
    'rig: 3 runs in 2:06; flashing is in it, building firmware is not.',
    'It can not be shorter than 2:06: 4 min of work for OWN (2 tentacles).',
  ]);
});

test('--simulate --what-if: the evening on another bench, below the difference to today', async () => {
  await using rig = rigWithPlan();
  const [head, , ...rest] = await lines(rig, 'plan', '--simulate', '--jobs', '3', '--what-if', '+w2');
  expect(head).toMatch(/^What if \+w2: it would take \d+ (s|min) more, with 2 orders more to serve\.$/);
  expect(rest.slice(0, 7)).toEqual([
    '                 TODAY  WHAT IF  DIFFERENCE',
    expect.stringMatching(/^evening +2:06 +\d:\d\d/),
    expect.stringMatching(/^no shorter than +2:06 +\d:\d\d/),
    'tentacles        2      3        +1',
    'orders           5      5',
    'unschedulable    2      0        −2',
    '',
  ]);
  expect(rest).toContain('Could be served then: 2 orders');
  expect(rest.some((line) => /^w2 OWN .* +\d+%$/.test(line))).toBe(true);
});

/** A run of `std` on this twin; which of them takes which variant is the bartender's business. */
function runOn(tentacle: string): unknown {
  return {
    id: expect.stringMatching(new RegExp(String.raw`^RUN-STD\[${tentacle}-OWN(-SLOW)?\]$`)),
    order: expect.stringMatching(/^RUN-STD\[OWN(-SLOW)?\]$/),
    tentacles: { dut: tentacle },
    startMs: 0,
    endMs: 126_000,
  };
}

test('--simulate as JSON, and a run a line', async () => {
  await using rig = rigWithPlan();
  const [whole, stream] = await Promise.all(
    ['json', 'jsonl'].map((format) => lines(rig, 'plan', '--simulate', '--jobs', '3', '--format', format)),
  );
  const document = JSON.parse(whole!.join('')) as { runs: readonly Record<string, unknown>[] };
  const reason = 'No partner for role instance1 (wlan): w2 is disabled: bent connector.';
  const unschedulable = ['RUN-NET[OWN,instance0]', 'RUN-NET[OWN-SLOW,instance0]'].map((id) => ({
    id,
    reason,
  }));
  expect(document).toEqual({
    makespanMs: 126_000,
    lowerBoundMs: 126_000,
    held: [],
    runs: expect.any(Array),
    unschedulable,
  });
  expect(document.runs.toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1))).toEqual([
    { id: 'DOCS', order: 'DOCS', tentacles: {}, startMs: 0, endMs: 60_000 },
    runOn('v0'),
    runOn('w1'),
  ]);
  expect(new Set(document.runs.map(({ order }) => order)).size).toBe(3);
  expect(stream!.map((line) => JSON.parse(line) as unknown)).toEqual([...document.runs, ...unschedulable]);
});

test('--simulate of a bench on which nothing is left to be run', async () => {
  await using rig = rigWithPlan();
  const printed = await lines(rig, 'plan', '--simulate', '--only', 'net');
  expect(printed.at(-1)).toBe('rig: there is nothing that could be run.');
  expect(printed.slice(1, 5)).toEqual(BLOCKED);
});

test('--explain: who could serve, who not and why, and what would help', async () => {
  await using rig = rigWithPlan();
  expect(await lines(rig, 'plan', '--explain', 'net', '--explain', 'ble', '--jobs', '3')).toEqual([
    'RUN-NET[OWN,instance0]  about 60 s',
    'RUN-NET[OWN-SLOW,instance0]  about 60 s',
    '  No partner for role instance1 (wlan): w2 is disabled: bent connector.',
    '  instance0, which covers, needs wlan',
    '    ✗ v0: has no wlan',
    '    ✗ w1: leaves nobody for the other roles',
    '    ✗ w2: is disabled: bent connector',
    '  instance1, a partner, needs wlan',
    '    ✗ v0: has no wlan',
    '    ✗ w1: is the only one who can cover it',
    '    ✗ w2: is disabled: bent connector',
    'ble',
    '  Not for this lab: no tentacle of this lab has ble.',
    '  dut, which covers, needs ble',
    '    ✗ v0, w1, w2: has no ble',
    '',
    'What would help',
    expect.stringMatching(/^ {2}A tentacle with ble; these boards have it: RPI_PICO_W, /),
    ...['', ''].map(() => expect.stringMatching(/^ {4}\S/) as string),
    '  w2, which is disabled, in working order would let 2 more orders be served,',
    expect.stringMatching(/^ {4}in an evening of .* instead of 2:06 \(--what-if \+w2\)\.$/),
    '  A third OWN with what w1 has would let 2 more orders be served, in an',
    expect.stringMatching(/^ {4}evening of .* instead of 2:06 \(--what-if \+w1\)\.$/),
  ]);
});

test('--explain as JSON: every tentacle with its reason', async () => {
  await using rig = rigWithPlan();
  const printed = await lines(rig, 'plan', '--explain', 'id:RUN-STD[OWN]', '--format', 'json');
  expect(JSON.parse(printed.join(''))).toEqual({
    orders: [
      {
        id: 'RUN-STD[OWN]',
        spec: 'std',
        boardVariant: 'OWN',
        orders: 1,
        schedulable: true,
        reason: null,
        estimateMs: 120_000,
        roles: [
          {
            role: 'dut',
            feature: 'mcu',
            covers: true,
            tentacles: [
              { tentacle: 'v0', board: 'OWN', usable: true, reason: 'can serve' },
              { tentacle: 'w1', board: 'OWN', usable: true, reason: 'can serve' },
              { tentacle: 'w2', board: 'OWN', usable: false, reason: 'is disabled: bent connector' },
            ],
          },
        ],
      },
    ],
    notForThisLab: [],
    whatWouldHelp: {
      makespanMs: 126_000,
      help: [
        expect.objectContaining({ change: '+w2', serves: 2 }),
        expect.objectContaining({ change: '+w1' }),
      ],
      untried: 0,
      missing: [],
    },
  });
});

test('--what-if: the difference, as text and as JSON', async () => {
  await using rig = rigWithPlan();
  expect(await lines(rig, 'plan', '--what-if', '-v0', '--jobs', '3')).toEqual([
    'What if -v0: it would take 2 min more.',
    '',
    '                 TODAY  WHAT IF  DIFFERENCE',
    'evening          2:06   4:12     +2:06',
    'no shorter than  2:06   4:12     +2:06',
    'tentacles        2      1        −1',
    'orders           5      5',
    'unschedulable    2      2',
  ]);
  const json = await lines(rig, 'plan', '--what-if', '-v0', '--jobs', '3', '--format', 'json');
  expect(JSON.parse(json.join('\n'))).toMatchObject({
    changes: ['-v0'],
    difference: { makespanMs: 126_000, lowerBoundMs: 126_000, orders: 0, schedulable: 0, unschedulable: 0 },
  });
});

test('what can not be told is a fault, with what can', async () => {
  await using rig = rigWithPlan();
  const fault = async (...args: string[]): Promise<string> => {
    const { exit, stdout, stderr } = await rig.run(['plan', ...args]);
    expect([exit, stdout], args.join(' ')).toEqual([2, '']);
    return stderr.trimEnd();
  };
  expect(await fault('--simulate', '--explain', 'net')).toBe(
    'testbed: --simulate and --explain exclude each other.',
  );
  expect(await fault('--simulate', '--format', 'dot')).toBe(
    'testbed: --simulate has no format dot, only text, json, jsonl.',
  );
  expect(await fault('--what-if', '+OWM')).toBe(
    'testbed: --what-if "+OWM": there is no board and no tentacle "OWM". Did you mean "+OWN"?',
  );
  expect(await fault('--explain', 'nett')).toContain(
    '--explain "nett": there is no spec "nett". Did you mean "net"?',
  );
  expect(await fault('--explain', 'ble', '--explain', 'board:OWN')).toBe(
    'testbed: --explain names no order: what it names together does not occur here.',
  );
});

test('--format jsonl: an order a line, and no more of them than are read', async () => {
  await using rig = rigWithPlan();
  const all = await lines(rig, 'plan', '--format', 'jsonl');
  const whole = JSON.parse((await lines(rig, 'plan', '--format', 'json')).join('')) as { orders: unknown[] };
  expect(all.map((line) => JSON.parse(line) as unknown)).toEqual(whole.orders);
  expect(JSON.parse((await lines(rig, 'run', '--dry-run', '--format', 'json')).join(''))).toEqual(whole);
  // A real pipe, whose reader leaves after a line; all the orders would be five billion.
  const child = spawn(
    'bash',
    [
      '-c',
      'timeout 20 "$0" "$1" plan --count 1000000000 --format jsonl | head -n 1; echo "${PIPESTATUS[0]}"',
      process.execPath,
      path.join(root, 'bin', 'testbed'),
    ],
    { cwd: rig.directory, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
  await once(child, 'close');
  expect(printed.split('\n')).toEqual([all[0], '0', '']);
});
