// What a runner keeps warm between sessions, and what makes it begin anew; through the real binary.
import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Gate } from '../support/gate.ts';
import { Rig, until } from '../support/rig.ts';
import { bench, lives, pidOf, ready, spec, stage, stagesOf } from '../stages/bench.ts';
import { leasesOf, nothingLeft, RunnerRig } from './bench.ts';

const WWW = stage('www', 'echo begun; echo ready; exec sleep 1000');
const ON_WWW = spec('a', ['sh', '-c', 'test "${stage.www.pid}" -gt 0'], 'stage: www');
const FRESH = ['www started', 'www ready', 'www stopped kept'];
const KEPT = ['www ready', 'www stopped kept'];

/** Runs the lab's specs to a pass; gives what became of its stages, and the pid of `www`. */
async function passes(rig: Rig, env: NodeJS.ProcessEnv = {}): Promise<{ stages: string[]; pid: number }> {
  const { exit, stderr } = await rig.run(['run'], { env });
  expect(exit, stderr).toBe(0);
  return { stages: stagesOf(rig.events()), pid: pidOf(await ready(rig, 'www')) };
}

test('a stage that is up is used by the next session: same process, its values, kept in the log, with its output', async () => {
  await using rig = new Rig();
  bench(rig, { stages: WWW, specs: ON_WWW });
  await using runner = await RunnerRig.start(rig);
  const first = await passes(rig);
  const second = await passes(rig);
  expect([first.stages, second.stages]).toEqual([FRESH, KEPT]);
  expect(second.pid).toBe(first.pid);
  expect(await ready(rig, 'www')).toMatchObject({ kept: true, durationMs: 0 });
  const output = path.join(rig.session, 'stages', 'www');
  expect(lstatSync(output).isSymbolicLink()).toBe(false);
  expect(readFileSync(path.join(output, 'output.txt'), 'utf8')).toBe('begun\nready\n');
  expect((await runner.status())?.stages).toMatchObject([
    { stage: 'www', state: 'up', values: { pid: String(first.pid) } },
  ]);
  expect((await rig.run(['stop'])).exit).toBe(0);
  await nothingLeft(rig);
  expect(leasesOf(rig)).toEqual([]);
});

test('it begins anew when its plan, its environment or a file that it reloads for has changed, and for nothing else', async () => {
  await using rig = new Rig();
  const www = stage(
    'www',
    'echo ready; exec sleep 1000',
    "ready: { line: '^ready' }, env: { X: '${env.X}' }, reload: [www.conf]",
  );
  rig.write('www.conf', 'one');
  bench(rig, { stages: www, specs: ON_WWW });
  await using _ = await RunnerRig.start(rig, [], { env: { X: '0' } });
  const first = await passes(rig, { X: '1', OTHER: '1' });
  const same = await passes(rig, { X: '1', OTHER: '2' });
  expect(same.pid).toBe(first.pid);
  const other = await passes(rig, { X: '2' });
  expect([other.pid === first.pid, lives(first.pid), other.stages]).toEqual([false, false, FRESH]);
  rig.write('www.conf', 'two');
  const reloaded = await passes(rig, { X: '2' });
  expect([reloaded.pid === other.pid, lives(other.pid), reloaded.stages]).toEqual([false, false, FRESH]);
  rig.write('own.yaml', rig.read('own.yaml').replace('sleep 1000', 'sleep 2000'));
  const changed = await passes(rig, { X: '2' });
  expect([changed.pid === reloaded.pid, lives(reloaded.pid), changed.stages]).toEqual([false, false, FRESH]);
  // A plan that has it no more.
  bench(rig, { specs: spec('b', ['true']) });
  expect((await rig.run(['run'], { env: { X: '2' } })).exit).toBe(0);
  expect(lives(changed.pid)).toBe(false);
});

test('one that died between two sessions is begun anew in the next; one that nobody used for long is ended', async () => {
  await using rig = new Rig();
  bench(rig, { stages: WWW, specs: ON_WWW });
  await using runner = await RunnerRig.start(rig, ['--stage-idle', '1s']);
  const first = await passes(rig);
  process.kill(first.pid, 'SIGKILL');
  const second = await passes(rig);
  expect(second.stages).toEqual(FRESH);
  await until(rig.directory, () => !lives(second.pid) || undefined, 10_000);
  expect((await runner.status())?.stages).toEqual([]);
});

test('testbed reload: between sessions at once, in one as soon as no run is on it', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  bench(rig, { stages: WWW, specs: ON_WWW + spec('held', gate.command('held'), 'stage: www') });
  await using _ = await RunnerRig.start(rig);
  expect(await rig.run(['reload'])).toMatchObject({
    exit: 0,
    stderr: expect.stringContaining('nothing of that is up'),
  });
  expect((await rig.run(['run', '--only', 'a'])).exit).toBe(0);
  const first = pidOf(await ready(rig, 'www'));
  expect((await rig.run(['reload', 'www'])).stderr).toContain('no run is on it: www');
  await until(rig.directory, () => !lives(first) || undefined, 5000);
  const running = rig.start(['run', '--only', 'held', '--count', '2', '--jobs', '1']);
  const one = await gate.arrival();
  const up = pidOf(await ready(rig, 'www'));
  expect((await rig.run(['reload'])).exit).toBe(0);
  expect(lives(up)).toBe(true);
  one.release(0);
  (await gate.arrival()).release(0);
  expect((await running.finished).exit).toBe(0);
  expect(stagesOf(rig.events())).toEqual([
    'www started',
    'www ready',
    'www stopped reload',
    'www respawned',
    'www ready',
    'www stopped kept',
  ]);
  expect(lives(up)).toBe(false);
  expect((await rig.run(['reload', '-c', 'none.yaml'])).exit).toBe(2);
});

test('workers are kept: the same process carries out the runs of two sessions', async () => {
  await using rig = new Rig();
  bench(rig, { specs: spec('a', ['sh', '-c', 'echo parent $PPID']) });
  await using _ = await RunnerRig.start(rig);
  const parents: string[] = [];
  for (let times = 0; times < 2; times++) {
    expect((await rig.run(['run'])).exit).toBe(0);
    parents.push(rig.read('results/latest/runs/A/output.txt'));
  }
  expect(parents[0]).toMatch(/^parent \d+\n$/);
  expect(parents[1]).toBe(parents[0]);
});

test('a board that is ready for a stage is kept between sessions, with its lease; another stage of that name begins anew', async () => {
  await using rig = new Rig();
  bench(rig, {
    tentacles: '{ v0: { board: VIRTUAL } }',
    stages: '  set: { steps: [{ exec: \'import sys; sys.modules["mark"] = 1\' }] }\n',
    specs: spec('a', ['true'], 'roles: { dut: { feature: mcu } }, cover: once, stage: set'),
  });
  await using runner = await RunnerRig.start(rig);
  const phases = (): string[] =>
    rig
      .events()
      .flatMap((event) =>
        event.type === 'phase-finished' && event.phase !== 'test' ? [`${event.phase} ${event.ending}`] : [],
      );
  expect((await rig.run(['run'])).exit).toBe(0);
  expect(stagesOf(rig.events())).toEqual(['set@v0 started', 'set@v0 ready', 'set@v0 stopped kept']);
  expect((await runner.status())?.boards).toMatchObject([{ tentacle: 'v0', stages: ['set'] }]);
  expect(leasesOf(rig)).toHaveLength(2);
  expect((await rig.run(['run'])).exit).toBe(0);
  expect(stagesOf(rig.events())).toEqual(['set@v0 ready', 'set@v0 stopped kept']);
  expect(phases().slice(0, 4)).toEqual(['power kept', 'flash kept', 'verify kept', 'setup kept']);
  rig.write('own.yaml', rig.read('own.yaml').replace('] = 1', '] = 2'));
  expect((await rig.run(['run'])).exit).toBe(0);
  expect(stagesOf(rig.events())).toEqual(['set@v0 started', 'set@v0 ready', 'set@v0 stopped kept']);
  expect((await rig.run(['stop'])).exit).toBe(0);
  await nothingLeft(rig);
  expect(leasesOf(rig)).toEqual([]);
});
