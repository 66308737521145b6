import { expect, test } from 'vitest';
import type { StageNow } from '../../src/overlord/stages-now.ts';
import { stageLines } from '../../src/render/live/side-lines.ts';
import { createPaint } from '../../src/render/paint.ts';
import { bench, ready, spec, stage } from '../stages/bench.ts';
import { Rig, root } from '../support/rig.ts';
import { Terminal } from './support/terminal.ts';

const shows = (text: string) => (screen: readonly string[]) => screen.some((line) => line.match(text));

test('a line for each stage: starting, up, given up with its reason, and where; in a small terminal one for all', async () => {
  await using rig = new Rig();
  bench(rig, {
    tentacles: '{ v0: { board: VIRTUAL } }',
    stages:
      stage('db', 'echo ready; exec sleep 100') +
      stage('slow', 'until [ -e warm ]; do sleep 0.05; done; echo ready; exec sleep 100') +
      stage('never', 'echo no luck; exit 3') +
      `  set: { steps: [{ exec: 'x = 1' }] }\n`,
    specs:
      spec('db', ['sh', '-c', 'until [ -e go ]; do sleep 0.05; done'], `stage: db, cwd: ${rig.directory}`) +
      spec('slow', ['true'], 'stage: slow') +
      spec('never', ['true'], 'stage: never') +
      spec(
        'board',
        ['sh', '-c', 'until [ -e go ]; do sleep 0.05; done'],
        `stage: set, cover: once, roles: { dut: { feature: mcu } }, cwd: ${rig.directory}`,
      ),
  });
  const quiet = `cd '${rig.directory}'; stty echo; PS1='ready> ' exec bash --norc --noprofile -i`;
  using terminal = new Terminal(quiet, { columns: 80, rows: 30 });
  terminal.type(`clear; '${process.execPath}' '${root}/bin/testbed' run --jobs 4; echo "exit $?"`);
  // More than three are summed up; those that are not up have a line of their own.
  await terminal.until(shows('^4 stages: .*2 up'));
  await terminal.until(shows('^stage never given up on host: It ended with exit code 3'));
  await terminal.until(shows('^stage slow starting \\d'));
  terminal.resize(40, 12);
  const small = await terminal.until(
    (screen) => shows('^4 stages: .*2 up')(screen) && !shows('^stage ')(screen),
  );
  expect(small.every((line) => line.length <= 40)).toBe(true);
  const ps = await rig.run(['ps']);
  expect(ps.stdout).toMatch(/STAGE {2}ON {4}STATE .*WHY\n/);
  expect(ps.stdout).toMatch(/ {2}db {5}host {2}up /);
  expect(ps.stdout).toMatch(/ {2}slow {3}host {2}starting /);
  expect(ps.stdout).toMatch(/ {2}never {2}host {2}given up .* It ended with exit code 3\./);
  expect(ps.stdout).toMatch(/ {2}set {4}v0 {4}up /);
  const json = JSON.parse((await rig.run(['ps', '--format', 'json'])).stdout) as {
    sessions: { stages: StageNow[] }[];
  };
  expect(json.sessions[0]?.stages.map(({ stage: name, state }) => `${name} ${state}`).toSorted()).toEqual([
    'db up',
    'never given up',
    'set up',
    'slow starting',
  ]);
  terminal.resize(80, 30);
  rig.write('warm', '');
  await ready(rig, 'slow');
  await terminal.until((screen) => !shows('starting')(screen));
  rig.write('go', '');
  await terminal.until(shows('^exit 3$'));
});

function up(name: string): StageNow {
  return { stage: name, tentacle: null, state: 'up', since: 2000, reason: null };
}

test('few stages have a line each, many are counted', () => {
  const room = { paint: createPaint(false), columns: 60, rows: 24, now: 5000, mayLetGo: false };
  const wlan: StageNow = {
    stage: 'wlan',
    tentacle: '2731',
    state: 'reloading',
    since: 4000,
    reason: 'boot.py has changed',
  };
  expect(stageLines([up('db'), wlan], room)).toEqual([
    'stage db up 3.0 s on host',
    'stage wlan reloading 1.0 s on 2731: boot.py has changed',
  ]);
  expect(stageLines([up('a'), wlan, up('b'), up('c')], room)).toEqual([
    '4 stages: 3 up, 1 reloading',
    'stage wlan reloading 1.0 s on 2731: boot.py has changed',
  ]);
  expect(stageLines([up('a'), wlan], { ...room, rows: 12, columns: 20 })).toEqual(['2 stages: 1 up, 1 r…']);
});
