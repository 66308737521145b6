// Tests that hang, die, and print what no test should.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Bench, Sketch } from '../bench.ts';
import type { SessionRow } from '../row.ts';
import { fixture, quoted } from './fixtures.ts';

const kind = 'a test misbehaves';

/** A failing test and its passing twin. */
function pair(bad: Sketch, good: Sketch): Pick<SessionRow, 'lab' | 'verdict'> {
  return { lab: () => ({ bad, good }), verdict: 'BAD' };
}

function fails(cause: string): SessionRow['holds'] {
  return { exit: 1, runs: [`BAD fail ${cause} test`, 'GOOD pass'], log: 'complete' };
}

const output = (bench: Bench, run: string): Buffer =>
  readFileSync(path.join(bench.rig.session, 'runs', run, 'output.txt'));

function kept(bench: Bench, words: string): string[] {
  return output(bench, 'BAD').includes(words) ? [] : [`${JSON.stringify(words)} is not in output.txt`];
}

const hanging: readonly SessionRow[] = [
  {
    kind,
    fault: 'it hears no TERM',
    short: true,
    ...pair(
      { command: fixture('hang', 'deaf'), timeout: '1s', grace: '300ms' },
      { command: fixture('hang', 'not'), timeout: '1m', grace: '300ms' },
    ),
    dueMs: 1300,
    holds: fails('timeout'),
  },
  {
    kind,
    fault: 'it says nothing',
    ...pair(
      { command: fixture('hang', 'silently'), silence: '1s', grace: '300ms' },
      { command: fixture('hang', 'not'), silence: '10s' },
    ),
    dueMs: 1000,
    holds: fails('silence'),
  },
  {
    kind,
    fault: 'its first output comes late, and so does its second: each within the limit',
    lab: () => ({ good: { command: fixture('hang', 'late'), silence: '3500ms' } }),
    verdict: 'GOOD',
    dueMs: 4000,
    holds: { exit: 0, runs: ['GOOD pass'], log: 'complete' },
  },
  {
    kind,
    fault: 'it prints, then hangs',
    ...pair(
      { command: fixture('hang', 'after-output'), timeout: '1s', grace: '300ms' },
      { command: fixture('hang', 'not') },
    ),
    dueMs: 1000,
    holds: { ...fails('timeout'), check: (bench) => kept(bench, 'the last words') },
  },
  {
    kind,
    fault: 'it hangs inside a TAP subtest',
    ...pair(
      { command: fixture('hang', 'in-subtest'), timeout: '1s', grace: '300ms', results: 'tap' },
      { command: fixture('hang', 'not'), results: 'tap' },
    ),
    dueMs: 1000,
    holds: { ...fails('timeout'), check: (bench) => kept(bench, '    not ok 2 - two') },
  },
  {
    kind,
    fault: 'it hangs inside a subtest that it told on the event channel',
    ...pair(
      { command: fixture('hang', 'in-told-subtest'), timeout: '1s', grace: '300ms', results: 'events' },
      { command: fixture('hang', 'told'), results: 'events' },
    ),
    dueMs: 1000,
    holds: {
      ...fails('timeout'),
      check: ({ rig }) => {
        const told = rig
          .events()
          .flatMap((event) =>
            event.type === 'test-finished' && event.run === 'BAD' ? [`${event.path} ${event.verdict}`] : [],
          );
        const wanted = ['outer > first pass', 'outer > inner fail'];
        const report = rig.read('results/latest/report.md');
        return [
          ...(told.join() === wanted.join()
            ? []
            : [`told: ${told.join(', ')}; expected: ${wanted.join(', ')}`]),
          ...(/outer \\> inner.*it was running/.test(report)
            ? []
            : ['the report does not name the subtest that hung']),
        ];
      },
    },
  },
  {
    kind,
    fault: 'it closes its output, then hangs',
    ...pair(
      { command: fixture('hang', 'closed'), timeout: '1s', grace: '300ms' },
      { command: fixture('hang', 'not') },
    ),
    dueMs: 1000,
    holds: fails('timeout'),
  },
];

const dying: readonly SessionRow[] = [
  {
    kind,
    fault: 'it crashes (SIGSEGV)',
    ...pair({ command: ['sh', '-c', 'kill -SEGV $$'] }, { command: ['sh', '-c', 'kill -0 $$'] }),
    holds: fails('signal'),
  },
  {
    kind,
    fault: 'it kills the worker that runs it, each time',
    ...pair({ command: ['sh', '-c', 'kill -9 $PPID; sleep 60'] }, { command: ['sh', '-c', 'kill -0 $PPID'] }),
    holds: {
      exit: 3,
      // It is offered once more than "retries" says: the worker may have died of something else.
      runs: [
        'BAD error worker-died lab',
        'BAD~2 error worker-died lab',
        'BAD~3 error worker-died lab',
        'GOOD pass',
      ],
      log: 'complete',
    },
  },
  {
    kind,
    fault: 'its program is not there',
    ...pair({ command: ['./not-there'] }, { command: ['true'] }),
    holds: {
      exit: 3,
      runs: ['BAD error spawn-failed lab', 'BAD~2 error spawn-failed lab', 'GOOD pass'],
      log: 'complete',
      says: /not-there/,
    },
  },
];

const empty: SessionRow = {
  kind,
  fault: 'it prints nothing and exits with 0, where TAP is expected',
  ...pair({ command: ['true'], results: 'tap' }, { command: fixture('hang', 'not'), results: 'tap' }),
  holds: fails('no-tests'),
};

const RANDOM_BYTES = 3072;

const printing: readonly SessionRow[] = [
  {
    kind,
    fault: '3 KB of random bytes, NUL and bad UTF-8 before its plan, and no newline at the end',
    lab: () => ({
      good: { command: fixture('print', 'random'), results: 'tap' },
    }),
    verdict: 'GOOD',
    holds: {
      exit: 0,
      runs: ['GOOD pass'],
      log: 'complete',
      check: (bench) => {
        const bytes = output(bench, 'GOOD').length;
        const wanted = RANDOM_BYTES + '0123\n1..2\nok 1 - one\nok 2 - no newline after it'.length;
        return bytes === wanted ? [] : [`output.txt has ${bytes} bytes, not ${wanted}`];
      },
    },
  },
  {
    kind,
    fault: 'a progress bar (lone carriage returns) before a TAP line that fails',
    ...pair(
      { command: fixture('print', 'progress'), results: 'tap' },
      { command: fixture('hang', 'not'), results: 'tap' },
    ),
    holds: fails('tests-failed'),
  },
  much('200 MB of output in lines of 64 KB', 'lines', 200 * 1024 * 1024),
  much('one line of 100 MB of NUL', 'one-line', 100 * 1024 * 1024),
  {
    ...much('200 MB between two lines of TAP', 'tap-with-much-between', 200 * 1024 * 1024 + 15),
    lab: ({ gate }) => ({
      bad: {
        command: [
          'sh',
          '-c',
          `${quoted(fixture('print', 'tap-with-much-between'))}; exec ${quoted(gate.command('bad'))}`,
        ],
        results: 'tap',
      },
      good: { command: ['true'] },
    }),
  },
  {
    kind,
    fault: '200 MB of output, where results should be in it',
    ...pair(
      { command: fixture('print', 'lines'), results: 'tap' },
      { command: fixture('hang', 'not'), results: 'tap' },
    ),
    dueMs: 30_000,
    holds: fails('no-tests'),
  },
];

/** The test waits at the gate when all is printed, so that the worker's memory can be looked at. */
function much(fault: string, how: string, bytes: number): SessionRow {
  const most = 300 * 1024;
  let used = 0;
  return {
    kind,
    fault,
    lab: ({ gate }) => ({
      bad: { command: ['sh', '-c', `${quoted(fixture('print', how))}; exec ${quoted(gate.command('bad'))}`] },
      good: { command: ['true'] },
    }),
    args: ['--jobs', '1'],
    inject: async (bench) => {
      const held = await bench.arrival();
      used = peakMemory(await bench.pidOf('worker'));
      held.release(0);
    },
    verdict: 'BAD',
    holds: {
      exit: 0,
      runs: ['BAD pass', 'GOOD pass'],
      log: 'complete',
      check: (bench) => {
        const { size } = statSync(path.join(bench.rig.session, 'runs', 'BAD', 'output.txt'));
        return [
          ...(size === bytes ? [] : [`output.txt has ${size} bytes, not ${bytes}`]),
          ...(used < most ? [] : [`the worker took ${used} KB of memory, more than ${most}`]),
        ];
      },
    },
  };
}

/** In KB. */
function peakMemory(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

export const misbehaving: readonly SessionRow[] = [...hanging, ...dying, empty, ...printing];
