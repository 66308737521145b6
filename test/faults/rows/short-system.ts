// A system that gives no more: disk, file size, open files; and a clock that jumps back.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import type { TestbedEvent } from '../../../src/event/event.ts';
import { runsOf } from '../carry-out.ts';
import type { Bench, Sketch } from '../bench.ts';
import type { SessionRow } from '../row.ts';
import { fixture, quoted } from './fixtures.ts';
import { inSecondTest, threeOnHost } from './held.ts';

const kind = 'the system gives no more';
const RUNS = 60;

/** Many small runs, each of which leaves a few files. */
const many = (): Record<string, Sketch> => ({ a: { command: ['sh', '-c', 'seq 500'] } });
const manyArgs = ['--count', String(RUNS), '--jobs', '1'];

/** Some runs were finished and kept, and the rest was not turned into errors. */
function cutShort(bench: Bench): string[] {
  const runs = runsOf(bench.events());
  const passed = runs.filter((run) => run.endsWith(' pass')).length;
  return passed === RUNS ? [] : [`${passed} of ${RUNS} passed in the end`];
}

const disk: readonly SessionRow[] = [
  {
    kind,
    fault: 'the disk that keeps the results is full (a tmpfs of 256 KB)',
    short: true,
    missing: () => (canMount() ? undefined : 'only root may mount a small tmpfs'),
    lab: many,
    args: manyArgs,
    // What the small disk holds is brought out of it, onto one with space, when the session is over.
    through: [
      'unshare',
      '--mount',
      'sh',
      '-c',
      `mkdir results && mount -t tmpfs -o size=256k tmpfs results && { "$@"; code=$?; cp -a results kept && umount results && cp -a kept/. results; exit $code; }`,
      'sh',
    ],
    holds: { exit: 3, log: 'interrupted', says: /disk is full/, resumed: [], check: cutShort },
  },
  {
    kind,
    fault: 'no file may grow beyond 16 KB (ulimit -f)',
    lab: () => ({ a: { command: ['true'] } }),
    args: manyArgs,
    through: ['sh', '-c', `trap '' XFSZ; ulimit -f 32; exec "$@"`, 'sh'],
    holds: { exit: 3, log: 'cut off', says: /may not grow further/, resumed: [], check: cutShort },
  },
];

const openFiles: readonly SessionRow[] = ([24, 36, 48] as const).map((most) => ({
  kind,
  fault: `${most} open files a process at most (ulimit -n), four runs at once`,
  lab: () => ({ a: { command: ['true'] } }),
  args: ['--count', '8', '--jobs', '4'],
  through: ['sh', '-c', `ulimit -n ${most}; exec "$@"`, 'sh'],
  // What waits for nothing waits for 4.4 s in all.
  dueMs: 4400,
  holds: {
    exit: most === 24 ? 3 : 0,
    log: 'complete',
    ...(most === 48 ? {} : { says: /ulimit -n/ }),
    check: ({ rig }) => only(rig.events(), / (pass|error shortage lab)$/),
  },
}));

/** A sentence for each run that came to something else. */
function only(events: readonly TestbedEvent[], wanted: RegExp): string[] {
  return runsOf(events)
    .filter((run) => !wanted.test(run))
    .map((run) => `${run}: that is not what it came to`);
}

/** A control group that limits processes and threads, which binds root, too, as `ulimit -u` does not. */
const PIDS = '/sys/fs/cgroup/pids/testbed-faults';

const MOST_PROCESSES = 30;

const processes: SessionRow = {
  kind,
  fault: `${MOST_PROCESSES} processes and threads in all at most (pids.max), four runs at once`,
  missing: () =>
    canLimitProcesses() ? undefined : 'only root may limit processes, with a cgroup of version 1',
  lab: () => ({ a: { command: ['true'] } }),
  args: ['--count', '8', '--jobs', '4'],
  through: [
    'sh',
    '-c',
    `mkdir ${PIDS} && echo ${MOST_PROCESSES} >${PIDS}/pids.max && echo 0 >${PIDS}/cgroup.procs; exec "$@"`,
    'sh',
  ],
  // A worker that got a part of its threads hangs, and has 10 s to get ready.
  dueMs: 25_000,
  holds: {
    exit: 0,
    log: 'complete',
    says: /pids\.max/,
    check: ({ rig }) => {
      rmdirSync(PIDS);
      return only(rig.events(), / (pass|error shortage lab)$/);
    },
  },
};

function canLimitProcesses(): boolean {
  try {
    mkdirSync(PIDS);
    rmdirSync(PIDS);
    return existsSync('/sys/fs/cgroup/pids/cgroup.procs');
  } catch {
    return false;
  }
}

/** An hour ago. */
const BACK_S = 3600;

const clock: SessionRow = {
  kind,
  fault: 'the clock jumps back by an hour, in mid-test',
  missing: () =>
    fakeTime() === undefined ? 'Debian’s faketime, which fakes clocks, is not installed' : undefined,
  lab: (bench) => ({
    ...threeOnHost()(bench),
    b: { command: ['sh', '-c', writesResults(bench)], results: 'junit', timeout: '20s' },
  }),
  args: ['--jobs', '1'],
  env: ({ rig }) => ({
    LD_PRELOAD: fakeTime(),
    FAKETIME_TIMESTAMP_FILE: rig.write('clock', '+0'),
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    // Times of files are the kernel's, as they are when a clock is set back under us.
    NO_FAKE_STAT: '1',
  }),
  inject: async (bench) => {
    const held = await inSecondTest(bench);
    bench.rig.write('clock', `-${BACK_S}`);
    held.release(0);
  },
  verdict: 'B',
  holds: {
    exit: 0,
    runs: ['A pass', 'B pass', 'C pass'],
    log: 'complete',
    check: (bench) => {
      const events = bench.events();
      const times = events.map(({ at = 0 }) => at);
      const jumped = times.some((at, index) => index > 0 && at < (times[index - 1] ?? 0) - 1000);
      const durations = events.flatMap((event) => ('durationMs' in event ? [event.durationMs ?? 0] : []));
      return [
        ...(jumped ? [] : ['the clock did not jump']),
        ...durations.filter((ms) => ms < 0 || ms > 60_000).map((ms) => `a duration of ${ms} ms`),
      ];
    },
  },
};

/** Waits at the gate, and then leaves results whose time is what it would be on a disk: by the clock that was set back. */
function writesResults({ gate }: Bench): string {
  const print = fixture('print', 'junit', '${run.dir}');
  return `${quoted(gate.command('b'))} && ${quoted(print)} && touch -d now "$\{run.dir}/results.xml"`;
}

function canMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function fakeTime(): string | undefined {
  return ['x86_64-linux-gnu', 'aarch64-linux-gnu']
    .map((triplet) => path.join('/usr/lib', triplet, 'faketime', 'libfaketime.so.1'))
    .find((file) => existsSync(file));
}

export const shortSystem: readonly SessionRow[] = [...disk, ...openFiles, processes, clock];
