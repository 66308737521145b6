// kill -9 of each process of a session, at each moment.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../support/rig.ts';
import { lives } from '../bench.ts';
import type { SessionRow } from '../row.ts';
import {
  MOMENTS,
  ONE_BY_ONE,
  SAID,
  holdSecondIn,
  inSecondTest,
  kill,
  threeOnBoard,
  threeOnHost,
  type Moment,
} from './held.ts';

const kind = 'a process is killed';
const ALL = ['A pass', 'B pass', 'C pass'];

const mainKilled = {
  kind,
  holds: { exit: 'SIGKILL', log: 'cut off', resumed: ALL },
} as const;

const main: readonly SessionRow[] = [
  {
    ...mainKilled,
    fault: `kill -9 of main, ${SAID.starting}`,
    args: ONE_BY_ONE,
    lab: threeOnBoard('test'),
    inject: async (bench) => {
      await bench.event(({ type }) => type === 'session-started');
      await kill(bench, bench.session.pid);
    },
  },
  ...MOMENTS.map((moment): SessionRow => ({
    ...mainKilled,
    fault: `kill -9 of main, ${SAID[moment]}`,
    ...(moment === 'test' ? { short: true } : {}),
    args: ONE_BY_ONE,
    lab: threeOnBoard(moment),
    inject: async (bench) => {
      const goOn = await holdSecondIn(bench, moment);
      await kill(bench, bench.session.pid);
      goOn();
    },
    holds: { ...mainKilled.holds, runs: ['A pass'] },
  })),
  ...[50, 100, 150, 200, 250, 300, 400, 500, 600, 700].map((ms): SessionRow => ({
    ...mainKilled,
    fault: `kill -9 of main, ${ms} ms after its log began`,
    lab: () => ({
      a: { command: ['true'], board: true },
      b: { command: ['true'] },
      c: { command: ['sleep', '2'] },
    }),
    inject: async (bench) => {
      await bench.event(({ type }) => type === 'session-started');
      await delay(ms);
      await kill(bench, bench.session.pid);
    },
  })),
];

const workerRuns: Readonly<Record<Moment | 'starting', readonly string[]>> = {
  starting: ['A error worker-died lab', 'A~2 pass', 'B pass', 'C pass'],
  power: ['A pass', 'B error worker-died lab', 'B~2 pass', 'C pass'],
  test: ['A pass', 'B error worker-died lab', 'B~2 pass', 'C pass'],
  teardown: ['A pass', 'B error worker-died lab', 'B~2 pass', 'C pass'],
};

const worker: readonly SessionRow[] = [
  {
    kind,
    fault: 'kill -9 of a worker, before it has a run',
    args: ONE_BY_ONE,
    lab: threeOnBoard('test'),
    inject: async (bench) => await kill(bench, await bench.pidOf('worker')),
    verdict: 'A',
    holds: { exit: 0, runs: ALL, log: 'complete' },
  },
  {
    kind,
    fault: `kill -9 of a worker, ${SAID.starting}`,
    args: ONE_BY_ONE,
    lab: threeOnBoard('test'),
    inject: async (bench) => {
      await bench.event(({ type }) => type === 'run-started');
      await kill(bench, await bench.pidOf('worker'));
    },
    verdict: 'A',
    holds: { exit: 0, runs: workerRuns.starting, log: 'complete' },
  },
  ...MOMENTS.map((moment): SessionRow => ({
    kind,
    fault: `kill -9 of a worker, ${SAID[moment]}`,
    ...(moment === 'test' ? { short: true } : {}),
    args: ONE_BY_ONE,
    lab: threeOnBoard(moment),
    inject: async (bench) => {
      const goOn = await holdSecondIn(bench, moment);
      await kill(bench, await bench.pidOf('worker'));
      goOn();
    },
    verdict: 'B',
    holds: { exit: 0, runs: workerRuns[moment], log: 'complete' },
  })),
];

const testProcess: readonly SessionRow[] = [
  {
    kind,
    fault: `kill -9 of a test process, ${SAID.starting}`,
    lab: threeOnHost(),
    args: ONE_BY_ONE,
    inject: async (bench) => {
      const first = await bench.arrival();
      first.release(0);
      await until(bench.rig.directory, () => (lives(first.pid) ? undefined : true));
      await kill(bench, await bench.testPid());
    },
    verdict: 'B',
    // Who sends KILL from outside is the kernel that has no memory, or a person: no fault of the test.
    holds: { exit: 0, runs: ['A pass', 'B error signal lab', 'B~2 pass', 'C pass'], log: 'complete' },
  },
  {
    kind,
    fault: `kill -9 of a test process, ${SAID.test}`,
    short: true,
    args: ONE_BY_ONE,
    lab: threeOnBoard('test'),
    inject: async (bench) => await kill(bench, (await inSecondTest(bench)).pid),
    verdict: 'B',
    // Who sends KILL from outside is the kernel that has no memory, or a person: no fault of the test.
    holds: { exit: 0, runs: ['A pass', 'B error signal lab', 'B~2 pass', 'C pass'], log: 'complete' },
  },
  {
    kind,
    fault: 'kill -9 of a test process, in its grace of 1 min after a Ctrl-C',
    args: ONE_BY_ONE,
    lab: threeOnBoard('test', 'deaf'),
    inject: async (bench) => {
      const { pid } = await inSecondTest(bench);
      bench.session.child.kill('SIGINT');
      await bench.session.printed('once more to stop at once');
      await kill(bench, pid);
    },
    holds: {
      exit: 130,
      runs: ['A pass', 'B error interrupted'],
      log: 'interrupted',
      resumed: ['A pass', 'B error interrupted', 'B pass', 'C pass'],
    },
  },
];

const hostRuns: Readonly<Record<Moment, readonly string[]>> = {
  power: ['A pass', 'B error lost-tentacle lab', 'B~2 pass', 'C pass'],
  test: ['A pass', 'B error lost-tentacle lab', 'B~2 pass', 'C pass'],
  // What had passed has passed.
  teardown: ALL,
};

const host: readonly SessionRow[] = [
  {
    kind,
    fault: `kill -9 of the virtual boards’ host, ${SAID.starting}`,
    args: ONE_BY_ONE,
    lab: threeOnBoard('test'),
    inject: async (bench) => await kill(bench, await bench.pidOf('host')),
    verdict: 'A',
    holds: { exit: 0, runs: ALL, log: 'complete' },
  },
  ...MOMENTS.map((moment): SessionRow => ({
    kind,
    fault: `kill -9 of the virtual boards’ host, ${SAID[moment]}`,
    ...(moment === 'test' ? { short: true } : {}),
    args: ONE_BY_ONE,
    lab: threeOnBoard(moment),
    inject: async (bench) => {
      if (moment === 'test') {
        const second = await inSecondTest(bench);
        await kill(bench, await bench.pidOf('host'));
        second.release(1);
      } else {
        await holdSecondIn(bench, moment);
        await kill(bench, await bench.pidOf('host'));
      }
    },
    verdict: 'B',
    holds: { exit: 0, runs: hostRuns[moment], log: 'complete' },
  })),
  {
    kind,
    fault: 'kill -9 of the virtual boards’ host, and somebody else gets the number of its port',
    args: ONE_BY_ONE,
    lab: threeOnBoard('test'),
    inject: async (bench) => {
      const second = await inSecondTest(bench);
      const port = realpathSync(path.join(bench.rig.state, 'virtual', 'rig', 'v0', 'tty'));
      await kill(bench, await bench.pidOf('host'));
      await until(bench.rig.directory, () => (existsSync(port) ? undefined : true), 5000);
      // The kernel gives the lowest numbers that are free.
      const others = spawn('python3', ['-c', TAKE_PTYS], { stdio: ['pipe', 'pipe', 'inherit'] });
      await once(others.stdout, 'data');
      second.release(1);
      await bench.event(({ type, run }) => type === 'run-finished' && run?.startsWith('B['));
      others.stdin.end();
    },
    verdict: 'B',
    holds: { exit: 0, runs: hostRuns.test, log: 'complete' },
  },
];

const TAKE_PTYS = `
import os, sys
ptys = [os.openpty() for _ in range(64)]
print("taken", flush=True)
sys.stdin.read()
`;

/** The worker is stopped before, so that it surely can not do anything about it. */
const together: readonly SessionRow[] = MOMENTS.map((moment) => ({
  kind,
  fault: `kill -9 of main and worker together, ${SAID[moment]}`,
  ...(moment === 'test' ? { short: true } : {}),
  args: ONE_BY_ONE,
  lab: threeOnBoard(moment),
  inject: async (bench) => {
    const goOn = await holdSecondIn(bench, moment);
    const workerPid = await bench.pidOf('worker');
    process.kill(workerPid, 'SIGSTOP');
    await kill(bench, bench.session.pid, workerPid);
    goOn();
  },
  holds: { exit: 'SIGKILL', runs: ['A pass'], log: 'cut off', resumed: ALL, untilNextStart: true },
}));

/** No lease names what is left here: only the session's own record does. */
const withoutBoard: SessionRow = {
  kind,
  fault: `kill -9 of main and worker together, ${SAID.test}, without a board`,
  args: ONE_BY_ONE,
  lab: threeOnHost(),
  inject: async (bench) => {
    await inSecondTest(bench);
    const workerPid = await bench.pidOf('worker');
    process.kill(workerPid, 'SIGSTOP');
    await kill(bench, bench.session.pid, workerPid);
  },
  holds: { exit: 'SIGKILL', runs: ['A pass'], log: 'cut off', resumed: ALL, untilNextStart: true },
};

const everything: SessionRow = {
  kind,
  fault: 'kill -9 of main, worker and host together, in mid-test, with a test that hears no TERM',
  args: ONE_BY_ONE,
  lab: threeOnBoard('test', 'deaf'),
  inject: async (bench) => {
    await inSecondTest(bench);
    const others = await Promise.all([bench.pidOf('worker'), bench.pidOf('host')]);
    for (const pid of others) process.kill(pid, 'SIGSTOP');
    await kill(bench, bench.session.pid, ...others);
  },
  holds: { exit: 'SIGKILL', runs: ['A pass'], log: 'cut off', resumed: ALL, untilNextStart: true },
};

export const killed: readonly SessionRow[] = [
  ...main,
  ...worker,
  ...testProcess,
  ...host,
  ...together,
  withoutBoard,
  everything,
];
