import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { virtualArtefacts } from '../../src/firmware/virtual-artefacts.ts';
import { Bench, isThere, Wire } from './bench.ts';

const [newest, older] = await virtualArtefacts();

test('power takes the device away and brings it back, with its files', async () => {
  await using bench = await Bench.start();
  const on = await bench.do({ op: 'power-on' });
  expect(on).toEqual({
    state: 'on',
    boot: expect.any(String),
    port: path.join(bench.directory(), 'tty'),
    device: readlinkSync(path.join(bench.directory(), 'tty')),
    firmware: newest?.sha256,
    version: '1.29.0',
    faults: [],
  });
  const wire = Wire.open(on.port);
  await wire.enterRaw();
  await wire.exec(
    'import os\nos.mkdir("d")\nos.mkdir("gone")\nos.rmdir("gone")\nopen("d/a", "wb").write(bytes(range(256)))',
  );
  await wire.exec('open("b", "w").write("b")\nos.rename("d", "e")\nos.remove("b")');
  // What was closed counts, also when the power goes in the middle of a program.
  wire.send('f = open("closed", "w"); f.write("yes"); f.close(); print("saved")\nwhile True: pass\x04');
  await wire.until('saved');
  expect(await bench.do({ op: 'power-off' })).toMatchObject({ state: 'off' });
  await wire.gone;
  expect(isThere(on.port)).toBe(false);
  expect(isThere(path.join(bench.directory(), 'host.json'))).toBe(false);
  await bench.do({ op: 'power-on' });
  await using again = await bench.raw();
  expect(
    await again.exec('import os\nprint(sorted(os.listdir()), os.listdir("e"), open("closed").read())'),
  ).toEqual({ out: "['closed', 'e'] ['a'] yes\r\n", error: '' });
  expect(await again.exec('print(open("e/a", "rb").read() == bytes(range(256)))')).toEqual({
    out: 'True\r\n',
    error: '',
  });
});

test('files and firmware outlive the host, and the next one takes a powered board over', async () => {
  await using first = await Bench.start();
  const flashed = await first.do({ op: 'flash', firmware: older?.sha256 ?? '' });
  expect(flashed).toMatchObject({ state: 'off', version: '1.27.0' });
  const wire = await first.raw();
  await wire.exec('open("kept", "w").write("1")');
  await using second = await Bench.start({ v0: [] }, first.state);
  await using next = await second.raw();
  await wire.gone;
  expect((await first.do({ op: 'status' })).state).toBe('off');
  expect(await next.exec('import sys\nprint(open("kept").read(), sys.implementation.version[1])')).toEqual({
    out: '1 27\r\n',
    error: '',
  });
  expect(readFileSync(path.join(second.directory(), 'host.json'), 'utf8')).toContain(
    `"pid":${second.host.pid}`,
  );
});

test('reset pin, machine.reset() and flashing restart the interpreter', async () => {
  await using bench = await Bench.start();
  await using wire = await bench.raw();
  await wire.exec('open("kept", "w").write("1")');
  wire.send('import machine; machine.reset()\x04');
  await wire.until('>>> ');
  await wire.enterRaw();
  expect((await wire.exec('print(machine)')).error).toContain('NameError');
  await wire.run('while True: pass');
  await bench.do({ op: 'reset' });
  await wire.until('>>> ');
  // Over USB a flashed board goes away and comes back.
  const status = await bench.do({ op: 'flash', firmware: older?.sha256 ?? '' });
  expect(status).toMatchObject({ state: 'on', firmware: older?.sha256, version: '1.27.0' });
  await wire.gone;
  await using flashed = await bench.raw();
  expect(await flashed.exec('import sys\nprint(open("kept").read(), sys.implementation.version[1])')).toEqual(
    { out: '1 27\r\n', error: '' },
  );
  expect(await bench.ask({ op: 'flash', firmware: '0'.repeat(64) })).toMatchObject({
    ok: false,
    reason: 'unknown-firmware',
  });
  expect(await bench.ask({ op: 'status' }, 'v9')).toEqual({
    ok: false,
    reason: 'unknown-tentacle',
    message: 'this host has v0, and no v9',
  });
});
