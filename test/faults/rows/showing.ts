// What shows a session, or keeps a report of it, fails or blocks: the session goes on, says it once, and comes to its own verdict.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { lives } from '../bench.ts';
import { runsOf } from '../carry-out.ts';
import type { Row, SessionRow, TrialRow } from '../row.ts';
import { fixture } from './fixtures.ts';

const kind = 'what shows a session fails';
const RENDERERS = ['lines', 'jsonl', 'junit'] as const;
/** Whoever reads late is waited for at the end: so long, and no longer. */
const WAITED_MS = 5000;
const RUNS = ['A pass', 'B fail exit-code test'];

interface Place {
  readonly fault: string;
  readonly place: string;
  /** The shell's words before those of testbed. */
  readonly before: string;
  readonly says: RegExp;
  readonly missing?: () => string | undefined;
  readonly dueMs?: number;
}

const places: readonly Place[] = [
  {
    fault: 'a fifo that nobody reads',
    place: 'pipe',
    before: 'mkfifo pipe; exec "$@"',
    says: /pipe was not read to its end/,
    dueMs: WAITED_MS,
  },
  {
    fault: '/dev/full',
    place: '/dev/full',
    before: 'exec "$@"',
    says: /dev\/full can not be written: ENOSPC/,
  },
  {
    fault: 'a descriptor whose reader is gone',
    place: 'fd:9',
    before: 'exec "$@" 9> >(exit 0)',
    says: /descriptor 9 can not be written: EPIPE/,
  },
  {
    fault: 'a file on a full disk',
    place: 'small/file',
    before:
      'mkdir small; exec unshare --mount sh -c \'mount -t tmpfs -o size=8k tmpfs small && { cat /dev/zero >small/zero 2>/dev/null; exec "$@"; }\' sh "$@"',
    says: /small\/file can not be written: ENOSPC/,
    missing: () => (process.getuid?.() === 0 ? undefined : 'only root may mount a small tmpfs'),
  },
];

const written = places.flatMap(({ fault, place, before, dueMs = 0, ...more }) =>
  RENDERERS.map((name): SessionRow => {
    const { says, missing } = more;
    return {
      kind,
      fault: `the renderer ${name} writes to ${fault}`,
      ...(name === 'lines' && place === '/dev/full' ? { short: true } : {}),
      ...(missing === undefined ? {} : { missing }),
      lab: () => ({ a: { command: ['true'] }, b: { command: ['false'] } }),
      args: ['--renderer', 'quiet', '--renderer', `${name}=${place}`],
      through: ['bash', '-c', before, 'bash'],
      dueMs,
      holds: { exit: 1, runs: RUNS, log: 'complete', says },
    };
  }),
);

/** The screen itself: what it can not take nobody is told, and the verdict is the same. */
const screens: readonly Row[] = [
  {
    kind,
    fault: 'the screen is /dev/full',
    lab: () => ({ a: { command: ['true'] }, b: { command: ['false'] } }),
    through: ['sh', '-c', 'exec "$@" 2>/dev/full', 'sh'],
    holds: { exit: 1, runs: RUNS, log: 'complete' },
  },
  {
    kind,
    fault: 'the screen is closed',
    lab: () => ({ a: { command: ['true'] }, b: { command: ['false'] } }),
    through: ['sh', '-c', 'exec "$@" 2>&-', 'sh'],
    holds: { exit: 1, runs: RUNS, log: 'complete' },
  },
  unread(),
];

/** So many that the terminal can not take all of their frames. */
const MANY = 60;

function unread(): TrialRow {
  return {
    kind,
    fault: 'the tree is on a terminal that nobody reads (Ctrl-S)',
    attempt: async (bench) => {
      bench.lab({ a: { command: ['sleep', '0.1'] }, b: { command: ['false'] } });
      const through = fixture('terminal', 'unread', '');
      const session = bench.rig.start(['run', '--count', String(MANY), '--jobs', '8'], { through });
      const end = await bench.rig.event(({ type }) => type === 'session-finished');
      const endedAt = performance.now();
      const { exit } = await session.finished;
      const lateMs = performance.now() - endedAt;
      const passed = runsOf(bench.events()).filter((run) => run.endsWith(' pass')).length;
      const junit = readFileSync(path.join(bench.rig.session, 'junit.xml'), 'utf8');
      return {
        what: `${passed} pass, ${MANY} fail, exit ${exit}; it waits ${Math.round(lateMs / 100) / 10} s for a reader`,
        log: 'complete',
        broken: [
          ...(exit === 1 ? [] : [`exit ${exit}, not 1`]),
          ...(passed === MANY ? [] : [`${passed} passed, not ${MANY}`]),
          ...(end.type === 'session-finished' && end.ending === 'complete'
            ? []
            : ['the log is not complete']),
          ...(junit.includes(`failures="${MANY}"`) ? [] : ['junit.xml is not complete']),
          ...(lateMs <= WAITED_MS + 1000 ? [] : [`it waited ${Math.round(lateMs)} ms for a reader`]),
          ...(lives(session.pid) ? ['it is still there'] : []),
        ],
      };
    },
  };
}

export const showing: readonly Row[] = [...written, ...screens];
