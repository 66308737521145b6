import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { RunFinished } from '../../src/event/event.ts';
import { Rig, root } from '../support/rig.ts';
import { Terminal } from './support/terminal.ts';

const shows = (text: string) => (screen: readonly string[]) => screen.some((line) => line.match(text));

/** Two specs on the host: one fails as long as there is no file `fixed`, and waits for `go` once there is; one waits for `end`. */
function lab(rig: Rig): void {
  rig.lab('plans: [./plan.yaml]\ntentacles: {}\n');
  const spec = (label: string, script: string): string =>
    `{ label: ${label}, help: h, timeout: 1m, cwd: ${rig.directory}, command: [sh, -c, '${script}'], results: exit-code }`;
  const flip = spec(
    'FLIP',
    'if [ ! -e fixed ]; then echo broken; exit 1; fi; until [ -e go ]; do sleep 0.05; done',
  );
  const stay = spec('STAY', 'until [ -e end ]; do sleep 0.05; done');
  rig.write('plan.yaml', `plan: own\nspecs:\n  flip: ${flip}\n  stay: ${stay}\n`);
}

function begin(rig: Rig, args: string, columns = 80): Terminal {
  const quiet = `cd '${rig.directory}'; stty echo; PS1='ready> ' exec bash --norc --noprofile -i`;
  const terminal = new Terminal(quiet, { columns, rows: 30 });
  terminal.type(`'${process.execPath}' '${root}/bin/testbed' run ${args}; echo "exit $?"`);
  return terminal;
}

function ends(rig: Rig): unknown[] {
  return rig
    .events()
    .filter((event): event is RunFinished => event.type === 'run-finished')
    .map(({ run, verdict, again = false }) => [run, verdict, again]);
}

test('r tries what failed once more: it shows, passes, and stays failed in every report', async () => {
  await using rig = new Rig();
  lab(rig);
  using terminal = begin(
    rig,
    '--jobs 2 --renderer tree --renderer tap=told.tap --renderer lines=told.txt --renderer qvf=told.qvf',
  );
  await terminal.until(shows('\\[P:0\\|F:1\\|A:0\\|R:1\\|T:0\\]'));
  // It fails again, by hand.
  terminal.press('r');
  await rig.event(({ type, attempt }) => type === 'run-finished' && attempt === 2);
  rig.write('fixed', '');
  terminal.press('p');
  await terminal.until(shows('paused: p serves on'));
  terminal.press('r');
  await terminal.until(shows('1 order that failed is tried again, before all else'));
  // All of the plan is over; the session waits for what somebody wanted to see.
  rig.write('end', '');
  await terminal.until(shows('\\[P:1\\|F:1\\|A:0\\|R:0\\|T:0\\] \\d'));
  terminal.press('p');
  await terminal.until(shows('^again host test .* FLIP~3'));
  await terminal.until(shows('\\[P:1\\|F:1\\|A:0\\|R:0\\|T:0\\] again:1'));
  terminal.press('r');
  await terminal.until(shows('all that failed is being tried again'));
  rig.write('go', '');
  const screen = await terminal.until(shows('^exit 1$'));
  expect(screen).toContain('↻ 1 order failed, then passed when tried again by hand');
  const told = screen.join('').replaceAll(/ +/g, ' ');
  expect(told).toContain(' FLIP: fail (exit code 1), then fail (exit code 1), then pass');
  expect(screen.filter((line) => line.startsWith('✖ FLIP'))).toHaveLength(1);
  expect(screen).toContain('2 planned = 1 pass + 1 fail + 0 error + 0 skip + 0 unschedulable + 0 not-run');
  expect(ends(rig)).toEqual([
    ['FLIP', 'fail', false],
    ['FLIP~2', 'fail', true],
    ['STAY', 'pass', false],
    ['FLIP~3', 'pass', true],
  ]);
  expect(rig.events().at(-1)).toMatchObject({
    ending: 'complete',
    exit: 1,
    counters: { P: 1, F: 1, R: 0, T: 0 },
  });
  const report = readFileSync(path.join(rig.session, 'report.md'), 'utf8');
  expect(report).toContain('## Failed, then passed when tried again by hand\n\n- FLIP: [fail](');
  const junit = readFileSync(path.join(rig.session, 'junit.xml'), 'utf8');
  expect(junit).toContain('<property name="tried again by hand" value="FLIP~2: fail"/>');
  expect(junit).toContain('<property name="tried again by hand" value="FLIP~3: pass"/>');
  expect(junit).toContain('<testsuites name="rig" tests="2" failures="1"');
  const tap = rig.read('told.tap').split('\n');
  expect(tap.filter((line) => /^(ok|not ok|1\.\.)/.test(line))).toEqual([
    '1..2',
    'not ok 1 - FLIP',
    'ok 2 - STAY',
  ]);
  expect(tap).toContain('# FLIP~3: pass, tried again by hand');
  expect(rig.read('told.txt')).toMatch(/PASS {5}FLIP~3 {2}.*tried again by hand: its order stays failed/);
  expect(rig.read('told.qvf')).toMatch(/PASS {5}FLIP~3/);
  // The log alone tells the same.
  const [log, replay] = [await rig.run(['log']), await rig.run(['replay'])];
  expect(log.stdout).toMatch(/run {6}FLIP~3 {2}attempt 3, asked for by hand/);
  expect([
    replay.exit,
    replay.stderr.includes('↻ 1 order failed, then passed when tried again by hand'),
  ]).toEqual([1, true]);
  const before = [report, junit];
  await rig.run(['report']);
  expect(
    ['report.md', 'junit.xml'].map((name) => readFileSync(path.join(rig.session, name), 'utf8')),
  ).toEqual(before);
});

test('r is served before all that waits, is stopped by s, gone with q, and is asked for in vain when nothing has failed', async () => {
  await using rig = new Rig();
  lab(rig);
  using terminal = begin(rig, '--jobs 1 --count 3');
  await terminal.until(shows('^\\[P:0\\|F:3\\|A:0\\|R:1\\|T:2\\]'));
  rig.write('fixed', '');
  terminal.press('r');
  await terminal.until(shows('3 orders that failed are tried again, before all else'));
  rig.write('end', '');
  await terminal.until(shows('^again host test .* FLIP~2'));
  // All of them come before the two that wait.
  terminal.key('Down');
  await terminal.until(shows('^▸ again host'));
  terminal.press('s');
  await terminal.until(shows('FLIP#2~2'));
  expect(rig.events().filter(({ type }) => type === 'order-not-run')).toEqual([]);
  terminal.press('q');
  rig.write('go', '');
  const screen = await terminal.until(shows('^exit 130$'));
  expect(screen).toContain('↻ 1 order failed, then passed when tried again by hand');
  expect(ends(rig).slice(3)).toEqual([
    ['STAY', 'pass', false],
    ['FLIP~2', 'error', true],
    ['FLIP#2~2', 'pass', true],
  ]);
  const left = rig.events().filter((event) => event.type === 'order-not-run');
  expect(left.map(({ order }) => order)).toEqual(['STAY#2', 'STAY#3']);
  // What goes on is the plan, and a person who asks in vain is told so.
  for (const name of ['end', 'go'])
    await rig.run(['check'], { through: ['sh', '-c', `rm ${name}; "$@"`, 'sh'] });
  terminal.type(`clear; '${process.execPath}' '${root}/bin/testbed' run --resume --jobs 1; echo "exit $?"`);
  await terminal.until(shows('^\\[P:1\\|F:3\\|A:0\\|R:1\\|T:1\\]'));
  terminal.press('r');
  await terminal.until(shows('nothing has failed so far'));
  rig.write('end', '');
  await terminal.until(shows('^exit 1$'));
});

test('kill -9 in the middle of what somebody asked for: it is gone, and what goes on is the plan', async () => {
  await using rig = new Rig();
  lab(rig);
  using terminal = begin(rig, '--jobs 2');
  await terminal.until(shows('\\[P:0\\|F:1\\|A:0\\|R:1\\|T:0\\]'));
  rig.write('fixed', '');
  terminal.press('r');
  await terminal.until(shows('\\[P:0\\|F:1\\|A:0\\|R:1\\|T:0\\] again:1'));
  const [started] = rig.events();
  if (started?.type !== 'session-started') throw new Error('Internal error: expected session-started');
  process.kill(started.process.pid, 'SIGKILL');
  await terminal.until(shows('^exit 137$'));
  rig.write('end', '');
  const { exit, stderr } = await rig.run(['run', '--resume']);
  expect(exit).toBe(1);
  expect(stderr).toContain('2 planned = 1 pass + 1 fail');
  expect(stderr).not.toContain('tried again by hand');
  expect(ends(rig)).toEqual([
    ['FLIP', 'fail', false],
    ['STAY', 'pass', false],
  ]);
});
