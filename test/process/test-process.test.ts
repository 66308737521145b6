import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { identityOf, isAlive, livenessOf, ownIdentity } from '../../src/process/identity.ts';
import { findStrays } from '../../src/process/strays.ts';
import { endStrays, startTestProcess, type TestProcess } from '../../src/process/test-process.ts';

const scratch = mkdtempSync(path.join(os.tmpdir(), 'testbed-process-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const env = { PATH: process.env['PATH'] };
let count = 0;

async function start(argv: string[], more: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  const cookie = `test-${process.pid}-${++count}`;
  const started = await startTestProcess({ argv, cwd: scratch, env, cookie, ...more });
  return { cookie, started };
}

async function running(
  script: string,
): Promise<{ cookie: string; child: TestProcess; ready: Promise<string> }> {
  const { cookie, started } = await start(['sh', '-c', script]);
  if (!started.ok) throw new Error(started.fault.message);
  const child = started.process;
  child.stderr.resume();
  const ready = new Promise<string>((resolve) =>
    child.stdout.once('data', (data: Buffer) => resolve(String(data))),
  );
  return { cookie, child, ready };
}

async function all(stream: Readable): Promise<Buffer> {
  return Buffer.concat((await stream.toArray()) as Buffer[]);
}

test('argv goes through as it is, bytes come out as they are, the environment is just what was given', async () => {
  const script = 'printf "%s|" "$@" "$ODD" "${HOME-unset}"; printf "\\377\\000" ; printf err >&2; exit 3';
  const { cookie, started } = await start(['sh', '-c', script, 'x', '$HOME', 'a b', '*', ''], {
    env: { ...env, ODD: 'ü\n"' },
  });
  if (!started.ok) throw new Error(started.fault.message);
  const child = started.process;
  const [stdout, stderr, exit] = await Promise.all([all(child.stdout), all(child.stderr), child.exited]);
  expect(stdout).toEqual(Buffer.concat([Buffer.from('$HOME|a b|*||ü\n"|unset|'), Buffer.from([255, 0])]));
  expect(stderr.toString()).toBe('err');
  expect(exit).toEqual({ code: 3, signal: null });
  expect(await child.sweep()).toBe(0);
  expect(findStrays(cookie)).toEqual([]);
});

test('it leads a session of its own', async () => {
  const { child, ready } = await running('cut -d" " -f5,6 /proc/self/stat; sleep 60');
  expect((await ready).trim()).toBe(`${child.pid} ${child.pid}`);
  await child.kill();
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

test('TERM and its grace: who obeys ends by itself, who does not is killed, a stopped one hears it too', async () => {
  const kind = await running(`trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done`);
  await kind.ready;
  await kind.child.end({ graceMs: 20_000 });
  expect(await kind.child.exited).toEqual({ code: 5, signal: null });

  const deaf = await running(`trap '' TERM; echo up; while :; do sleep 0.05; done`);
  await deaf.ready;
  await deaf.child.end({ graceMs: 100 });
  expect(await deaf.child.exited).toEqual({ code: null, signal: 'SIGKILL' });

  const stopped = await running(`trap 'exit 6' TERM; echo up; while :; do sleep 0.05; done`);
  await stopped.ready;
  process.kill(stopped.child.pid, 'SIGSTOP');
  await stopped.child.end({ graceMs: 20_000 });
  expect(await stopped.child.exited).toEqual({ code: 6, signal: null });
});

test('a kill during the grace does not wait for the rest of it', async () => {
  const { child, ready } = await running(`trap '' TERM; echo up; while :; do sleep 0.05; done`);
  await ready;
  const kindly = child.end({ graceMs: 2 ** 30 });
  await child.kill();
  await kindly;
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

test('what it leaves behind is ended: in its group, in a session of its own, and twice away', async () => {
  const { cookie, child, ready } = await running(
    `sleep 600 & setsid sh -c 'sleep 600 & setsid sleep 600 & wait' & sleep 0.2; echo up`,
  );
  await ready;
  await child.exited;
  expect(findStrays(cookie).length).toBeGreaterThan(3);
  expect(await child.sweep()).toBeGreaterThan(2);
  expect(findStrays(cookie)).toEqual([]);
});

test('strays of a session are found by its cookie, those of another are left alone', async () => {
  const cookie = `session-${process.pid}`;
  const mine = await startTestProcess({
    argv: ['sleep', '600'],
    cwd: '/',
    env: { ...env, TESTBED_COOKIE: cookie },
    cookie: `${cookie}/RUN`,
  });
  const other = await startTestProcess({
    argv: ['sleep', '600'],
    cwd: '/',
    env: { ...env, TESTBED_COOKIE: `${cookie}-2` },
    cookie: `${cookie}-2/RUN`,
  });
  if (!mine.ok || !other.ok) throw new Error('not started');
  expect(await endStrays(cookie)).toBe(1);
  expect((await mine.process.exited).signal).toBe('SIGKILL');
  expect(isAlive(identityOf(other.process.pid)!)).toBe(true);
  await other.process.kill();
});

test('what can not be started is a value that says what to do', async () => {
  const faults = async (argv: string[], more: Parameters<typeof start>[1] = {}) => {
    const { started } = await start(argv, more);
    if (started.ok) throw new Error('it was started');
    return `${started.fault.code}: ${started.fault.message}`;
  };
  expect(await faults(['no-such-program'])).toMatch(/^ENOENT: .*no such program in PATH \(.*Install it/);
  expect(await faults(['./missing'])).toMatch(/^ENOENT: .*there is no .*\/missing\. Correct "command:"/);
  expect(await faults(['true'], { cwd: '/no/such' })).toMatch(
    /^ENOENT: .*working directory \/no\/such is not there/,
  );
  expect(await faults([program('lost', '#!/no/such/interpreter\n', 0o755)])).toMatch(
    /interpreter that its first line/,
  );
  expect(await faults([program('plain', 'x', 0o644)])).toMatch(/^EACCES: .*chmod \+x/);
  expect(await faults(['true', 'x'.repeat(300_000)])).toMatch(/^E2BIG: .*30\d{4} bytes\. Narrow the tests/);
  expect(await faults(['true', 'a\0b'])).toMatch(/NUL byte/);
  expect(await faults([])).toMatch(/command is empty/);
  const { started } = await start(['true']);
  expect(started.ok).toBe(true);
  if (started.ok) expect(await started.process.exited).toEqual({ code: 0, signal: null });
});

test('a process is told from a later one with the same pid, from a zombie, and from one elsewhere', async () => {
  const own = ownIdentity();
  expect(livenessOf(own)).toBe('alive');
  expect(livenessOf({ ...own, startTime: '1' })).toBe('dead');
  expect(livenessOf({ ...own, bootId: 'another' })).toBe('dead');
  const elsewhere = { ...own, host: 'elsewhere', bootId: 'another' };
  expect(livenessOf(elsewhere)).toBe('unknown');
  expect(isAlive(elsewhere)).toBe(true);
  expect(livenessOf({ ...own, machine: 'another of that name', bootId: 'another' })).toBe('unknown');
  expect(livenessOf({ ...own, host: 'container', pidNamespace: 'pid:[1]' })).toBe('unknown');
  // Its host has another name since.
  expect(livenessOf({ ...own, host: 'before' })).toBe('alive');
  expect(livenessOf({ ...own, host: 'before', startTime: '1' })).toBe('dead');
  // Of an older testbed.
  const { pid, startTime, bootId, host } = own;
  expect(livenessOf({ pid, startTime, bootId, host })).toBe('alive');
  expect(livenessOf({ pid, startTime, bootId, host: 'before' })).toBe('unknown');
  expect(livenessOf({ pid, startTime, bootId: 'another', host })).toBe('dead');
  // The shell becomes a sleep, which never reaps its child; the child ends only then, so that it is left as a zombie.
  const { child, ready } = await running(
    `until read -r name </proc/$$/comm && [ "$name" = sleep ]; do sleep 0.01; done & echo $!; exec sleep 600`,
  );
  const zombie = Number(await ready);
  const identity = identityOf(zombie);
  if (identity === undefined) throw new Error('expected a child that is there, was not');
  while (!readFileSync(`/proc/${zombie}/stat`, 'latin1').includes(') Z ')) await new Promise(setImmediate);
  expect(livenessOf(identity)).toBe('dead');
  await child.kill();
});

function program(name: string, content: string, mode: number): string {
  const file = path.join(scratch, name);
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}
