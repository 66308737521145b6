import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test, vi } from 'vitest';
import { isAlive, identityOf } from '../../src/process/identity.ts';
import { startVirtualHost } from '../../src/tentacle/virtual-host.ts';
import { processesOf, root, until } from '../support/rig.ts';
import { Bench, isThere } from './bench.ts';

test('a board that crashes starts again, and its neighbour does not notice', async () => {
  await using bench = await Bench.start({ v0: [], v1: [] });
  await using wire = await bench.raw('v0');
  await using neighbour = await bench.raw('v1');
  await neighbour.exec('x = 1');
  await wire.exec('open("kept", "w").write("1")');
  for (const [crash, evidence] of [
    ['import js; js.Module.HEAPU8.fill(255)', 'OK\r\nFATAL: RuntimeError: memory access out of bounds\r\n'],
    ['import js; js.process.exit(3)', 'OK'],
  ] as const) {
    wire.send(`${crash}\x04`);
    const text = await wire.until('>>> ');
    expect(text.startsWith(`${evidence}\r\nMicroPython`)).toBe(true);
    await wire.enterRaw();
    expect(await wire.exec('print(open("kept").read())')).toEqual({ out: '1\r\n', error: '' });
  }
  expect(await neighbour.exec('print(x)')).toEqual({ out: '1\r\n', error: '' });
  // Before the first prompt it would crash for ever, so it stays dark.
  await wire.exec('open("boot.py", "w").write("import js; js.process.exit(3)")');
  await bench.do({ op: 'power-off' });
  await bench.ask({ op: 'power-on' });
  await bench.becomes('crashed');
  expect(await neighbour.exec('print(x)')).toEqual({ out: '1\r\n', error: '' });
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s ends the host, and nothing of it stays',
  async (signal) => {
    await using bench = await Bench.start();
    const wire = await bench.raw();
    await wire.run('while True: pass');
    process.kill(bench.host.pid, signal);
    expect(await bench.host.exited).toEqual({});
    await wire.gone;
    expect(readdirSync(bench.directory())).toEqual([]);
    expect(isThere(bench.host.socket)).toBe(false);
    expect(isThere(path.dirname(bench.host.socket))).toBe(false);
    expect(await bench.ask({ op: 'status' })).toMatchObject({ ok: false, reason: 'host-gone' });
  },
);

test('the host ends when its owner is killed, whatever its boards do', async () => {
  // Longer than an address of a unix socket may be.
  const state = path.join(mkdtempSync(path.join(os.tmpdir(), 'testbed-virtual-test-')), 'x'.repeat(120));
  mkdirSync(state);
  const owner = spawn(process.execPath, [path.join(root, 'test/virtual/fixtures/owner.ts'), state], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  const { pid, port, socket } = JSON.parse(line) as { pid: number; port: string; socket: string };
  const host = identityOf(pid);
  expect(host !== undefined && isAlive(host) && isThere(port) && isThere(socket)).toBe(true);
  owner.kill('SIGKILL');
  await until(state, () => (host !== undefined && !isAlive(host)) || undefined);
  expect(isThere(port) || isThere(socket)).toBe(false);
  rmSync(path.dirname(state), { recursive: true });
});

test('a host that hangs before its first word is killed, and said to hang', async () => {
  using hung = hungStart();
  const started = startVirtualHost({ ...ownerOf(hung.path), startLimitMs: 500 });
  await expect(started).rejects.toThrow(
    `The host of the virtual boards did not start: it said nothing for 0.5 s, and was killed; look whether ${hung.path}/state and ${hung.path} answer`,
  );
  await until(hung.path, () => processesOf(hung.path).length === 0 || undefined);
});

test('a host is put away while it is still coming up', async () => {
  await using bench = await Bench.start();
  vi.stubEnv('TMPDIR', bench.state);
  const stop = new AbortController();
  const started = startVirtualHost({ ...ownerOf(bench.state), signal: stop.signal });
  stop.abort();
  await expect(started).rejects.toThrow('The host of the virtual boards did not start: it ended at once');
  expect(readdirSync(bench.state).filter((name) => name.startsWith('testbed-'))).toEqual([]);
});

test('a host that was killed leaves nothing that stops the next', async () => {
  await using first = await Bench.start();
  const { port } = await first.do({ op: 'power-on' });
  process.kill(first.host.pid, 'SIGKILL');
  expect((await first.host.exited).evidence).toContain('SIGKILL');
  await using second = await Bench.start({ v0: [] }, first.state);
  await using wire = await second.raw();
  expect(await wire.exec('print(1)')).toEqual({ out: '1\r\n', error: '' });
  expect(isThere(first.host.socket)).toBe(false);
  expect(isThere(port)).toBe(true);
});

test('the next host sweeps what a killed one left in the temp directory, for any board', async () => {
  const first = await Bench.start();
  process.kill(first.host.pid, 'SIGKILL');
  await first.host.exited;
  expect(isThere(first.host.socket)).toBe(true);
  await using alive = await Bench.start();
  expect(isThere(path.dirname(first.host.socket))).toBe(false);
  await using another = await Bench.start();
  expect(isThere(alive.host.socket) && isThere(another.host.socket)).toBe(true);
  await first[Symbol.asyncDispose]();
});

test('a full disk of the host is the fault of the board that wrote, and of no other', async () => {
  await using bench = await Bench.start({ v0: [], v1: [] });
  await using wire = await bench.raw('v0');
  await using neighbour = await bench.raw('v1');
  const temporary = path.join(bench.directory(), `filesystem.json.${bench.host.pid}`);
  symlinkSync('/dev/full', temporary);
  await wire.exec('open("lost", "w").write("1")');
  let told = await bench.ask({ op: 'power-on' });
  while (told.ok) told = await bench.ask({ op: 'power-on' });
  expect(told).toMatchObject({
    reason: 'unsaved',
    message: expect.stringMatching(/^v0: .*filesystem\.json: ENOSPC/),
  });
  expect((await wire.exec('open("more", "w").write("1")')).error).toContain('OSError: 28');
  expect(await bench.ask({ op: 'power-off' })).toMatchObject({ ok: false, reason: 'unsaved' });
  expect(await neighbour.exec('open("kept", "w").write("1")\nprint(1)')).toEqual({ out: '1\r\n', error: '' });
  rmSync(temporary);
  await using again = await bench.raw('v0');
  expect(await again.exec('import os\nprint(os.listdir())\nopen("kept", "w").write("1")')).toEqual({
    out: '[]\r\n',
    error: '',
  });
  await bench.do({ op: 'power-off' });
});

afterEach(() => vi.unstubAllEnvs());

/** A temporary directory in which a host reads a file that never ends, as on a mount that is dead. */
/** Every Node that is started from now on waits for ever before it begins, as for a dead mount. */
function hungStart(): Disposable & { readonly path: string } {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'testbed-virtual-test-'));
  const waits = path.join(directory, 'waits.cjs');
  writeFileSync(waits, 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);\n');
  vi.stubEnv('TMPDIR', directory);
  vi.stubEnv('NODE_OPTIONS', `--require=${waits}`);
  return { path: directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

function ownerOf(directory: string): Parameters<typeof startVirtualHost>[0] {
  const tentacles = [{ id: 'v0', faults: [] }];
  return { stateDirectory: path.join(directory, 'state'), lab: 'bench', tentacles, cookie: 'test' };
}
