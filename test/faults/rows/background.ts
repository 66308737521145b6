// Sessions in the background, those who watch them, and sessions that go on.
import path from 'node:path';
import { until, type Finished } from '../../support/rig.ts';
import { commandOf, lives, type Bench } from '../bench.ts';
import { runsOf } from '../carry-out.ts';
import type { Seen, TrialRow } from '../row.ts';
import { fixture } from './fixtures.ts';
import { threeOnBoard } from './held.ts';

const kind = 'a session is in the background, or goes on';
const ALL = ['A pass', 'B pass', 'C pass'];
const ARGS = ['--jobs', '1', '--no-wait'];

/** A trial on the three tests of one board; what it resolves with does not hold. */
function row(
  fault: string,
  seen: { readonly what: string; readonly log: string },
  attempt: (bench: Bench) => Promise<readonly string[]>,
  more: Partial<TrialRow> = {},
): TrialRow {
  return {
    kind,
    fault,
    attempt: async (bench): Promise<Seen> => {
      bench.lab(threeOnBoard('test')(bench));
      return { ...seen, broken: await attempt(bench) };
    },
    ...more,
  };
}

/** The process that runs the latest session, by its log. */
async function mainOf({ rig }: Bench): Promise<number> {
  const writer = await rig.event(({ type }) => type === 'session-started');
  if (writer.type !== 'session-started') throw new Error('no session began');
  return writer.process.pid;
}

async function gone(bench: Bench, pid: number): Promise<void> {
  await until(bench.rig.directory, () => (lives(pid) ? undefined : true), 5000);
}

/** Lets all tests pass, and looks whether the session comes to its end as if nothing had been. */
async function comesToItsEnd(bench: Bench): Promise<string[]> {
  const pid = await mainOf(bench);
  bench.letPass();
  await bench.rig.event(({ type }) => type === 'session-finished');
  await gone(bench, pid);
  return await ended(bench, 0, ALL);
}

/** What is not as it should be of the latest log: its runs, and what `testbed log` says of its end. */
async function ended(bench: Bench, exit: number, wanted: readonly string[]): Promise<string[]> {
  const runs = runsOf(bench.events());
  const log = await bench.rig.run(['log']);
  return [
    ...(runs.join() === wanted.join() ? [] : [`runs: ${runs.join(', ')}; expected: ${wanted.join(', ')}`]),
    ...(log.exit === exit ? [] : [`testbed log exits with ${log.exit}, not ${exit}: ${log.stderr}`]),
  ];
}

function passes({ exit, stderr }: Finished): string[] {
  return exit === 0 ? [] : [`exit ${exit}: ${stderr}`];
}

/** All of a session is gone but for the test's own processes. */
async function nobodyLeft(bench: Bench): Promise<void> {
  await until(bench.rig.directory, () => (bench.survivors().length === 0 ? true : undefined), 5000);
}

/** A session that is killed in its second test. */
async function killedInSecond(bench: Bench, args: readonly string[]): Promise<void> {
  const session = bench.rig.start(['run', ...args]);
  (await bench.arrival(session)).release(0);
  await bench.arrival(session);
  process.kill(session.pid, 'SIGKILL');
  await nobodyLeft(bench);
}

const detached: readonly TrialRow[] = [
  row(
    'kill -9 of whoever starts it with --detach, while it begins',
    { what: 'it goes on without, all pass', log: 'complete' },
    async (bench) => {
      const starter = bench.rig.start(['run', '--detach', ...ARGS]);
      await until(bench.rig.directory, () =>
        bench.survivors().find((pid) => isMain(pid) && pid !== starter.pid),
      );
      process.kill(starter.pid, 'SIGKILL');
      return await comesToItsEnd(bench);
    },
  ),
  row(
    'kill -9 of a session in the background, in mid-test',
    { what: 'all of it is gone; resumed: all passed', log: 'cut off, told (exit 4)' },
    async (bench) => {
      const started = await bench.rig.run(['run', '--detach', ...ARGS]);
      (await bench.arrival()).release(0);
      await bench.arrival();
      process.kill(await mainOf(bench), 'SIGKILL');
      await nobodyLeft(bench);
      const broken = [...passes(started), ...(await ended(bench, 4, ['A pass']))];
      bench.letPass();
      return [
        ...broken,
        ...passes(await bench.rig.run(['run', '--resume'])),
        ...(await ended(bench, 0, ALL)),
      ];
    },
    { short: true },
  ),
  row(
    'the terminal in which it was started with --detach is closed',
    { what: 'it goes on, all pass', log: 'complete' },
    async (bench) => {
      const through = fixture('terminal', 'close', 'testbed attach');
      const closed = await bench.rig.run(['run', '--detach', ...ARGS], { through });
      return [...passes(closed), ...(await comesToItsEnd(bench))];
    },
  ),
  row(
    'the terminal of a session that is not in the background is closed, in mid-test',
    { what: 'interrupted by SIGHUP; resumed: all passed', log: 'interrupted' },
    async (bench) => {
      const through = fixture('terminal', 'close', 'B[');
      const session = bench.rig.start(['run', '--renderer', 'lines', ...ARGS], { through });
      (await bench.arrival(session)).release(0);
      await session.finished;
      await bench.rig.event(({ type }) => type === 'session-finished');
      await nobodyLeft(bench);
      const broken = await ended(bench, 0, ['A pass', 'B error interrupted']);
      bench.letPass();
      const resumed = await bench.rig.run(['run', '--resume']);
      return [
        ...broken,
        ...passes(resumed),
        ...(await ended(bench, 0, ['A pass', 'B error interrupted', 'B pass', 'C pass'])),
      ];
    },
  ),
  row(
    'kill -9 of testbed attach, and SIGSTOP of another one',
    { what: 'the session does not notice, all pass', log: 'complete' },
    async (bench) => {
      const session = bench.rig.start(['run', ...ARGS]);
      (await bench.arrival(session)).release(0);
      const watching = [1, 2].map(() => bench.rig.start(['attach', '--renderer', 'lines']));
      const [killed, stopped] = watching.map(({ pid }) => pid);
      await Promise.all(watching.map(async (each) => await each.printed('Ctrl-C ends the watching')));
      process.kill(killed!, 'SIGKILL');
      process.kill(stopped!, 'SIGSTOP');
      bench.letPass();
      const end = passes(await session.finished);
      process.kill(stopped!, 'SIGCONT');
      return [...end, ...passes(await watching[1]!.finished), ...(await ended(bench, 0, ALL))];
    },
  ),
];

const goingOn: readonly TrialRow[] = [
  row(
    'kill -9 of main during --resume, in mid-test',
    {
      what: 'its claim is nobody’s, attach does not wait for it; resumed again: all passed',
      log: 'complete in the end',
    },
    async (bench) => {
      await killedInSecond(bench, ARGS);
      const again = bench.rig.start(['run', '--resume', ...ARGS.slice(0, 2)]);
      (await bench.arrival(again)).release(0);
      await bench.arrival(again);
      process.kill(again.pid, 'SIGKILL');
      await nobodyLeft(bench);
      const broken = await ended(bench, 4, ['A pass', 'B pass']);
      const { sessions } = JSON.parse((await bench.rig.run(['ps', '--format', 'json'])).stdout) as {
        sessions: unknown[];
      };
      if (sessions.length > 0) broken.push('testbed ps shows a session that is dead');
      const attach = await bench.rig.run(['attach', '--renderer', 'lines']);
      if (attach.exit !== 4) broken.push(`testbed attach exits with ${attach.exit}, not 4`);
      bench.letPass();
      return [
        ...broken,
        ...passes(await bench.rig.run(['run', '--resume'])),
        ...(await ended(bench, 0, ALL)),
      ];
    },
  ),
  row(
    'kill -9 of main during --resume, and then a session of its own begins',
    { what: 'that one removes what the claim left', log: 'complete' },
    async (bench) => {
      await killedInSecond(bench, ARGS);
      const again = bench.rig.start(['run', '--resume', ...ARGS.slice(0, 2)]);
      await bench.arrival(again);
      process.kill(again.pid, 'SIGKILL');
      await nobodyLeft(bench);
      const claims = bench.leases().length;
      bench.letPass();
      const next = await bench.rig.run(['run', ...ARGS]);
      return [...(claims === 1 ? [] : [`the killed one left ${claims} claims, not 1`]), ...passes(next)];
    },
  ),
];

const launcher = row(
  'kill -9 of the launcher (bin/testbed)',
  { what: 'it is no process of its own: it is main, see there', log: '' },
  async (bench) => {
    const session = bench.rig.start(['run', ...ARGS]);
    const held = await bench.arrival(session);
    const mains = bench.survivors().filter(isMain);
    const writer = await mainOf(bench);
    held.release(0);
    bench.letPass();
    const broken = passes(await session.finished);
    return mains.join() === String(writer)
      ? broken
      : [...broken, `there are ${mains.length} processes of bin/testbed`];
  },
);

/** Whether a process was started as bin/testbed. */
function isMain(pid: number): boolean {
  return commandOf(pid).includes(path.join('bin', 'testbed'));
}

export const background: readonly TrialRow[] = [launcher, ...detached, ...goingOn];
