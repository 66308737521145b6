import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Rig, until } from '../support/rig.ts';
import { isThere, Wire } from './bench.ts';

const LAB =
  'plans: []\ntentacles:\n  v0: { board: VIRTUAL }\n  v1: { board: VIRTUAL, faults: [{ kind: wrong-version, version: 9.9.9 }] }\n';

test('tentacle serve keeps boards running, and holds their leases', async () => {
  await using rig = new Rig();
  rig.lab(LAB);
  const serving = rig.start(['tentacle', 'serve', 'v1', 'v0', '--format', 'json']);
  await serving.printed('"v0"');
  const port = (id: string): string => path.join(rig.state, 'virtual', 'rig', id, 'tty');
  expect(serving.output()).toBe(
    `${JSON.stringify({ id: 'v1', port: port('v1') })}\n${JSON.stringify({ id: 'v0', port: port('v0') })}\n`,
  );
  const wire = Wire.open(port('v1'));
  await wire.enterRaw();
  expect((await wire.exec('import sys; print(sys.implementation.version[:3])')).out).toBe('(9, 9, 9)\r\n');

  const second = await rig.run(['tentacle', 'serve', 'v0']);
  expect(second.stderr).toMatch(
    /^testbed: v0 is held by .* \(pid \d+, "testbed tentacle serve v1 v0 --format json"\) for \d+ s\n$/,
  );
  expect(second.exit).toBe(3);

  const slow = await rig.run(['tentacle', 'fault', 'v0', 'slow', '--delay', '10ms', '--format', 'json']);
  expect(slow).toMatchObject({ exit: 0, stdout: '{"id":"v0","faults":[{"kind":"slow","delayMs":10}]}\n' });
  expect(await rig.run(['tentacle', 'fault', 'v0', '--clear'])).toMatchObject({
    exit: 0,
    stdout: 'v0  no standing faults\n',
  });
  expect(await rig.run(['tentacle', 'fault', 'v1', 'vanish'])).toMatchObject({ exit: 0 });
  await wire.gone;

  serving.child.kill('SIGINT');
  expect(await serving.finished).toMatchObject({ exit: 0, signal: null, stderr: '' });
  expect(isThere(port('v0'))).toBe(false);
  expect(readdirSync(path.join(rig.state, 'leases'))).toEqual([]);
});

test('serve that is killed takes its host along; fault then says what is the matter', async () => {
  await using rig = new Rig();
  rig.lab(LAB);
  const serving = rig.start(['tentacle', 'serve', 'v0']);
  await serving.printed('tty');
  const link = path.join(rig.state, 'virtual', 'rig', 'v0', 'tty');
  serving.child.kill('SIGKILL');
  await until(rig.state, () => !existsSync(path.join(path.dirname(link), 'host.json')) || undefined);
  expect(isThere(link)).toBe(false);
  const off = await rig.run(['tentacle', 'fault', 'v0', 'hang']);
  expect(off).toMatchObject({
    exit: 3,
    stderr:
      'testbed: v0 of the lab rig has no power: start it with "testbed tentacle serve v0", or run tests on it\n',
  });
  const dead = { pid: 1, startTime: '0', bootId: 'another', host: os.hostname() };
  writeFileSync(
    path.join(path.dirname(link), 'host.json'),
    JSON.stringify({ format: 1, socket: '/nowhere', process: dead }),
  );
  const stale = await rig.run(['tentacle', 'fault', 'v0', 'hang']);
  expect(stale.stderr).toMatch(
    /^testbed: v0 has no power: its host \(pid 1\) is dead, and left .*host\.json behind\./,
  );
  // The lease of the dead is broken.
  const again = rig.start(['tentacle', 'serve', 'v0']);
  await again.printed('tty');
  again.child.kill('SIGTERM');
  expect((await again.finished).exit).toBe(0);
});

test('what can not be served or made to misbehave is a usage fault', async () => {
  await using rig = new Rig();
  rig.lab(LAB);
  for (const [args, stderr] of [
    [['serve', 'v7'], 'testbed: this lab has no tentacle "v7".\n  Its virtual tentacles: v0, v1\n'],
    [['fault', 'v0', 'vanihs'], 'testbed: there is no fault "vanihs".\n  Did you mean "vanish"?\n'],
    [
      ['fault', 'v0', 'drop', '--after', '2s'],
      'testbed: --after says nothing about drop.\n  It takes --one-in.\n',
    ],
    [
      ['fault', 'v0', 'hang', '--after', 'soon'],
      'testbed: --after wants a time, not "soon".\n  For example: 2s, 500ms, 1m30s\n',
    ],
    [
      ['frob'],
      'testbed: there is no "testbed tentacle frob".\n  Try "testbed tentacle serve v0", or "testbed tentacle --help".\n',
    ],
  ] as const)
    expect(await rig.run(['tentacle', ...args])).toMatchObject({ exit: 2, stdout: '', stderr });
});
