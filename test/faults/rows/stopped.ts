// SIGSTOP: a process is there, and does nothing.
import { setTimeout as delay } from 'node:timers/promises';
import type { SessionRow } from '../row.ts';
import { MOMENTS, ONE_BY_ONE, SAID, holdSecondIn, inSecondTest, threeOnBoard, threeOnHost } from './held.ts';

const kind = 'a process is stopped';
const ALL = ['A pass', 'B pass', 'C pass'];
/** The watchdog of a run that hangs beyond all its limits: 30 s, here shorter. */
const HUNG_MS = 500;
const env = () => ({ TESTBED_HUNG_AFTER_MS: String(HUNG_MS) });

export const stopped: readonly SessionRow[] = [
  {
    kind,
    fault: 'SIGSTOP of a worker, in mid-test',
    short: true,
    lab: threeOnHost({ timeout: '1s', grace: '100ms' }),
    args: ONE_BY_ONE,
    env,
    inject: async (bench) => {
      await inSecondTest(bench);
      bench.strike(await bench.pidOf('worker'), 'SIGSTOP');
    },
    verdict: 'B',
    dueMs: 1100 + HUNG_MS,
    holds: {
      exit: 0,
      runs: ['A pass', 'B error worker-died lab', 'B~2 pass', 'C pass'],
      log: 'complete',
    },
  },
  ...(['once', 'twice'] as const).map((often): SessionRow => ({
    kind,
    fault: `SIGSTOP of a worker, in mid-test, then Ctrl-C ${often}`,
    lab: threeOnHost({ timeout: '5m', grace: '100ms' }),
    args: ONE_BY_ONE,
    env,
    inject: async (bench) => {
      await inSecondTest(bench);
      bench.strike(await bench.pidOf('worker'), 'SIGSTOP');
      bench.strike(bench.session.pid, 'SIGINT');
      await bench.session.printed('once more to stop at once');
      if (often === 'twice') bench.strike(bench.session.pid, 'SIGINT');
    },
    holds: {
      exit: 130,
      runs: ['A pass', 'B error interrupted'],
      log: 'interrupted',
      resumed: ['A pass', 'B error interrupted', 'B pass', 'C pass'],
    },
  })),
  {
    kind,
    fault: 'SIGSTOP of a worker, then kill -9 of main',
    args: ONE_BY_ONE,
    lab: threeOnBoard('test'),
    inject: async (bench) => {
      await inSecondTest(bench);
      bench.strike(await bench.pidOf('worker'), 'SIGSTOP');
      bench.strike(bench.session.pid, 'SIGKILL');
    },
    holds: { exit: 'SIGKILL', runs: ['A pass'], log: 'cut off', resumed: ALL, untilNextStart: true },
  },
  {
    kind,
    fault: 'SIGSTOP of a test process',
    lab: threeOnHost({ timeout: '1s', grace: '5s' }),
    args: ONE_BY_ONE,
    inject: async (bench) => {
      bench.strike((await inSecondTest(bench)).pid, 'SIGSTOP');
    },
    verdict: 'B',
    dueMs: 1000,
    holds: { exit: 1, runs: ['A pass', 'B fail timeout test', 'C pass'], log: 'complete' },
  },
  {
    kind,
    fault: 'SIGSTOP of the virtual boards’ host, in mid-test',
    args: ONE_BY_ONE,
    lab: threeOnBoard('test'),
    inject: async (bench) => {
      const second = await inSecondTest(bench);
      bench.strike(await bench.pidOf('host'), 'SIGSTOP');
      second.release(0);
    },
    verdict: 'C',
    // The teardown gives it 1 s, and then doubts it; when it does not answer within 5 s, it is killed, and another started.
    dueMs: 6000,
    holds: { exit: 0, runs: ALL, log: 'complete' },
  },
  ...MOMENTS.map((moment): SessionRow => ({
    kind,
    fault: `SIGSTOP of main for 2 s, ${SAID[moment]}`,
    args: ONE_BY_ONE,
    lab: threeOnBoard(moment),
    inject: async (bench) => {
      const second = moment === 'test' ? await inSecondTest(bench) : undefined;
      const goOn = second === undefined ? await holdSecondIn(bench, moment) : () => second.release(0);
      bench.strike(bench.session.pid, 'SIGSTOP');
      goOn();
      await delay(2000);
      bench.session.child.kill('SIGCONT');
    },
    verdict: 'B',
    holds: { exit: 0, runs: ALL, log: 'complete' },
  })),
];
