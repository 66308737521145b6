// A runner that is killed, stopped, or not what it should be: nobody is kept from anything. Through the real binary.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Gate } from '../support/gate.ts';
import { heldLab } from '../support/held-lab.ts';
import { processesOf, Rig, until } from '../support/rig.ts';
import { bench, lives, pidOf, ready, spec, stage } from '../stages/bench.ts';
import { leasesOf, nothingLeft, processOf, RunnerRig } from './bench.ts';

const WWW = stage('www', 'echo ready; exec sleep 1000');

function directoryOf(rig: Rig): string {
  const runners = path.join(rig.state, 'testbed', 'runners');
  const name = readdirSync(runners).find((each) => each !== 'leases');
  return path.join(runners, name ?? '');
}

test('killed idle, with a stage and a board: all of it is gone within a second or two; the next run and start work at once', async () => {
  await using rig = new Rig();
  bench(rig, {
    tentacles: '{ v0: { board: VIRTUAL } }',
    stages: `${WWW}  set: { steps: [{ exec: 'import sys' }] }\n`,
    specs:
      spec('a', ['true'], 'stage: www') +
      spec('b', ['true'], 'roles: { dut: { feature: mcu } }, cover: once, stage: set'),
  });
  await using runner = await RunnerRig.start(rig);
  expect((await rig.run(['run'])).exit).toBe(0);
  const www = pidOf(await ready(rig, 'www'));
  expect(leasesOf(rig)).toHaveLength(2);
  runner.kill('SIGKILL');
  await nothingLeft(rig, 3000);
  expect(lives(www)).toBe(false);
  expect(existsSync(path.join(directoryOf(rig), 'socket'))).toBe(true);
  const next = await rig.run(['run']);
  expect([next.exit, next.stderr]).toEqual([
    0,
    expect.stringContaining(`(pid ${runner.pid}) is gone; what it left is swept`),
  ]);
  expect(leasesOf(rig)).toEqual([]);
  await using again = await RunnerRig.start(rig);
  expect((await rig.run(['run'])).exit).toBe(0);
  expect(processOf(rig.events())).toBe(again.pid);
});

test('killed in a session: who watches is told, exit 4, and --resume goes on; nothing of it is left', async () => {
  await using held = await heldLab(2);
  const { rig, gate } = held;
  await using runner = await RunnerRig.start(rig);
  const running = rig.start(['run', '--jobs', '1']);
  (await gate.arrival()).release(0);
  await gate.arrival();
  runner.kill('SIGKILL');
  const { exit, stderr } = await running.finished;
  expect(exit).toBe(4);
  expect(stderr).toContain('the session was cut off');
  const id = readdirSync(path.join(rig.directory, 'results')).find((name) => name !== 'latest');
  expect(stderr).toContain(
    `testbed: the runner died. To go on with the session: testbed run --resume ${id}\n`,
  );
  await nothingLeft(rig, 3000);
  // The next one is at work at once, though nobody has swept.
  await using _ = await RunnerRig.start(rig);
  const resumed = rig.start(['run', '--resume']);
  (await gate.arrival()).release(0);
  expect((await resumed.finished).exit).toBe(0);
  expect((await resumed.finished).stderr).toContain('2 planned = 2 pass');
});

test('runner and workers killed together: the next start ends the tests that they left', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  bench(rig, { specs: spec('a', gate.command('a', 'deaf')) });
  await RunnerRig.start(rig);
  const running = rig.start(['run']);
  const run = await gate.arrival();
  const own = processesOf(rig.directory).filter((pid) => pid !== run.pid && pid !== running.pid);
  // None of them gets to see that another one is gone.
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const) for (const pid of own) process.kill(pid, signal);
  expect((await running.finished).exit).toBe(4);
  expect(lives(run.pid)).toBe(true);
  await using _ = await RunnerRig.start(rig);
  expect(lives(run.pid)).toBe(false);
});

test('killed while it starts: start says so, and the next one starts', async () => {
  await using rig = new Rig();
  bench(rig, { specs: spec('a', ['true']) });
  const starting = rig.start(['start']);
  const pid = await until(rig.directory, () =>
    processesOf(rig.directory).find((each) => each !== starting.pid),
  );
  process.kill(pid, 'SIGKILL');
  const { exit, stderr } = await starting.finished;
  expect([exit, stderr]).toEqual([
    137,
    expect.stringContaining('the runner was ended by SIGKILL before it was up'),
  ]);
  await using runner = await RunnerRig.start(rig);
  expect((await rig.run(['run'])).exit).toBe(0);
  expect(processOf(rig.events())).toBe(runner.pid);
});

test('stopped with SIGSTOP: a run waits 2 s for it, says so, and carries its session out itself', async () => {
  await using rig = new Rig();
  bench(rig, { specs: spec('a', ['true']) });
  await using runner = await RunnerRig.start(rig);
  runner.kill('SIGSTOP');
  const { exit, stderr } = await rig.run(['run']);
  expect([exit, stderr]).toEqual([
    0,
    expect.stringContaining('did not answer within 2 s; the session is carried out here'),
  ]);
  expect(await rig.run(['stop'])).toMatchObject({
    exit: 3,
    stderr: expect.stringContaining(`kill -9 ${runner.pid}`),
  });
  runner.kill('SIGCONT');
  expect((await rig.run(['run'])).exit).toBe(0);
  expect(processOf(rig.events())).toBe(runner.pid);
});

test('of another version of testbed: a run says so, and carries its session out itself', async () => {
  await using rig = new Rig();
  bench(rig, { specs: spec('a', ['true']) });
  await using runner = await RunnerRig.start(rig);
  runner.kill('SIGSTOP');
  // Somebody who talks like it, in its place.
  const socket = path.join(directoryOf(rig), 'socket');
  const server = createServer((client) =>
    client.end(`${JSON.stringify({ kind: 'hello', version: '0.0.1', pid: 1 })}\n`),
  );
  rmSync(socket);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const { exit, stderr } = await rig.run(['run']);
  server.close();
  expect([exit, stderr]).toEqual([
    0,
    expect.stringMatching(/is of testbed 0\.0\.1, and this is \S+; the session is carried out here/),
  ]);
});

test('who talks nonsense to its socket harms nobody', async () => {
  await using rig = new Rig();
  bench(rig, { specs: spec('a', ['true']) });
  await using runner = await RunnerRig.start(rig);
  for (const nonsense of [
    '{"kind":\nnonsense\n{"kind":"run"}\n',
    '{"kind":"run"}\n',
    '{"kind":"unheard-of"}\n',
  ]) {
    const client = connect(path.join(directoryOf(rig), 'socket'));
    client.resume().on('error', () => undefined);
    client.write(nonsense);
    await new Promise((resolve) => client.once('close', resolve));
  }
  expect((await rig.run(['run'])).exit).toBe(0);
  expect(processOf(rig.events())).toBe(runner.pid);
});
