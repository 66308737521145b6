// A resident runner, and those who hand their sessions to it, die.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { until, type Finished, type Running } from '../../support/rig.ts';
import { commandOf, lives, type Bench } from '../bench.ts';
import { runsOf } from '../carry-out.ts';
import type { Seen, TrialRow } from '../row.ts';
import { holdSecondIn, ONE_BY_ONE, threeOnBoard } from './held.ts';

const kind = 'a resident runner dies';
const ALL = ['A pass', 'B pass', 'C pass'];
const ARGS = ['run', '--jobs', '1', '--no-wait'];

/** A trial with a runner, on the three tests of one board that wait in this phase; what it resolves with does not hold. */
function row(
  fault: string,
  seen: { readonly what: string; readonly log: string },
  attempt: (bench: Bench, runner: number) => Promise<readonly string[]>,
  more: Partial<TrialRow> = {},
): TrialRow {
  return {
    kind,
    fault,
    attempt: async (bench): Promise<Seen> => {
      bench.lab(threeOnBoard('test')(bench));
      const broken = await attempt(bench, await started(bench));
      await bench.rig.run(['stop', '--now']);
      return { ...seen, broken };
    },
    ...more,
  };
}

async function started({ rig }: Bench): Promise<number> {
  const { stderr } = await rig.run(['start']);
  const pid = Number(/is up \(pid (\d+)\)/.exec(stderr)?.[1]);
  if (!(pid > 0)) throw new Error(`no runner: ${stderr}`);
  return pid;
}

async function nobodyLeft(bench: Bench): Promise<void> {
  await until(bench.rig.directory, () => bench.survivors().length === 0 || undefined, 5000);
}

/** What is not as it should be of a command's end, and of the runs in the latest log. */
function ended(bench: Bench, { exit, stderr }: Finished, wanted: number, runs: readonly string[]): string[] {
  const found = runsOf(bench.events());
  return [
    ...(exit === wanted ? [] : [`exit ${exit}, not ${wanted}: ${stderr}`]),
    ...(found.join() === runs.join() ? [] : [`runs: ${found.join(', ')}; expected: ${runs.join(', ')}`]),
  ];
}

/** A session whose first test has passed, and whose second one waits. */
async function inSecond(bench: Bench): Promise<Running> {
  const client = bench.rig.start(ARGS);
  (await bench.arrival(client)).release(0);
  await bench.arrival(client);
  return client;
}

/** Goes on with the latest session, without a runner, to its end. */
async function resumed(bench: Bench, wanted: readonly string[] = ALL): Promise<string[]> {
  bench.letPass();
  return ended(bench, await bench.rig.run(['run', '--resume', '--no-wait']), 0, wanted);
}

/** The session that goes on ends as by SIGHUP. */
async function hungUp(bench: Bench): Promise<string[]> {
  const end = await bench.rig.event(({ type }) => type === 'session-finished');
  return end.type === 'session-finished' && end.exit === 129
    ? []
    : [`the session did not end as by a hang-up: ${JSON.stringify(end)}`];
}

async function passes(bench: Bench): Promise<string[]> {
  bench.letPass();
  return ended(bench, await bench.rig.run(ARGS), 0, ALL);
}

const killed = { what: 'who watches exits with 4; resumed: all passed', log: 'cut off, told (exit 4)' };

export const runner: readonly TrialRow[] = [
  row(
    'kill -9 of an idle runner that has warm workers and boards',
    { what: 'all of it is gone; the next session sweeps and passes', log: 'complete' },
    async (bench, pid) => {
      bench.letPass();
      const first = await bench.rig.run(ARGS);
      process.kill(pid, 'SIGKILL');
      await nobodyLeft(bench);
      return [...ended(bench, first, 0, ALL), ...(await passes(bench))];
    },
  ),
  row(
    'kill -9 of a runner, in mid-test',
    killed,
    async (bench, pid) => {
      const client = await inSecond(bench);
      process.kill(pid, 'SIGKILL');
      const broken = ended(bench, await client.finished, 4, ['A pass']);
      await nobodyLeft(bench);
      return [...broken, ...(await resumed(bench))];
    },
    { short: true },
  ),
  row('kill -9 of a runner, in a teardown', killed, async (bench, pid) => {
    const client = bench.start(ONE_BY_ONE);
    const goOn = await holdSecondIn(bench, 'teardown');
    process.kill(pid, 'SIGKILL');
    goOn();
    const { exit } = await client.finished;
    await nobodyLeft(bench);
    return [...(exit === 4 ? [] : [`exit ${exit}, not 4`]), ...(await resumed(bench))];
  }),
  row(
    'kill -9 of a runner, while a session waits its turn',
    { what: 'the session that waits is carried out by who asked', log: 'complete' },
    async (bench, pid) => {
      const first = await inSecond(bench);
      const second = bench.rig.start(ARGS);
      await second.printed('waits its turn');
      process.kill(pid, 'SIGKILL');
      const { exit } = await first.finished;
      bench.letPass();
      return [...(exit === 4 ? [] : [`exit ${exit}, not 4`]), ...ended(bench, await second.finished, 0, ALL)];
    },
  ),
  row(
    'kill -9 of a runner and all its workers, in mid-test',
    { what: 'the next start ends the test that is left', log: 'cut off, told (exit 4)' },
    async (bench, pid) => {
      const client = await inSecond(bench);
      const spared = [client.pid, await bench.testPid()];
      const own = bench.survivors().filter((each) => each !== pid && !spared.includes(each));
      // None of them gets to see that another one is gone.
      for (const signal of ['SIGSTOP', 'SIGKILL'] as const)
        for (const each of [pid, ...own]) process.kill(each, signal);
      const broken = ended(bench, await client.finished, 4, ['A pass']);
      await started(bench);
      const left = bench.survivors().filter((each) => commandOf(each).includes('held.mjs'));
      return [...broken, ...left.map((each) => `left: ${commandOf(each)}`), ...(await resumed(bench))];
    },
  ),
  row(
    'kill -9 of who handed its session to a runner, in mid-test',
    { what: 'it ends as by a hang-up; the runner serves the next', log: 'interrupted' },
    async (bench, pid) => {
      const client = await inSecond(bench);
      process.kill(client.pid, 'SIGKILL');
      return [
        ...(await hungUp(bench)),
        ...(lives(pid) ? [] : ['the runner is gone']),
        ...(await resumed(bench, ['A pass', 'B error interrupted', 'B pass', 'C pass'])),
      ];
    },
  ),
  row(
    'kill -9 of who handed its session to a runner, in a teardown',
    { what: 'it ends as by a hang-up, what had passed has passed', log: 'interrupted' },
    async (bench) => {
      const client = bench.start(ONE_BY_ONE);
      const goOn = await holdSecondIn(bench, 'teardown');
      process.kill(client.pid, 'SIGKILL');
      goOn();
      const broken = await hungUp(bench);
      // The third one may have begun before the runner heard of it.
      const third = runsOf(bench.events()).filter((run) => run.startsWith('C'));
      return [...broken, ...(await resumed(bench, ['A pass', 'B pass', ...third, 'C pass']))];
    },
  ),
  row(
    'kill -9 of who hands its session to a runner, while it waits its turn',
    { what: 'no session of it is made, the other one passes', log: 'complete' },
    async (bench) => {
      const first = bench.rig.start(ARGS);
      const held = await bench.arrival(first);
      const second = bench.rig.start(ARGS);
      await second.printed('waits its turn');
      process.kill(second.pid, 'SIGKILL');
      held.release(0);
      bench.letPass();
      const broken = ended(bench, await first.finished, 0, ALL);
      await bench.rig.run(['stop']);
      const sessions = readdirSync(path.join(bench.rig.directory, 'results')).filter((it) => it !== 'latest');
      return [...broken, ...(sessions.length === 1 ? [] : [`sessions: ${sessions.join(', ')}`])];
    },
  ),
  row(
    'kill -9 of a runner and of who handed its session to it, together, in mid-test',
    { what: 'all of it is gone; resumed: all passed', log: 'cut off, told (exit 4)' },
    async (bench, pid) => {
      const client = await inSecond(bench);
      for (const signal of ['SIGSTOP', 'SIGKILL'] as const)
        for (const each of [client.pid, pid]) process.kill(each, signal);
      await nobodyLeft(bench);
      const { exit, stderr } = await bench.rig.run(['log']);
      const broken = exit === 4 ? [] : [`testbed log exits with ${exit}, not 4: ${stderr}`];
      return [...broken, ...(await resumed(bench))];
    },
  ),
  row(
    'SIGSTOP of a runner, then a session',
    { what: 'after 2 s it is carried out by who asked', log: 'complete' },
    async (bench, pid) => {
      process.kill(pid, 'SIGSTOP');
      const broken = await passes(bench);
      process.kill(pid, 'SIGCONT');
      return broken;
    },
  ),
  {
    kind,
    fault: 'kill -9 of a runner, while it starts',
    attempt: async (bench): Promise<Seen> => {
      bench.lab(threeOnBoard('test')(bench));
      const starter = bench.rig.start(['start']);
      const pid = await until(bench.rig.directory, () =>
        bench.survivors().find((each) => each !== starter.pid),
      );
      process.kill(pid, 'SIGKILL');
      const { exit } = await starter.finished;
      await started(bench);
      const broken = await passes(bench);
      await bench.rig.run(['stop']);
      return {
        what: 'start says so (137); the next one starts',
        log: 'complete',
        broken: [...(exit === 137 ? [] : [`exit ${exit}, not 137`]), ...broken],
      };
    },
  },
];
