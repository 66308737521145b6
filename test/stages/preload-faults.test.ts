// Stages with an interpreter of Python whose processes die or are told to end, and tests that hang, deafen themselves or escape.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Gate } from '../support/gate.ts';
import { Rig, parentOf, processesOf, until, type Running } from '../support/rig.ts';
import { bench, endingsOf, lives, pidOf, ready, spec, stagesOf } from './bench.ts';

const STAGE = '  warm: { preload: python, imports: [socket], grace: 2s }\n';

function environ(pid: number): string[] {
  return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
}

/** Resolves when nothing of a rig's session lives. */
async function nobodyIn(rig: Rig): Promise<void> {
  await until(rig.directory, () => (processesOf(rig.directory).some(lives) ? undefined : true), 5000);
}

/** `a` of the stage waits at the gate, with its interpreter up. */
async function holdA(rig: Rig, gate: Gate, more = '', how?: 'deaf'): Promise<Running> {
  bench(rig, { stages: STAGE, specs: spec('a', gate.pythonCommand('a', how), `stage: warm, ${more}`) });
  return rig.start(['run']);
}

test('the interpreter is killed in mid-test: an error of the lab, its test is gone, and its successor serves the order', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const running = await holdA(rig, gate, 'retries: 0');
  const first = await gate.arrival();
  process.kill(pidOf(await ready(rig, 'warm')), 'SIGKILL');
  const second = await gate.arrival();
  expect(lives(first.pid)).toBe(false);
  second.release(0);
  expect((await running.finished).exit).toBe(0);
  expect(endingsOf(rig.events())).toEqual(['A stage-died …', 'A~2 pass']);
  expect(stagesOf(rig.events())).toEqual([
    'warm started',
    'warm ready',
    'warm stopped died',
    'warm respawned',
    'warm ready',
    'warm stopped idle',
  ]);
  await nobodyIn(rig);
});

test('only the forker of a worker is killed: its test goes with it, the order is offered again, and the stage stays up', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const running = await holdA(rig, gate, 'retries: 0');
  const first = await gate.arrival();
  const forker = parentOf(first.pid);
  expect(forker).not.toBe(pidOf(await ready(rig, 'warm')));
  process.kill(forker, 'SIGKILL');
  const second = await gate.arrival();
  expect(lives(first.pid)).toBe(false);
  second.release(0);
  expect((await running.finished).exit).toBe(0);
  const events = rig.events();
  expect(endingsOf(events)).toEqual(['A stage-died …', 'A~2 pass']);
  expect(stagesOf(events)).toEqual(['warm started', 'warm ready', 'warm stopped idle']);
  await nobodyIn(rig);
});

test('the interpreter is killed while it imports: it is begun anew', async () => {
  await using rig = new Rig();
  rig.write(
    'slow.py',
    'import os, time\nopen("pids", "a").write(f"{os.getpid()}\\n")\nif not os.path.exists("go"): time.sleep(600)',
  );
  bench(rig, {
    stages: '  warm: { preload: python, imports: [slow] }\n',
    specs: spec('a', ['${python}', '-c', ''], 'stage: warm'),
  });
  const running = rig.start(['run']);
  const importing = await until(rig.directory, () =>
    existsSync(path.join(rig.directory, 'pids')) ? Number(rig.read('pids')) || undefined : undefined,
  );
  rig.write('go', '');
  process.kill(importing, 'SIGKILL');
  expect((await running.finished).exit).toBe(0);
  expect(stagesOf(rig.events())).toEqual([
    'warm started',
    'warm stopped not-ready',
    'warm respawned',
    'warm ready',
    'warm stopped idle',
  ]);
});

test('an interpreter that dies thrice in a row under its runs is given up', async () => {
  await using rig = new Rig();
  bench(rig, {
    stages: STAGE,
    specs: spec(
      'a',
      ['${python}', '-c', 'import os, time; os.kill(int("${stage.warm.pid}"), 9); time.sleep(60)'],
      'stage: warm',
    ),
  });
  expect((await rig.run(['run'])).exit).toBe(3);
  expect(endingsOf(rig.events())).toEqual([
    'A stage-died …',
    'A~2 stage-died …',
    'A~3 stage-died …',
    'A stage-failed',
  ]);
  await nobodyIn(rig);
});

test.each([
  ['worker', 'A worker-died …'],
  ['main', ''],
])('%s killed: the test, its forker and its strays go', async (who, ending) => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const running = await holdA(rig, gate);
  const first = await gate.arrival();
  const forker = parentOf(first.pid);
  const worker = processesOf(rig.directory).find(
    (pid) =>
      pid !== running.pid &&
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('worker/main') &&
      pid !== parentOf(parentOf(forker)),
  );
  process.kill(who === 'main' ? running.pid : (worker ?? 0), 'SIGKILL');
  await until(rig.directory, () => ([first.pid, forker].some(lives) ? undefined : true), 5000);
  if (who === 'main') return await nobodyIn(rig);
  (await gate.arrival()).release(0);
  expect((await running.finished).exit).toBe(0);
  expect(endingsOf(rig.events())).toEqual([ending, 'A~2 pass']);
});

test('a limit, silence, and a test that hears no TERM: ended as a cold one, and the interpreter serves the next', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const sleeps = ['${python}', '-c', 'import time; print("begins", flush=True); time.sleep(60)'];
  bench(rig, {
    stages: STAGE,
    specs:
      spec('a', sleeps, 'stage: warm, priority: 4').replace('timeout: 1m', 'timeout: 500ms') +
      spec('b', sleeps, 'stage: warm, priority: 3, silence: 500ms') +
      spec('c', gate.pythonCommand('c', 'deaf'), 'stage: warm, priority: 2').replace(
        'timeout: 1m',
        'timeout: 1s',
      ) +
      spec('d', ['${python}', '-c', ''], 'stage: warm'),
  });
  expect((await rig.run(['run', '--jobs', '1'])).exit).toBe(1);
  expect(endingsOf(rig.events())).toEqual(['A timeout', 'B silence', 'C timeout', 'D pass']);
  expect(stagesOf(rig.events())).toEqual(['warm started', 'warm ready', 'warm stopped idle']);
});

test('Ctrl-C once, and twice for a test that hears no TERM', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const running = await holdA(rig, gate, '', 'deaf');
  const { pid } = await gate.arrival();
  process.kill(running.pid, 'SIGINT');
  await running.printed('once more');
  process.kill(running.pid, 'SIGINT');
  expect((await running.finished).exit).toBe(130);
  expect(lives(pid)).toBe(false);
  expect(endingsOf(rig.events())).toEqual(['A interrupted …']);
  expect(stagesOf(rig.events())).toEqual(['warm started', 'warm ready', 'warm stopped end']);
  await nobodyIn(rig);
});

test('an edited helper is imported anew', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  rig.write('helper.py', 'word = "one"');
  const says = ['${python}', '-c', 'import helper; print(helper.word)'];
  bench(rig, {
    stages: '  warm: { preload: python, imports: [helper, socket], reload: [helper.py] }\n',
    specs: spec('a', gate.pythonCommand('a'), 'stage: warm, priority: 1') + spec('b', says, 'stage: warm'),
  });
  const running = rig.start(['run', '--jobs', '1']);
  const first = await gate.arrival();
  rig.write('helper.py', 'word = "another one"');
  await rig.event((event) => event.type === 'stage-changed');
  first.release(0);
  expect((await running.finished).exit).toBe(0);
  expect(rig.read('results/latest/runs/B/output.txt')).toBe('another one\n');
});

test('whoever leaves a test shows its run in its environment, so that it is found without control groups, too', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const running = await holdA(rig, gate);
  const first = await gate.arrival();
  const { pid } = first;
  const own = environ(pid).filter((entry) => /^TESTBED_(COOKIE|RUN|EVENTS|RIG)=/.test(entry));
  expect(own).toHaveLength(4);
  expect(own.find((entry) => entry.startsWith('TESTBED_RUN='))).toMatch(/\/A$/);
  expect(environ(parentOf(pid)).find((entry) => entry.startsWith('TESTBED_RUN='))).toMatch(/\/stage\/warm$/);
  expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('held.py');
  first.release(0);
  expect((await running.finished).exit).toBe(0);
});
