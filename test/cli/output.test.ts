import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Rig, root } from '../support/rig.ts';

const PLAN = `
plan: own
specs:
  good: { label: GOOD, help: passes, priority: 1, timeout: 1m, command: ["true"], results: exit-code }
  bad: { label: BAD, help: fails, timeout: 1m, command: [sh, -c, "echo the evidence; exit 3"], results: exit-code }
`;

function rigWithPlan(): Rig {
  const rig = new Rig();
  rig.lab('plans: [./own.yaml]\ntentacles: {}\n');
  rig.write('own.yaml', PLAN);
  return rig;
}

/** A text without what differs from run to run. */
function stable(rig: Rig, printed: string): string {
  return printed
    .replaceAll(rig.directory, 'RIG')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[0-9a-f]{4}/g, 'SESSION')
    .replaceAll(/^\d\d:\d\d:\d\d/gm, 'hh:mm:ss')
    .replaceAll(/\d+ ms/g, 'N ms')
    .replaceAll(/\d+\.\d s/g, 'N s');
}

const END = `
✖ fail BAD: exit code 3
    evidence the evidence
    log      results/SESSION/runs/BAD/output.txt
    again    testbed run --only id:BAD
    by hand  cd RIG && sh -c 'echo the evidence; exit 3'

2 planned = 1 pass + 1 fail + 0 error + 0 skip + 0 unschedulable + 0 not-run
report: results/SESSION/report.md, junit.xml (N s)
`;

test('a line per thing that happened, then the end; -q: the end only; replay: the same again', async () => {
  await using rig = rigWithPlan();
  const lines = await rig.run(['run', '--jobs', '1']);
  expect([lines.exit, lines.stdout]).toEqual([1, '']);
  expect(stable(rig, lines.stderr)).toBe(
    `hh:mm:ss session  SESSION  lab rig: 2 orders of 2 specs
hh:mm:ss run      GOOD
hh:mm:ss PASS     GOOD  N s  [P:1|F:0|A:0|R:0|T:1]
hh:mm:ss run      BAD
hh:mm:ss FAIL     BAD  exit code 3, N s  [P:1|F:1|A:0|R:0|T:0]
hh:mm:ss end      complete after N s, exit 1
${END}`,
  );
  expect(await rig.run(['replay'])).toEqual(lines);
  const quiet = await rig.run(['run', '--quiet']);
  expect([quiet.exit, quiet.stdout, stable(rig, quiet.stderr)]).toEqual([1, '', END]);
});

test('-v: every event, and what a failing run printed', async () => {
  await using rig = rigWithPlan();
  const { exit, stderr } = await rig.run(['run', '-v', '--only', 'bad']);
  expect(exit).toBe(1);
  expect(stable(rig, stderr).split('\n\n')[0]).toBe(
    `hh:mm:ss session  SESSION  lab rig: 1 order of 1 spec
hh:mm:ss run      BAD
hh:mm:ss test     BAD  begins
hh:mm:ss test     BAD  done after N s
hh:mm:ss audit    BAD
hh:mm:ss FAIL     BAD  exit code 3, N s  first output N ms, test N ms, audit N ms  [P:0|F:1|A:0|R:0|T:0]
         | the evidence
hh:mm:ss end      complete after N s, exit 1
`.trimEnd(),
  );
  const both = await rig.run(['run', '-q', '-v']);
  expect([both.exit, both.stderr]).toEqual([2, 'testbed: --quiet and --verbose exclude each other.\n']);
});

test('--format jsonl: stdout holds exactly the events', async () => {
  await using rig = rigWithPlan();
  const { exit, stdout, stderr } = await rig.run(['run', '--format', 'jsonl']);
  expect(exit).toBe(1);
  expect(stdout).toBe(rig.read('results/latest/events.jsonl'));
  expect(stable(rig, stderr)).toBe(END);
  expect((await rig.run(['log', '--format', 'jsonl'])).stdout).toBe(stdout);
});

test('colours: FORCE_COLOR and NO_COLOR decide, else whether there is a terminal', async () => {
  await using rig = rigWithPlan();
  const coloured = async (env: NodeJS.ProcessEnv): Promise<boolean> =>
    (await rig.run(['run', '--only', 'good'], { env })).stderr.includes('\u001b[');
  expect(await coloured({ NO_COLOR: '' })).toBe(false);
  expect(await coloured({ NO_COLOR: '', FORCE_COLOR: '1' })).toBe(true);
  expect(await coloured({ NO_COLOR: '1', FORCE_COLOR: '0' })).toBe(false);
});

test('in GitHub Actions: annotations, and the report in the step summary', async () => {
  await using rig = rigWithPlan();
  const summary = rig.write('summary.md', 'of an earlier step\n');
  const { exit, stderr } = await rig.run(['run'], {
    env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
  });
  expect(exit).toBe(1);
  expect(stderr.split('\n').filter((line) => line.startsWith('::'))).toEqual([
    '::error title=fail%3A BAD::exit code 3',
  ]);
  expect(rig.read('summary.md')).toBe(`of an earlier step\n${rig.read('results/latest/report.md')}`);
});

test('a reader that goes away ends a command quietly', async () => {
  await using rig = rigWithPlan();
  await rig.run(['run', '-q']);
  // More than a pipe holds, else nobody notices that it is closed.
  const lab = Array.from({ length: 3000 }, (_, id) => `  v${id}: { board: VIRTUAL }\n`).join('');
  rig.write('many.yaml', `lab: many\nplans: [./own.yaml]\ntentacles:\n${lab}`);
  const program = `'${process.execPath}' '${path.join(root, 'bin', 'testbed')}'`;
  const status = (args: string): string =>
    execFileSync(
      'bash',
      ['-c', `${program} ${args} 2>err | head -n 1 >out; echo "\${PIPESTATUS[0]} $(cat err)"`],
      {
        cwd: rig.directory,
        encoding: 'utf8',
      },
    );
  expect(status('log')).toBe('0 \n');
  expect(status('list tentacles -c many.yaml --format json')).toBe('0 \n');
  expect(status('plan -c many.yaml --count 5000 --format json')).toBe('0 \n');
});
