import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Watch, type Expiry } from '../../src/worker/watch.ts';

/** A process that prints while nobody listens: this thread stands still for longer than the limits. */
async function heardAfterStandstill(limits: {
  timeoutMs: number;
  silenceMs?: number;
}): Promise<Expiry | 'nothing'> {
  const child = spawn('sh', ['-c', 'sleep 0.1; echo up; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const expired: Expiry[] = [];
  const watch = new Watch(limits, (expiry) => expired.push(expiry));
  await nextTurn();
  const output = once(child.stdout, 'data').then(() => watch.output());
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
  await output;
  const said = expired[0] ?? 'nothing';
  watch.stop();
  child.kill('SIGKILL');
  return said;
}

test('output that came while the worker stood still is heard before silence is', async () => {
  expect(await heardAfterStandstill({ timeoutMs: 60_000, silenceMs: 650 })).toBe('nothing');
});

test('while nothing is read, silence does not count', async () => {
  const expired: Expiry[] = [];
  const watch = new Watch({ timeoutMs: 60_000, silenceMs: 20 }, (expiry) => expired.push(expiry));
  watch.deaf = true;
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(expired).toEqual([]);
  watch.deaf = false;
  while (expired.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(expired).toEqual(['silence']);
});
