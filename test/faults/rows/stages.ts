// Stages whose processes are killed or stopped: the process itself, the interpreter of a stage, and the worker that keeps it.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Held } from '../../support/gate.ts';
import { parentOf, until } from '../../support/rig.ts';
import type { Bench, Entries, Sketch } from '../bench.ts';
import type { Holds, SessionRow } from '../row.ts';
import { fixture, quoted } from './fixtures.ts';
import { inSecondTest, kill, ONE_BY_ONE } from './held.ts';

const kind = 'a stage dies, or hangs';
const ALL = ['A pass', 'B pass', 'C pass'];
/** The watchdog of a run that hangs beyond all its limits: 30 s, here shorter. */
const HUNG_MS = 500;
const SERVED_AGAIN = ['A pass', 'B error stage-died lab', 'B~2 pass', 'C pass'];

type Victim = 'stage' | 'keeper' | 'preloader';
const WHO: Readonly<Record<Victim, string>> = {
  stage: 'the process of a host stage',
  keeper: 'the worker that keeps a host stage',
  preloader: 'a Python preloader',
};

type Moment = 'starting' | 'test' | 'teardown' | 'ending';
const SAID: Readonly<Record<Moment, string>> = {
  starting: 'while starting',
  test: 'in mid-test',
  teardown: 'while a run on it is in its teardown',
  ending: 'while it is being stopped',
};
const MOMENTS = ['starting', 'test', 'teardown', 'ending'] as const;

/** What had passed in its test has passed. */
const RUNS: Readonly<Record<Moment, readonly string[]>> = {
  starting: ALL,
  test: SERVED_AGAIN,
  teardown: ALL,
  ending: ALL,
};

/** Its first run dies with the forker that was to begin its test. */
const AT_FIRST = ['A error stage-died lab', 'A~2 pass', 'B pass', 'C pass'];

/** A stage that waits for files, see stage.py; its grace is so long that nobody but the fault ends it. */
function stages(victim: Victim): (bench: Bench) => Entries {
  return ({ rig }) => {
    if (victim !== 'preloader')
      return { warm: { command: fixture('stage'), ready: { line: '^ready$' }, grace: '1m' } };
    rig.write('stage.py', readFileSync(fixture('stage')[1] ?? '', 'utf8'));
    return { warm: { preload: 'python', imports: ['stage'], grace: '1m' } };
  };
}

/** Three runs that start from the stage; where it is to be stopped in the middle, the last one does without. */
function three(victim: Victim, moment: Moment): (bench: Bench) => Record<'a' | 'b' | 'c', Sketch> {
  return ({ gate }) => {
    const command = (name: string): string[] =>
      victim === 'preloader' ? gate.pythonCommand(name) : gate.command(name);
    return {
      a: { command: command('a'), stage: 'warm' },
      b: {
        command: command('b'),
        stage: 'warm',
        ...(moment === 'teardown' ? { teardown: [gate.command('clean')] } : {}),
      },
      c: { command: command('c'), ...(moment === 'ending' ? {} : { stage: 'warm' }) },
    };
  };
}

/** Brings the stage or the second run to the moment, and leaves it there. Resolves with how to let all go on. */
async function hold(bench: Bench, moment: Moment): Promise<() => void> {
  const { rig } = bench;
  if (moment === 'starting') return () => void rig.write('up', '');
  if (moment === 'ending') return await holdEnding(bench);
  rig.write('up', '');
  const second = await inSecondTest(bench);
  // It is not let pass: a test that passes while its stage dies has passed.
  if (moment === 'test') return () => undefined;
  second.release(0);
  const cleaning = await bench.arrival();
  return () => cleaning.release(0);
}

/** Two at once, of which the third is on no stage: it begins before the stage is up, and waits while the second does. */
const BESIDE = ['--jobs', '2'];

async function beside(bench: Bench): Promise<{ readonly second: Held; readonly other: Held }> {
  const other = await bench.arrival();
  bench.rig.write('up', '');
  return { second: await inSecondTest(bench), other };
}

/** The stage was told to end, and does not. */
async function holdEnding(bench: Bench): Promise<() => void> {
  const { rig } = bench;
  rig.write('stay', '');
  const { second, other } = await beside(bench);
  second.release(0);
  await until(rig.directory, () => (existsSync(path.join(rig.directory, 'ending')) ? true : undefined));
  return () => {
    rmSync(path.join(rig.directory, 'stay'));
    other.release(0);
  };
}

async function pidOf(bench: Bench, victim: Victim): Promise<number> {
  if (victim === 'preloader') return await bench.pidOf('preloader');
  const pid = await bench.pidOf('stage');
  return victim === 'stage' ? pid : parentOf(pid);
}

const killed: readonly SessionRow[] = (['stage', 'keeper', 'preloader'] as const).flatMap((victim) =>
  MOMENTS.map((moment): SessionRow => ({
    kind,
    fault: `kill -9 of ${WHO[victim]}, ${SAID[moment]}`,
    ...(moment === 'test' && victim !== 'keeper' ? { short: true } : {}),
    args: moment === 'ending' ? BESIDE : ONE_BY_ONE,
    stages: stages(victim),
    lab: three(victim, moment),
    inject: async (bench) => {
      const goOn = await hold(bench, moment);
      await kill(bench, await pidOf(bench, victim));
      goOn();
    },
    ...(moment === 'test' ? { verdict: 'B' } : {}),
    holds: { exit: 0, runs: RUNS[moment], log: 'complete' },
  })),
);

/** The forker of a worker is the parent of its tests; it dies alone, and its resident forks another one. */
const forker: readonly SessionRow[] = (['starting', 'test', 'teardown'] as const).map((moment) => ({
  kind,
  fault: `kill -9 of the forker of a Python preloader, ${SAID[moment]}`,
  args: ONE_BY_ONE,
  stages: stages('preloader'),
  lab: three('preloader', moment),
  inject: async (bench) => await (moment === 'starting' ? killFirstForker(bench) : killForker(bench, moment)),
  ...(moment === 'test' ? { verdict: 'B' } : {}),
  holds: { exit: 0, runs: moment === 'starting' ? AT_FIRST : RUNS[moment], log: 'complete' },
}));

async function killFirstForker(bench: Bench): Promise<void> {
  const { rig } = bench;
  rig.write('linger', '');
  rig.write('up', '');
  // What it is started by has children, too, which come and go.
  await bench.event(({ type }) => type === 'stage-ready');
  const resident = await bench.pidOf('preloader');
  const pid = await until(rig.directory, () => childrenOf(resident)[0]);
  await kill(bench, pid);
  rmSync(path.join(rig.directory, 'linger'));
}

async function killForker(bench: Bench, moment: 'test' | 'teardown'): Promise<void> {
  bench.rig.write('up', '');
  const second = await inSecondTest(bench);
  const pid = parentOf(second.pid);
  if (moment === 'test') return await kill(bench, pid);
  second.release(0);
  const cleaning = await bench.arrival();
  await kill(bench, pid);
  cleaning.release(0);
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text
    .split(' ')
    .map(Number)
    .filter((child) => child > 0);
}

const FINISHED: Readonly<Record<Moment, readonly string[]>> = {
  starting: [],
  test: ['A pass'],
  teardown: ['A pass'],
  ending: ['A pass', 'B pass'],
};

/** Who could end the other one is stopped before, so that it surely can not do anything about it. */
function together(victims: readonly Victim[], moment: Moment): SessionRow {
  return {
    kind,
    fault: `kill -9 of main and ${victims.map((victim) => WHO[victim]).join(' and ')} together, ${SAID[moment]}`,
    args: moment === 'ending' ? BESIDE : ONE_BY_ONE,
    stages: stages(victims[0] ?? 'stage'),
    lab: three(victims[0] ?? 'stage', moment),
    inject: async (bench) => {
      const goOn = await hold(bench, moment);
      const pids = await Promise.all(victims.map((victim) => pidOf(bench, victim)));
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      await kill(bench, bench.session.pid, ...pids);
      goOn();
    },
    holds: {
      exit: 'SIGKILL',
      runs: FINISHED[moment],
      log: 'cut off',
      resumed: ALL,
      untilNextStart: true,
    },
  };
}

/** A stage that says nothing any more: whoever asks it hangs, and has its own limits. */
function hangs(limit: 'timeout' | 'silence', how: Partial<Sketch>, holds: Partial<Holds> = {}): SessionRow {
  return {
    kind,
    fault: `SIGSTOP of the process of a host stage, in mid-test: the test that asks it has a ${limit} of 1 s`,
    args: BESIDE,
    stages: stages('stage'),
    lab: ({ gate, rig }) => {
      const asks = (name: string): string[] => {
        const ask = quoted(fixture('ask', path.join(rig.directory, 'socket')));
        return ['sh', '-c', `${quoted(gate.command(name))} && exec ${ask}`];
      };
      return {
        a: { command: asks('a'), stage: 'warm' },
        b: { command: asks('b'), stage: 'warm', grace: '5s', ...how },
        c: { command: gate.command('c') },
      };
    },
    inject: async (bench) => {
      const { second, other } = await beside(bench);
      bench.strike(await bench.pidOf('stage'), 'SIGSTOP');
      second.release(0);
      other.release(0);
    },
    verdict: 'B',
    dueMs: 1000,
    holds: { exit: 1, runs: ['A pass', `B fail ${limit} test`, 'C pass'], log: 'complete', ...holds },
  };
}

const stopped: readonly SessionRow[] = [
  hangs('timeout', { timeout: '1s' }),
  hangs('silence', { silence: '1s' }),
  {
    kind,
    fault: 'SIGSTOP of the forker of a Python preloader, in mid-test',
    args: ONE_BY_ONE,
    stages: stages('preloader'),
    lab: (bench) => {
      const { a, b, c } = three('preloader', 'test')(bench);
      return { a, b: { ...b, timeout: '1s', grace: '100ms' }, c };
    },
    env: () => ({ TESTBED_HUNG_AFTER_MS: String(HUNG_MS) }),
    inject: async (bench) => {
      bench.rig.write('up', '');
      const second = await inSecondTest(bench);
      bench.strike(parentOf(second.pid), 'SIGSTOP');
      second.release(0);
    },
    verdict: 'B',
    // Nobody else can tell how the test ended: the watchdog of the run ends it, with its worker.
    dueMs: 1100 + HUNG_MS,
    holds: { exit: 0, runs: ['A pass', 'B error worker-died lab', 'B~2 pass', 'C pass'], log: 'complete' },
  },
  {
    kind,
    fault: 'SIGSTOP of a Python preloader, in mid-test',
    args: ONE_BY_ONE,
    stages: stages('preloader'),
    lab: three('preloader', 'test'),
    inject: async (bench) => {
      bench.rig.write('up', '');
      const second = await inSecondTest(bench);
      bench.strike(await bench.pidOf('preloader'), 'SIGSTOP');
      second.release(0);
    },
    // The forkers that are there go on without it.
    holds: { exit: 0, runs: ALL, log: 'complete' },
  },
];

export const stageRows: readonly SessionRow[] = [
  ...killed,
  ...forker,
  ...(['starting', 'test', 'ending'] as const).map((moment) => together(['stage'], moment)),
  together(['keeper'], 'test'),
  together(['stage', 'keeper'], 'test'),
  together(['preloader'], 'test'),
  ...stopped,
];
