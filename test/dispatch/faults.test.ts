import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { acquireLease, leaseFile, readLeases, releaseLease } from '../../src/labstate/lease.ts';
import { findStrays } from '../../src/process/strays.ts';
import { ONE_ROLE, SessionRig, leftOver, spec, tentacle, verdicts } from './bench.ts';

const owner = { command: 'testbed tentacle serve', cookie: 'other' };
const served = { specs: [spec('run', ['pass'], ONE_ROLE)], tentacles: [tentacle('1')] };

test('a tentacle that is held elsewhere: said once, waited for, then served', async () => {
  await using rig = new SessionRig();
  const held = acquireLease(rig.state, 'key of 1', owner);
  if (!held.ok) throw new Error('held');
  const session = rig.start(served, { flash: 'skip' });
  const host = rig.start({ specs: [spec('host', ['pass'])] });
  expect(await host.finished).toEqual({ exit: 0 });
  expect(session.events).toMatchObject([
    { type: 'session-started' },
    { type: 'tentacle-held', tentacle: '1', holder: { pid: process.pid, command: 'testbed tentacle serve' } },
  ]);
  // The same holder with its next run is no news.
  releaseLease(held.lease);
  const again = acquireLease(rig.state, 'key of 1', owner);
  if (again.ok) releaseLease(again.lease);
  expect(await session.finished).toEqual({ exit: 0 });
  const told = session.log().filter((event) => event.type === 'tentacle-held');
  expect(told.map(({ waits }) => waits)).toEqual([undefined]);
  expect(verdicts(session.log())).toEqual(['RUN[1-BOARD] pass']);
});

test('a tentacle that is held elsewhere, and nobody wants to wait: unschedulable, with the holder', async () => {
  await using rig = new SessionRig();
  const held = acquireLease(rig.state, 'key of 1', owner);
  const session = rig.start({ ...served, count: 2 }, { flash: 'skip', wait: false });
  expect(await session.finished).toEqual({ exit: 3 });
  expect(leftOver(session.log())).toEqual(['RUN[BOARD] no-tentacle', 'RUN[BOARD]#2 no-tentacle']);
  expect(session.log().find(({ type }) => type === 'tentacle-held')).toMatchObject({ waits: false });
  const left = session.log().find(({ type }) => type === 'order-unschedulable');
  expect(left).toMatchObject({
    reason: expect.stringContaining(`pid ${process.pid}, "testbed tentacle serve"`),
  });
  expect(held.ok).toBe(true);
  const twins = { ...served, tentacles: [tentacle('1'), tentacle('2')], count: 2 };
  const other = rig.start(twins, { flash: 'skip', wait: false });
  expect(await other.finished).toEqual({ exit: 0 });
  expect(verdicts(other.log())).toEqual(['RUN[2-BOARD] pass', 'RUN[2-BOARD]#2 pass']);
});

test('two sessions on one tentacle take turns: their runs never overlap', async () => {
  await using rig = new SessionRig();
  const marks: string[] = [];
  const sessions = ['a', 'b'].map((name) =>
    rig.start(
      {
        ...served,
        count: 15,
        onEvent: ({ type }) => {
          if (type === 'run-started') marks.push(`+${name}`);
          if (type === 'run-finished') marks.push(`-${name}`);
        },
      },
      { flash: 'skip' },
    ),
  );
  expect(await Promise.all(sessions.map(({ finished }) => finished))).toEqual([{ exit: 0 }, { exit: 0 }]);
  expect(marks).toHaveLength(60);
  for (let i = 0; i < marks.length; i += 2) expect(marks[i + 1]).toBe(marks[i]?.replace('+', '-'));
});

test('kill -9 of a session and its workers together: the next one sweeps, breaks the lease, and is served', async () => {
  await using rig = new SessionRig();
  const child = sessionProcess(rig, ['1', '1', 'wait', rig.file('never')]);
  await printed(child, 'phase-started');
  const [record] = readdirSync(path.join(rig.state, 'sessions'));
  const file = path.join(rig.state, 'sessions', record!);
  const { cookie } = JSON.parse(readFileSync(file, 'utf8')) as { cookie: string };
  const [worker] = findStrays(cookie);
  // The worker is stopped, so that it can not see the end of its stdin: the worst case.
  process.kill(worker!, 'SIGSTOP');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(readLeases(rig.state).get('key of 1')?.liveness).toBe('dead');
  expect(findStrays(cookie)).toEqual([worker]);

  const next = rig.start(served, { flash: 'skip' });
  expect(await next.finished).toEqual({ exit: 0 });
  expect(next.log().filter(({ type }) => type === 'tentacle-held')).toEqual([]);
  expect(findStrays(cookie)).toEqual([]);
  expect([readdirSync(path.join(rig.state, 'sessions')), readLeases(rig.state).size]).toEqual([[], 0]);
});

test('kill -9 of a session: its workers end by themselves', async () => {
  await using rig = new SessionRig();
  const child = sessionProcess(rig, ['1', '-', 'wait', rig.file('never')]);
  await printed(child, 'phase-started');
  const [record] = readdirSync(path.join(rig.state, 'sessions'));
  const { cookie } = JSON.parse(readFileSync(path.join(rig.state, 'sessions', record!), 'utf8')) as {
    cookie: string;
  };
  expect(findStrays(cookie)).toHaveLength(1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  while (findStrays(cookie).length > 0) await new Promise(setImmediate);
});

test('a log that can not grow ends the session with a clear message, and loses nothing that was finished', async () => {
  await using rig = new SessionRig();
  const child = sessionProcess(rig, ['200', '-', 'pass'], `trap '' XFSZ; ulimit -f 8; exec "$0" "$@"`);
  const { end, balance, directory } = JSON.parse(await text(child.stdout!)) as {
    end: { exit: number; fault: string };
    balance: { pass: number };
    directory: string;
  };
  expect(end.exit).toBe(3);
  expect(end.fault).toMatch(/events\.jsonl can not be written \(EFBIG\)/);
  const log = readFileSync(path.join(directory, 'events.jsonl'), 'utf8');
  expect(log.endsWith('}\n')).toBe(true);
  const lines = log.trimEnd().split('\n');
  expect(lines.filter((line) => line.startsWith('{"type":"run-finished"'))).toHaveLength(balance.pass);
  expect(balance.pass).toBeGreaterThan(3);

  const twin = sessionProcess(rig, ['200', '-', 'pass']);
  expect(JSON.parse(await text(twin.stdout!))).toMatchObject({ end: { exit: 0 }, balance: { pass: 200 } });
});

test('a state directory that can not be used: a host-only session goes on with a warning', async () => {
  await using rig = new SessionRig();
  rig.touch('state');
  const host = rig.start({ specs: [spec('host', ['pass'])] });
  expect(await host.finished).toEqual({ exit: 0 });
  expect(host.log().filter(({ type }) => type === 'warning')).toMatchObject([
    { message: expect.stringContaining('what it leaves behind may not be found') },
  ]);
});

test('a lease that somebody removed while we held it is told', async () => {
  await using rig = new SessionRig();
  const session = rig.start(
    { specs: [spec('run', ['wait', rig.file('go')], ONE_ROLE)], tentacles: [tentacle('1')] },
    { flash: 'skip' },
  );
  await session.until(() => session.progress.length > 0);
  writeFileSync(leaseFile(rig.state, 'key of 1'), '{}');
  rig.touch('go');
  expect(await session.finished).toEqual({ exit: 0 });
  expect(session.log().filter(({ type }) => type === 'warning')).toMatchObject([
    { message: expect.stringMatching(/^The lease of tentacle 1 was taken from us while we held it/) },
  ]);
});

function sessionProcess(rig: SessionRig, args: string[], shell?: string): ChildProcess {
  const fixture = path.join(import.meta.dirname, 'fixtures', 'host-session.ts');
  const argv = [process.execPath, fixture, rig.directory, ...args];
  const [program = '', ...rest] = shell === undefined ? argv : ['sh', '-c', shell, ...argv];
  return spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function text(stream: Readable): Promise<string> {
  return Buffer.concat((await stream.toArray()) as Buffer[]).toString();
}

function printed(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let all = '';
    child.stderr!.setEncoding('utf8').on('data', (more: string) => {
      all += more;
      if (all.includes(word)) resolve();
    });
    child.once('close', () => reject(new Error(`ended without ${word}: ${all}`)));
  });
}
