import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadLab, type LabRequest, type LoadedLab } from '../../src/config/load.ts';
import { formatDiagnostic } from '../../src/diagnostic/format.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), 'testbed-lab-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function write(name: string, text: string): void {
  mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true });
  writeFileSync(path.join(cwd, name), text);
}

async function load(request: Partial<LabRequest> = {}): Promise<Extract<LoadedLab, { ok: true }>> {
  const loaded = await loadLab({ cwd, env: { HOME: cwd }, ...request });
  if (!loaded.ok)
    throw new Error(loaded.faults.map((fault) => formatDiagnostic(fault, { color: false, cwd })).join('\n'));
  return loaded;
}

test('where text is wanted, a plain scalar stays as it is written', async () => {
  write(
    'testbed.yaml',
    `lab: 0001
plans: [./plan.yaml]
tentacles:
  1.10: { board: RPI_PICO, usb: { serial: 5e10 }, tags: { a: true, b: null, c: ~, d: 0x1F, e: 1_000, f: 2026-01-01 } }
  0010: { board: RPI_PICO, usb: { serial: "0010" }, disabled: no }
`,
  );
  write(
    'plan.yaml',
    `plan: 1e3
specs:
  007: { label: 1.0, help: true, timeout: 1m, env: { A: 0o17 }, command: [true, 0001, 5e10, 1.10, null, -1, .5, ~], results: exit-code }
`,
  );
  const { lab } = await load();
  expect(lab.name).toBe('0001');
  expect(lab.tentacles.map(({ id, usb, disabled }) => [id, usb?.serial, disabled])).toEqual([
    ['1.10', '5e10', undefined],
    ['0010', '0010', 'no'],
  ]);
  expect(lab.tentacles[0]?.tags).toEqual({
    a: 'true',
    b: 'null',
    c: '~',
    d: '0x1F',
    e: '1_000',
    f: '2026-01-01',
  });
  const [spec] = lab.specs;
  expect([spec?.name, spec?.label, spec?.help, spec?.env['A']]).toEqual(['007', '1.0', 'true', '0o17']);
  expect(spec?.command).toEqual(['true', '0001', '5e10', '1.10', 'null', '-1', '.5', '~']);
});

test('what is left out is filled in, and paths are relative to the file that they stand in', async () => {
  write(
    'testbed.yaml',
    `lab: bench
plans: [./plans/own.yaml]
python: ./venv/bin/python
state: \${env.HOME}/state
sources: { here: ./code, there: https://host/a.git@v1 }
tentacles:
  2731:
    board: OUR_BOARD
    usb: { serial: E463, location: 3-1.4.3 }
    features: [extmod_hardware, mcu]
  u: { board: OUR_BOARD, port: u0 }
boards:
  OUR_BOARD: { port: rp2, mcu: rp2350, limits: { flash: 1h30m }, usb: { boot: 2E8A:000F } }
`,
  );
  mkdirSync(path.join(cwd, 'code'));
  write(
    'plans/own.yaml',
    `plan: own
specs:
  a: { label: A, help: A., roles: { dut: { feature: mcu } }, timeout: 1m, cwd: tests, command: [x], results: tap }
expect: [{ test: x, reason: y }]
`,
  );
  const { lab, warnings } = await load();
  expect(warnings).toEqual([]);
  expect(lab).toMatchObject({
    directory: cwd,
    python: path.join(cwd, 'venv/bin/python'),
    stateDirectory: path.join(cwd, 'state'),
    sources: [
      { name: 'here', spec: path.join(cwd, 'code') },
      { name: 'there', spec: 'https://host/a.git@v1' },
    ],
  });
  expect(lab.tentacles.map(({ leaseKey }) => leaseKey)).toEqual(['serial:e463', 'port:/dev/ttyUSB0']);
  expect(lab.tentacles[0]?.features).toEqual(['mcu', 'extmod_hardware']);
  expect(lab.boards.find(({ name }) => name === 'OUR_BOARD')).toEqual({
    name: 'OUR_BOARD',
    port: 'rp2',
    mcu: 'rp2350',
    driver: 'serial',
    variants: [''],
    features: ['mcu'],
    usb: { boot: '2e8a:000f' },
    limits: { powerMs: 10_000, flashMs: 5_400_000, verifyMs: 10_000, setupMs: 120_000, teardownMs: 20_000 },
    perfbench: [100, 100],
  });
  expect(lab.specs).toEqual([
    {
      name: 'a',
      label: 'A',
      help: 'A.',
      roles: [{ name: 'dut', feature: 'mcu' }],
      cover: 'each-variant',
      priority: 0,
      timeoutMs: 60_000,
      graceMs: 5000,
      estimateMs: 6000,
      needs: [],
      retries: 1,
      retryFails: 0,
      bailCodes: [],
      isolated: false,
      uses: {},
      env: {},
      cwd: path.join(cwd, 'plans/tests'),
      command: ['x'],
      results: 'tap',
      allowEmpty: false,
      file: path.join(cwd, 'plans/own.yaml'),
    },
  ]);
  expect(lab.expectations).toEqual([
    { test: 'x', boards: [], specs: [], verdict: 'fail', reason: 'y', at: 'plans/own.yaml:4' },
  ]);
});

test('an overlay is laid over: maps merge, lists replace, no value takes away', async () => {
  write(
    'testbed.yaml',
    'lab: bench\nplans: [smoke]\nreference: RPI_PICO\ntentacles:\n  v0: { board: VIRTUAL, tags: { a: 1, b: 2 } }\n  v1: { board: VIRTUAL }\n  v2: { board: VIRTUAL }\n  v3: { board: VIRTUAL }\n',
  );
  write(
    'testbed.local.yaml',
    'plans: []\nreference: ~\ntentacles:\n  v0: { tags: { b: 3 } }\n  v1:\n  v2: null\n  p: { board: RPI_PICO, port: a0, power: }\nsecrets: { PASS: geheim, EMPTY: "" }\n',
  );
  const { lab, secrets } = await load({ env: { HOME: cwd, EMPTY: '' } });
  expect(lab.specs).toEqual([]);
  expect(lab.reference).toBeUndefined();
  expect(lab.tentacles.map(({ id }) => id)).toEqual(['v0', 'v3', 'p']);
  expect(lab.tentacles[0]?.tags).toEqual({ a: '1', b: '3' });
  expect(secrets).toEqual({ PASS: 'geheim' });
  expect((await load({ env: { PASS: 'from the environment' } })).secrets).toEqual({
    PASS: 'from the environment',
  });
  write('testbed.local.yaml', '# nothing yet\n');
  expect((await load()).lab.tentacles).toHaveLength(4);
});

test('faults of virtual tentacles', async () => {
  write(
    'testbed.yaml',
    `lab: x
tentacles:
  v0:
    board: VIRTUAL
    faults:
      - { kind: vanish, after: 2s }
      - { kind: re-enumerate, after: 1s, for: 500ms }
      - { kind: babble, text: 0x, every: 1.5s }
      - { kind: drop, one-in: 100 }
      - { kind: full-filesystem }
`,
  );
  expect((await load()).lab.tentacles[0]?.faults).toEqual([
    { kind: 'vanish', afterMs: 2000 },
    { kind: 're-enumerate', afterMs: 1000, forMs: 500 },
    { kind: 'babble', text: '0x', everyMs: 1500 },
    { kind: 'drop', oneIn: 100 },
    { kind: 'full-filesystem' },
  ]);
});

test('--source goes before the file, and is checked', async () => {
  write('testbed.yaml', 'lab: x\nsources: { micropython: ./not/there }\n');
  const { lab } = await load({ sources: { micropython: '.', other: 'https://host/x.git~12' } });
  expect(lab.sources).toEqual([
    { name: 'micropython', spec: cwd },
    { name: 'other', spec: 'https://host/x.git~12' },
  ]);
  await expect(load({ sources: { micropyton: '.' } })).rejects.toThrow('did you mean "micropython"?');
  await expect(load({ sources: { micropython: 'master' } })).rejects.toThrow('this is no source');
});

test('a lab of one needs no file', async () => {
  const known = await load({ port: '/dev/ttyACM3', board: 'RPI_PICO2' });
  expect(known.warnings).toEqual([]);
  expect(known.lab).toMatchObject({
    name: 'one',
    directory: cwd,
    stateDirectory: path.join(cwd, '.local/state/testbed'),
  });
  expect(known.lab.file).toBeUndefined();
  expect(known.lab.tentacles).toMatchObject([
    { id: 'ttyACM3', board: 'RPI_PICO2', port: '/dev/ttyACM3', leaseKey: 'port:/dev/ttyACM3' },
  ]);
  expect(known.lab.specs.map(({ name }) => name)).toEqual(['smoke', 'smoke-host']);
  const unknown = await load({ port: 'a0' });
  expect(unknown.lab.boards).toMatchObject([{ name: 'UNKNOWN', driver: 'serial', features: ['mcu'] }]);
  expect(unknown.warnings.map(({ message }) => message)).toEqual([
    'nobody says which board is on a0; it is tested as UNKNOWN, with the feature mcu',
  ]);
  const virtual = await load({ port: 'dev/tty', board: 'VIRTUAL', sources: { micropython: '.' } });
  expect(virtual.lab.boards).toMatchObject([{ driver: 'serial' }]);
  expect(virtual.lab.tentacles[0]?.port).toBe(path.join(cwd, 'dev/tty'));
  const served = virtual.lab.specs.map(({ name }) => name);
  expect(served).toContain('standard');
  // It takes two boards.
  expect(served).not.toContain('multinet');
  await expect(load({ port: 'a0', board: 'RPI_PICCO' })).rejects.toThrow('did you mean "RPI_PICO"?');
  await expect(load({ port: 'a0', file: 'x.yaml' })).rejects.toThrow('give one of them');
  await expect(load({ board: 'RPI_PICO' })).rejects.toThrow('add --port');
});

test('the example and all shipped plans load without a warning', async () => {
  const example = await load({ cwd: root, file: 'testbed.yaml.example' });
  expect(example.warnings).toEqual([]);
  expect(example.lab.tentacles.map(({ id, board }) => [id, board])).toEqual([
    ['v0', 'VIRTUAL'],
    ['v1', 'VIRTUAL'],
  ]);
  write(
    'testbed.yaml',
    'lab: x\nplans: [smoke, micropython]\nsources: { micropython: . }\ntentacles: { w: { board: RPI_PICO_W, port: a0 } }\n',
  );
  const all = await load({ env: { HOME: cwd, WLAN_SSID: 'net', WLAN_PASS: 'pass' } });
  expect(all.warnings).toEqual([]);
  expect(all.secrets).toEqual({ WLAN_PASS: 'pass' });
  // field by field what upstream's table says: spec, limit in seconds, feature.
  expect(
    all.lab.specs.slice(3).map(({ label, timeoutMs, roles }) => [label, timeoutMs / 1000, roles[0]?.feature]),
  ).toEqual([
    ['RUN-FLASH_FORMAT', 70, 'mcu'],
    ['RUN-TESTS_STANDARD', 3660, 'mcu'],
    ['RUN-TESTS_STANDARD_VIA_MPY', 3660, 'mcu'],
    ['RUN-TESTS_STANDARD_NATIVE', 3660, 'mcu'],
    ['RUN-NATMODTESTS', 180, 'mcu'],
    ['RUN-MPREMOTE_TESTS', 360, 'mcu'],
    ['RUN-TESTS_EXTMOD_HARDWARE', 90, 'extmod_hardware'],
    ['RUN-TESTS_EXTMOD_HARDWARE_NATIVE', 90, 'extmod_hardware'],
    ['RUN-PERFBENCH', 300, 'extmod_hardware'],
    ['RUN-TESTS_NET_HOSTED', 120, 'wlan'],
    ['RUN-TESTS_NET_INET', 120, 'wlan'],
    ['RUN-MULTITESTS_MULTINET', 360, 'wlan'],
    ['RUN-MULTITESTS_MULTIBLUETOOTH', 360, 'ble'],
  ]);
});
