import path from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../support/rig.ts';
import { Bench, isThere, RAW_PROMPT, Wire } from './bench.ts';

test('vanish: once by command, after each power on by the lab file', async () => {
  await using bench = await Bench.start({ v0: [], v1: [{ kind: 'vanish', afterMs: 0 }] });
  const wire = await bench.raw();
  await bench.do({ op: 'fault', fault: { kind: 'vanish', afterMs: 0 } });
  await wire.gone;
  expect(await bench.do({ op: 'status' })).toMatchObject({ state: 'away', faults: [] });
  expect(await bench.do({ op: 'power-on' })).toMatchObject({ state: 'away' });
  await bench.do({ op: 'power-off' });
  await using back = await bench.raw();
  expect(await back.exec('print(1)')).toEqual({ out: '1\r\n', error: '' });
  for (let round = 0; round < 2; round++) {
    const { port } = await bench.do({ op: 'power-on' }, 'v1');
    await until(bench.state, () => !isThere(port) || undefined);
    expect(await bench.do({ op: 'power-off' }, 'v1')).toMatchObject({ state: 'off' });
  }
});

test('re-enumerate: the same interpreter under another path', async () => {
  await using bench = await Bench.start();
  const wire = await bench.raw();
  await wire.exec('x = 42');
  const before = await bench.do({ op: 'status' });
  await bench.do({ op: 'fault', fault: { kind: 're-enumerate', afterMs: 0, forMs: 50 } });
  await wire.gone;
  await until(bench.state, () => isThere(before.port) || undefined);
  expect((await bench.do({ op: 'status' })).device).not.toBe(before.device);
  await using next = Wire.open(before.port);
  // Not reset: still at the raw REPL.
  expect(await next.exec('print(x)')).toEqual({ out: '42\r\n', error: '' });
});

test('hang: the device stays and is deaf, until the power goes', async () => {
  await using bench = await Bench.start();
  await using wire = await bench.raw();
  await bench.do({ op: 'fault', fault: { kind: 'hang', afterMs: 0 } });
  await bench.becomes('hung');
  wire.send('\r\x03\x03\r\x01');
  await expect(wire.until('>', 300)).rejects.toThrow('did not come');
  await bench.do({ op: 'power-off' });
  await using back = await bench.raw();
  expect(await back.exec('print(1)')).toEqual({ out: '1\r\n', error: '' });
});

test('babble, slow and drop: on the line, while running, until cleared', async () => {
  await using bench = await Bench.start({ v0: [{ kind: 'babble', text: '#!', everyMs: 5 }] });
  await using wire = await bench.raw();
  await wire.until('#!#!');
  await bench.do({ op: 'clear-faults' });
  await wire.enterRaw();
  await wire.exec('print(1)');

  await bench.do({ op: 'fault', fault: { kind: 'slow', delayMs: 200 } });
  const started = performance.now();
  await wire.exec('print(1)');
  expect(performance.now() - started).toBeGreaterThan(190);

  await bench.do({ op: 'clear-faults' });
  await bench.do({ op: 'fault', fault: { kind: 'drop', oneIn: 10 } });
  wire.send('print("a" * 1000)\nprint("<end>" * 5)\x04');
  const got = await wire.until('>');
  expect(got.match(/a/g)?.length).toBe(900);
  expect(await bench.do({ op: 'clear-faults' })).toMatchObject({ faults: [] });
});

test('wrong-version, from the next reset on', async () => {
  await using bench = await Bench.start({ v0: [{ kind: 'wrong-version', version: '9.8.7' }] });
  await using wire = await bench.raw();
  const ask =
    'import sys\nprint(sys.implementation.version[:3], sys.implementation[1][:2], sys.version.split()[-1], sys.platform)';
  expect(await wire.exec(ask)).toEqual({ out: '(9, 8, 7) (9, 8) v9.8.7 webassembly\r\n', error: '' });
  await bench.do({ op: 'clear-faults' });
  wire.send('\x04');
  await wire.until(RAW_PROMPT);
  expect(await wire.exec('import sys\nprint(sys.implementation.version[:3])')).toEqual({
    out: '(1, 29, 0)\r\n',
    error: '',
  });
});

test('no-boot: so many times, then it boots', async () => {
  await using bench = await Bench.start({ v0: [{ kind: 'no-boot', times: 2 }] });
  for (let times = 2; times > 0; times--) {
    expect(await bench.ask({ op: 'power-on' })).toEqual({
      ok: false,
      reason: 'no-boot',
      message: 'v0: has power and does not boot',
    });
    expect(isThere(path.join(bench.directory(), 'tty'))).toBe(false);
    await bench.do({ op: 'power-off' });
  }
  await using wire = await bench.raw();
  expect(await wire.exec('print(1)')).toEqual({ out: '1\r\n', error: '' });
});

test('full-filesystem: ENOSPC for everything that writes', async () => {
  await using bench = await Bench.start();
  await using wire = await bench.raw();
  await wire.exec('open("before", "w").write("1")');
  await bench.do({ op: 'fault', fault: { kind: 'full-filesystem' } });
  expect((await wire.exec('open("after", "w").write("2")')).error).toContain('OSError: 28');
  expect((await wire.exec('import os\nos.mkdir("d")')).error).toContain('OSError: 28');
  expect(await wire.exec('print(open("before").read())')).toEqual({ out: '1\r\n', error: '' });
  await bench.do({ op: 'clear-faults' });
  expect((await wire.exec('open("after", "w").write("2")')).error).toBe('');
});
