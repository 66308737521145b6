import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enterControlGroup } from '../../src/process/cgroup.ts';
import { livenessOf, identityOf } from '../../src/process/identity.ts';
import { endStrays } from '../../src/process/strays.ts';

const WORKER = fileURLToPath(new URL('fixtures/grouped.mjs', import.meta.url));

/** A process in a control group of its own that starts somebody who can not be found by session or environment. */
async function grouped(
  cookie: string,
  what: string,
): Promise<{ worker: ChildProcess; stray: number; group: string }> {
  const worker = spawn(process.execPath, [WORKER, cookie, what], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) =>
    worker.stdout.once('data', (data: Buffer) => resolve(String(data))),
  );
  const [group = '', stray] = line.trim().split(' ');
  return { worker, stray: Number(stray), group };
}

const lives = (pid: number) => {
  const identity = identityOf(pid);
  return identity !== undefined && livenessOf(identity) === 'alive';
};

let possible = false;
beforeAll(async () => {
  const cookie = `probe-${process.pid}`;
  const probe = spawn(process.execPath, [WORKER, cookie, 'probe'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const answer = await new Promise<string>((resolve) =>
    probe.stdout.once('data', (data: Buffer) => resolve(String(data))),
  );
  possible = answer.trim() === 'yes';
  await endStrays(cookie);
});
afterAll(async () => {
  await endStrays(`group-${process.pid}`);
  await endStrays(`group-${process.pid}-run`);
});

describe('where a control group may be made', () => {
  test('who left the session and cleared the environment is found by the worker', async (context) => {
    if (!possible) context.skip();
    const { worker, stray } = await grouped(`group-${process.pid}`, 'sweep');
    worker.stdin!.end();
    await new Promise((resolve) => worker.once('exit', resolve));
    expect(stray).toBeGreaterThan(1);
    expect(lives(stray)).toBe(false);
  });

  test('and by who sees that the worker is dead, with the cookie of its run; the group goes, too', async (context) => {
    if (!possible) context.skip();
    const cookie = `group-${process.pid}-run`;
    const dead = await grouped(cookie, 'stay');
    const living = await grouped(cookie, 'stay');
    expect(lives(dead.stray)).toBe(true);
    dead.worker.kill('SIGKILL');
    await new Promise((resolve) => dead.worker.once('exit', resolve));
    expect(await endStrays(`${cookie}/RUN`)).toBe(1);
    expect([lives(dead.stray), lives(living.stray)]).toEqual([false, true]);
    expect(() => readdirSync(dead.group)).toThrow('ENOENT');
    expect(await endStrays(cookie)).toBe(2);
    expect([lives(living.stray), lives(living.worker.pid!)]).toEqual([false, false]);
    expect(() => readFileSync(`${living.group}/cgroup.procs`)).toThrow('ENOENT');
  });
});

test('where none may be made, that is no fault', () => {
  expect(enterControlGroup('../elsewhere')).toBeUndefined();
});
