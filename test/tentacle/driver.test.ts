import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveFirmware } from '../../src/firmware/resolve.ts';
import type { Board, Tentacle } from '../../src/model/lab.ts';
import { Repl } from '../../src/serial/repl.ts';
import { createDriver } from '../../src/tentacle/create-driver.ts';
import { askBoard, identify, whichBoard, type Identification } from '../../src/tentacle/identify.ts';
import { Boards } from '../serial/boards.ts';

const LIMIT = { limitMs: 10_000 };

const board = (name: string, port: string, more: Partial<Board> = {}): Board => ({
  name,
  port,
  mcu: 'mcu',
  driver: 'serial',
  variants: [''],
  features: [],
  usb: {},
  limits: { powerMs: 1, flashMs: 1, verifyMs: 1, setupMs: 1, teardownMs: 1 },
  perfbench: [100, 100],
  ...more,
});
const tentacle = (id: string, more: Partial<Tentacle> = {}): Tentacle => ({
  id,
  board: 'VIRTUAL',
  features: [],
  relays: {},
  tags: {},
  faults: [],
  leaseKey: id,
  ...more,
});
const VIRTUAL = board('VIRTUAL', 'webassembly', { driver: 'virtual', variants: ['', 'V127'] });
const CATALOGUE = [
  VIRTUAL,
  board('RPI_PICO', 'rp2'),
  board('RPI_PICO2', 'rp2', { variants: ['', 'RISCV'] }),
  board('PYBV11', 'stm32'),
];

let boards: Boards;
beforeAll(async () => {
  boards = await Boards.start('v0', 'v1');
});
afterAll(async () => boards[Symbol.asyncDispose]());

async function identified(port: string): Promise<Identification> {
  const repl = await Repl.open({ path: port, ...LIMIT });
  try {
    return await identify(repl);
  } finally {
    await repl.close();
  }
}

test('a virtual tentacle is powered, flashed, and says what it then runs', async () => {
  const driver = createDriver(tentacle('v0'), VIRTUAL, { virtualHost: boards.host.socket });
  expect([driver.canPower, driver.canFlash]).toEqual([true, true]);
  for (const [variant, version] of [
    ['V127', '1.27.0'],
    ['', '1.29.0'],
  ] as const) {
    const firmware = await resolveFirmware(VIRTUAL, variant);
    if (firmware === undefined) throw new Error(`expected firmware of ${variant}`);
    await driver.powerOn(LIMIT);
    await driver.flash(firmware, LIMIT);
    const port = await driver.powerOn(LIMIT);
    expect(await driver.loaded(LIMIT)).toBe(firmware.sha256);
    const { sysVersion, ...facts } = await identified(port);
    expect(facts).toEqual({
      version,
      machine: 'JS with Emscripten',
      platform: 'webassembly',
      build: 'pyscript',
      uniqueId: expect.stringMatching(/^([0-9a-f]{2})+$/) as string,
    });
    expect(sysVersion).toContain(`MicroPython v${version}`);
    await driver.powerOff(LIMIT);
    expect(existsSync(port)).toBe(false);
  }
});

test('what a virtual tentacle can not do is told in its own words', async () => {
  const driver = createDriver(tentacle('v0'), VIRTUAL, { virtualHost: boards.host.socket });
  const firmware = { boardVariant: 'VIRTUAL', sha256: 'f'.repeat(64), version: '0', path: '/nowhere' };
  await expect(driver.flash(firmware, LIMIT)).rejects.toMatchObject({ kind: 'flash-failed', tentacle: 'v0' });
  await boards.ask('v0', { op: 'fault', fault: { kind: 'no-boot', times: 1 } });
  await expect(driver.powerOn(LIMIT)).rejects.toMatchObject({ kind: 'no-boot', tentacle: 'v0' });
  const orphan = createDriver(tentacle('v0'), VIRTUAL, { virtualHost: '/nowhere/socket' });
  await expect(orphan.powerOn(LIMIT)).rejects.toMatchObject({ kind: 'host-gone', tentacle: 'v0' });
});

test('a serial tentacle is found, tried, and never flashed', async () => {
  const port = await boards.fresh('v1');
  const driver = createDriver(tentacle('old1', { port }), board('PYBV11', 'stm32'));
  expect([driver.canPower, driver.canFlash, await driver.loaded()]).toEqual([false, false, undefined]);
  expect(await driver.powerOn(LIMIT)).toBe(port);
  const held = await Repl.open({ path: port, ...LIMIT });
  await expect(driver.powerOn(LIMIT)).rejects.toMatchObject({
    kind: 'busy',
    port,
    holder: { pid: process.pid },
  });
  await held.close();
  await driver.powerOff();
  const firmware = { boardVariant: 'PYBV11', sha256: 'f'.repeat(64), version: '0', path: '/nowhere' };
  await expect(driver.flash(firmware, LIMIT)).rejects.toMatchObject({ kind: 'flash-failed' });
  await boards.ask('v1', { op: 'power-off' });
  await expect(driver.powerOn(LIMIT)).rejects.toMatchObject({ kind: 'missing', port });
});

test('a board on a port is asked which one it is', async () => {
  const path = await boards.fresh('v1');
  expect(await askBoard({ path, boards: CATALOGUE, ...LIMIT })).toMatchObject({
    board: 'VIRTUAL',
    candidates: [],
  });
  expect(await askBoard({ path, boards: CATALOGUE.slice(1), ...LIMIT })).toMatchObject({ candidates: [] });
});

test.each([
  ['the default variant', 'rp2', 'RPI_PICO2', { board: 'RPI_PICO2', variant: '', candidates: [] }],
  ['a variant', 'rp2', 'RPI_PICO2-RISCV', { board: 'RPI_PICO2', variant: 'RISCV', candidates: [] }],
  ['a variant that nobody listed', 'rp2', 'RPI_PICO-FAST', { board: 'RPI_PICO', candidates: [] }],
  ['another board', 'rp2', 'SPARKFUN_PROMICRO', { candidates: ['RPI_PICO', 'RPI_PICO2'] }],
  ['old firmware, and only one board of its port', 'pyboard', undefined, { candidates: ['PYBV11'] }],
  ['a port that nobody listed', 'zephyr', 'frdm', { candidates: [] }],
])('the catalogue knows by what the firmware was built for: %s', (_, platform, build, expected) => {
  const identification = {
    version: '1.27.0',
    machine: '',
    platform,
    ...(build === undefined ? {} : { build }),
  };
  const { identification: same, ...found } = whichBoard(identification, CATALOGUE);
  expect(found).toEqual(expected);
  expect(same).toBe(identification);
});
