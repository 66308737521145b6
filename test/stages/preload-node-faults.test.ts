// Stages with spare processes of Node whose processes die or are told to end, and tests that hang, deafen themselves or escape.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Gate } from '../support/gate.ts';
import { Rig, processesOf, until, type Running } from '../support/rig.ts';
import { bench, endingsOf, lives, pidOf, ready, spec, stagesOf } from './bench.ts';

/** As the gate's commands begin. */
const NODE = process.execPath;
const STAGE = `  warm: { preload: node, interpreter: ${NODE}, imports: ["node:net"], grace: 2s }\n`;

/** Those of a rig's session that wait to become a test. */
function spares(rig: Rig): number[] {
  return processesOf(rig.directory).filter(
    (pid) => lives(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('preload/node/spare.js'),
  );
}

async function nextSpare(rig: Rig): Promise<number> {
  return await until(rig.directory, () => spares(rig)[0]);
}

function environ(pid: number): string[] {
  return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
}

/** Resolves when nothing of a rig's session lives. */
async function nobodyIn(rig: Rig): Promise<void> {
  await until(rig.directory, () => (processesOf(rig.directory).some(lives) ? undefined : true), 5000);
}

/** `a` of the stage waits at the gate. */
async function holdA(rig: Rig, gate: Gate, more = '', how?: 'deaf'): Promise<Running> {
  bench(rig, { stages: STAGE, specs: spec('a', gate.command('a', how), `stage: warm, ${more}`) });
  return rig.start(['run']);
}

test('the process of the stage is killed in mid-test: an error of the lab, its spare process goes, and its successor serves the order', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const running = await holdA(rig, gate, 'retries: 0');
  const first = await gate.arrival();
  const spare = await nextSpare(rig);
  process.kill(pidOf(await ready(rig, 'warm')), 'SIGKILL');
  const second = await gate.arrival();
  expect([first.pid, spare].some(lives)).toBe(false);
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

test('a spare process is killed while it waits: the next run gets another one, and nobody is told', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  bench(rig, {
    stages: STAGE,
    specs: ['a', 'b'].map((name) => spec(name, gate.command(name), 'stage: warm, retries: 0')).join(''),
  });
  const running = rig.start(['run', '--jobs', '1']);
  const first = await gate.arrival();
  const spare = await nextSpare(rig);
  process.kill(spare, 'SIGKILL');
  await until(rig.directory, () => (lives(spare) ? undefined : true));
  first.release(0);
  const second = await gate.arrival();
  expect(second.pid).not.toBe(spare);
  second.release(0);
  expect((await running.finished).exit).toBe(0);
  expect(endingsOf(rig.events()).toSorted()).toEqual(['A pass', 'B pass']);
  await nobodyIn(rig);
});

test('the next test is the process that waited', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  bench(rig, {
    stages: STAGE,
    specs: ['a', 'b'].map((name) => spec(name, gate.command(name), 'stage: warm')).join(''),
  });
  const running = rig.start(['run', '--jobs', '1']);
  const first = await gate.arrival();
  const spare = await nextSpare(rig);
  first.release(0);
  const second = await gate.arrival();
  expect(second.pid).toBe(spare);
  second.release(0);
  expect((await running.finished).exit).toBe(0);
});

test('a spare process that can not import any more: its reason is told, and the order is offered again', async () => {
  await using rig = new Rig();
  rig.write('once.cjs', 'if (require("node:fs").existsSync("broken")) throw new Error("broken now")');
  rig.write('t.cjs', '');
  bench(rig, {
    stages: '  warm: { preload: node, imports: [./once.cjs] }\n',
    specs:
      spec('a', ['sh', '-c', 'touch broken'], 'stage: warm, priority: 1') +
      spec('b', ['node', 't.cjs'], 'stage: warm'),
  });
  await rig.run(['run', '--jobs', '1']);
  const reasons = rig
    .events()
    .flatMap((event) => (event.type === 'run-finished' ? [event.reason ?? ''] : []));
  expect(reasons[1]).toBe(
    'The stage "warm" died in the middle of the run: It could not import ./once.cjs: Error: broken now.',
  );
});

test('a stage that dies thrice in a row under its runs is given up', async () => {
  await using rig = new Rig();
  rig.write('t.js', 'process.kill(Number(process.argv[2]), "SIGKILL"); setTimeout(() => {}, 60_000)');
  bench(rig, {
    stages: '  warm: { preload: node }\n',
    specs: spec('a', ['node', 't.js', '${stage.warm.pid}'], 'stage: warm'),
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

test.each(['worker', 'main'])('%s killed: the test and the spare process go', async (who) => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const running = await holdA(rig, gate);
  const first = await gate.arrival();
  const spare = await nextSpare(rig);
  const worker = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${first.pid}/status`, 'utf8'))?.[1]);
  process.kill(who === 'main' ? running.pid : worker, 'SIGKILL');
  await until(rig.directory, () => ([first.pid, spare].some(lives) ? undefined : true), 5000);
  if (who === 'main') return await nobodyIn(rig);
  (await gate.arrival()).release(0);
  expect((await running.finished).exit).toBe(0);
  expect(endingsOf(rig.events())).toEqual(['A worker-died …', 'A~2 pass']);
  await nobodyIn(rig);
});

test('a limit, silence, and a test that hears no TERM: ended as a cold one, and the stage serves the next', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  rig.write('sleeps.js', 'console.log("begins"); setTimeout(() => {}, 60_000)');
  rig.write('t.js', '');
  const sleeps = [NODE, 'sleeps.js'];
  bench(rig, {
    stages: STAGE,
    specs:
      spec('a', sleeps, 'stage: warm, priority: 4').replace('timeout: 1m', 'timeout: 500ms') +
      spec('b', sleeps, 'stage: warm, priority: 3, silence: 500ms') +
      spec('c', gate.command('c', 'deaf'), 'stage: warm, priority: 2').replace('timeout: 1m', 'timeout: 1s') +
      spec('d', [NODE, 't.js'], 'stage: warm'),
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

test('Ctrl-C while a spare process still imports: nobody waits for it', async () => {
  await using rig = new Rig();
  rig.write(
    'slow.mjs',
    'import fs from "node:fs"; const first = !fs.existsSync("begun"); fs.appendFileSync("begun", "x");' +
      'if (!first) await new Promise((resolve) => setTimeout(resolve, 600_000));',
  );
  rig.write('t.js', '');
  bench(rig, {
    stages: '  warm: { preload: node, imports: [./slow.mjs] }\n',
    specs: spec('a', ['node', 't.js'], 'stage: warm'),
  });
  const running = rig.start(['run']);
  const begun = path.join(rig.directory, 'begun');
  await until(rig.directory, () =>
    existsSync(begun) && readFileSync(begun, 'utf8') === 'xx' ? true : undefined,
  );
  process.kill(running.pid, 'SIGINT');
  expect((await running.finished).exit).toBe(130);
  expect(endingsOf(rig.events())).toEqual(['A interrupted …']);
  await nobodyIn(rig);
});

test('a spare process whose imports hang: its run is told so after the limit of the stage, and offered again', async () => {
  await using rig = new Rig();
  rig.write(
    'slow.mjs',
    'import fs from "node:fs"; fs.appendFileSync("begun", "x");' +
      'if (fs.readFileSync("begun", "utf8") === "xx") await new Promise((resolve) => setTimeout(resolve, 600_000));',
  );
  rig.write('t.js', '');
  bench(rig, {
    stages: '  warm: { preload: node, imports: [./slow.mjs], limit: 2s }\n',
    specs: spec('a', ['node', 't.js'], 'stage: warm'),
  });
  expect((await rig.run(['run'])).exit).toBe(0);
  expect(endingsOf(rig.events())).toEqual(['A stage-died …', 'A~2 pass']);
  const first = rig.events().find((event) => event.type === 'run-finished');
  expect(first?.reason).toContain('A spare process of it did not do its imports in time.');
});

test('an edited helper is imported anew, and no spare process is left that has the old one', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  rig.write('helper.cjs', 'exports.word = "one"');
  rig.write('says.cjs', 'console.log(require("./helper.cjs").word)');
  bench(rig, {
    stages: `  warm: { preload: node, interpreter: ${NODE}, imports: [./helper.cjs], reload: [helper.cjs] }\n`,
    specs:
      spec('a', gate.command('a'), 'stage: warm, priority: 1') + spec('b', [NODE, 'says.cjs'], 'stage: warm'),
  });
  const running = rig.start(['run', '--jobs', '1']);
  const first = await gate.arrival();
  const spare = await nextSpare(rig);
  rig.write('helper.cjs', 'exports.word = "another one"');
  await rig.event((event) => event.type === 'stage-changed');
  first.release(0);
  expect((await running.finished).exit).toBe(0);
  expect(lives(spare)).toBe(false);
  expect(rig.read('results/latest/runs/B/output.txt')).toBe('another one\n');
});

test('a test shows its run in its environment, and what waits shows its stage: both are found without control groups, too', async () => {
  await using rig = new Rig();
  await using gate = await Gate.open();
  const running = await holdA(rig, gate);
  const first = await gate.arrival();
  const own = environ(first.pid).filter((entry) => /^TESTBED_(COOKIE|RUN|EVENTS|RIG)=/.test(entry));
  expect(own).toHaveLength(4);
  expect(own.find((entry) => entry.startsWith('TESTBED_RUN='))).toMatch(/\/A$/);
  expect(readFileSync(`/proc/${first.pid}/cmdline`, 'utf8')).toContain('held.mjs');
  const spare = environ(await nextSpare(rig));
  expect(spare.find((entry) => entry.startsWith('TESTBED_RUN='))).toMatch(/\/stage\/warm$/);
  first.release(0);
  expect((await running.finished).exit).toBe(0);
});
