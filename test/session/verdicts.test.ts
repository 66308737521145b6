import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { processesOf, Rig, root } from '../support/rig.ts';
import { runsOf, typesOf } from './support.ts';

test('the example lab runs to a green verdict on real MicroPython', async () => {
  await using rig = new Rig();
  const { exit, stderr } = await rig.run(
    ['run', '-c', path.join(root, 'testbed.yaml.example'), '--results', 'results'],
    {
      env: { XDG_STATE_HOME: rig.state },
    },
  );
  expect(stderr).toContain('0 fail');
  expect(exit).toBe(0);
  const events = rig.events();
  expect(events[0]?.type).toBe('session-started');
  expect(events.at(-1)).toMatchObject({
    type: 'session-finished',
    ending: 'complete',
    exit: 0,
    counters: { F: 0, T: 0 },
  });
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index));
  expect(
    events.filter((event) => event.type === 'test-finished' && event.verdict === 'pass').length,
  ).toBeGreaterThan(8);
  expect(existsSync(path.join(rig.session, 'report.md'))).toBe(true);
  expect(readFileSync(path.join(rig.session, 'junit.xml'), 'utf8')).toContain('<testsuite');
  expect(
    existsSync(path.join(rig.state, 'testbed/leases'))
      ? readdirSync(path.join(rig.state, 'testbed/leases'))
      : [],
  ).toEqual([]);
});

/** Each failing fixture with its passing twin. */
const TRIVIAL = `
plan: own
specs:
  good: { label: GOOD, help: passes, timeout: 1m, command: [sh, -c, exit 0], results: exit-code }
  bad: { label: BAD, help: fails, timeout: 1m, command: [sh, -c, "echo the evidence; exit 3"], results: exit-code }
`;

test('nobody waits for a worker that was started for nothing, and none stays', async () => {
  await using rig = new Rig();
  rig.lab('plans: [./own.yaml]\ntentacles: {}\n');
  rig.write('own.yaml', TRIVIAL.replace('label: BAD', 'label: GOOD'));
  expect((await rig.run(['run'])).exit).toBe(2);
  expect(processesOf(rig.directory)).toEqual([]);
  rig.write('own.yaml', TRIVIAL);
  expect((await rig.run(['run', '--only', 'nobody'])).exit).toBe(2);
  expect(processesOf(rig.directory)).toEqual([]);
});

test('a host-only run passes; the shape of its events is known', async () => {
  await using rig = new Rig();
  rig.lab('plans: [./own.yaml]\ntentacles: {}\n');
  rig.write('own.yaml', TRIVIAL);
  const { exit } = await rig.run(['run', '--only', 'good']);
  expect(exit).toBe(0);
  expect(typesOf(rig.events())).toEqual([
    'session-started',
    'run-started',
    'phase-started test',
    'phase-finished test',
    'run-auditing',
    'run-finished pass',
    'session-finished',
  ]);
  expect(readdirSync(path.join(rig.session, 'runs/GOOD')).toSorted()).toEqual(['output.txt', 'result.json']);
});

test('a failing run is exit 1, and the end tells reason, evidence, log and how to do it again', async () => {
  await using rig = new Rig();
  rig.lab('plans: [./own.yaml]\ntentacles: {}\n');
  rig.write('own.yaml', TRIVIAL);
  const { exit, stderr } = await rig.run(['run']);
  expect(exit).toBe(1);
  expect(stderr).toContain('the evidence');
  expect(stderr).toContain('--only id:BAD');
  expect(stderr).toContain(`sh -c 'echo the evidence; exit 3'`);
  expect(stderr).toContain('runs/BAD');
  expect(rig.read('results/latest/runs/BAD/output.txt')).toContain('the evidence');
  expect(rig.read('results/latest/runs/BAD/run.ljsonl')).toMatch(/\n0\nnull\n$/);
  expect(runsOf(rig.events())).toEqual(['BAD fail', 'GOOD pass']);
});

test('replay shows the same end and gives the same exit code', async () => {
  await using rig = new Rig();
  rig.lab('plans: [./own.yaml]\ntentacles: {}\n');
  rig.write('own.yaml', TRIVIAL);
  const first = await rig.run(['run']);
  const again = await rig.run(['replay']);
  expect(again.exit).toBe(first.exit);
  expect(again.stderr).toBe(first.stderr);
});

test('an order that nobody can take is unschedulable with its reason, exit 3', async () => {
  await using rig = new Rig();
  rig.lab('plans: [smoke]\ntentacles:\n  v0: { board: VIRTUAL }\n');
  const { exit, stderr } = await rig.run(['run', '--only', 'SMOKE-PAIR']);
  expect({ exit, stderr }).toMatchObject({ exit: 3 });
  expect(stderr).toMatch(/partner/);
});

test('--test that matches nothing is a fault with a suggestion, not a green session', async () => {
  await using rig = new Rig();
  rig.lab('plans: [smoke]\ntentacles:\n  v0: { board: VIRTUAL }\n');
  const typo = await rig.run(['run', '--only', 'SMOKE', '--test', 'smoke/languge.py']);
  expect(typo.exit).toBe(2);
  expect(typo.stderr).toMatch(/matches none of the \d+ tests/);
  const right = await rig.run([
    'run',
    '--only',
    'SMOKE',
    '--only',
    'board:VIRTUAL-',
    '--test',
    'smoke/lang*.py',
  ]);
  expect(right.exit).toBe(0);
  expect(rig.events().filter(({ type }) => type === 'test-finished')).toHaveLength(1);
});

test('a git source that only the teardown reads is checked out, too', async () => {
  await using rig = new Rig();
  rig.write('upstream/a.txt', 'from upstream\n');
  const git = (...args: string[]): void => {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@localhost'];
    execFileSync('git', ['-C', path.join(rig.directory, 'upstream'), ...identity, ...args]);
  };
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '-m', 'first');
  rig.lab(`plans: [./own.yaml]\ntentacles: {}\nsources: { own: "file://${rig.directory}/upstream/.git" }\n`);
  rig.write(
    'own.yaml',
    'plan: own\nspecs:\n  a: { label: A, help: cleans up, timeout: 1m, command: ["true"], teardown: [[cp, "${source.own}/a.txt", "${run.dir}/copied"]], results: exit-code }\n',
  );
  const { exit, stderr } = await rig.run(['run'], { env: { XDG_CACHE_HOME: rig.state } });
  expect(exit, stderr).toBe(0);
  expect(rig.read('results/latest/runs/A/copied')).toBe('from upstream\n');
});
