// Hooks that block, fail, or die: the session has its verdicts and its end all the same.
import { lives } from '../bench.ts';
import type { Bench } from '../bench.ts';
import type { SessionRow } from '../row.ts';
import { until } from '../../support/rig.ts';
import { threeOnHost } from './held.ts';

const kind = 'a hook misbehaves';
const ALL = ['A pass', 'B pass', 'C pass'];
const EACH = ['run-started', 'test-finished', 'run-finished'];
const SHORT_MS = 500;

function row(
  fault: string,
  command: readonly string[],
  more: Partial<Pick<SessionRow, 'short'>> & { readonly says?: RegExp; readonly on?: readonly string[] } = {},
): SessionRow {
  const { short, says, on = EACH } = more;
  return {
    kind,
    fault,
    ...(short === undefined ? {} : { short }),
    lab: () => ({ a: { command: ['true'] }, b: { command: ['true'] }, c: { command: ['true'] } }),
    hooks: () => ({ bad: { on, command, timeout: `${SHORT_MS}ms` } }),
    // What runs, and one with all that waits: each its limit, and a second until KILL.
    dueMs: 2 * (SHORT_MS + 1000),
    holds: { exit: 0, runs: ALL, log: 'complete', ...(says === undefined ? {} : { says }) },
  };
}

const sh = (script: string): string[] => ['sh', '-c', script];

/** The process that starts the hooks, while a test waits. */
async function strikeHooks(bench: Bench, signal: NodeJS.Signals): Promise<void> {
  const test = await bench.arrival();
  const pid = await bench.pidOf('hook');
  bench.strike(pid, signal);
  if (signal === 'SIGKILL') await until(bench.rig.directory, () => (lives(pid) ? undefined : true), 5000);
  test.release(0);
}

export const hooks: readonly SessionRow[] = [
  row('a hook that hangs, and hears no TERM', sh("trap '' TERM; while :; do sleep 1; done"), {
    says: /hook "bad" failed: it took longer than its timeout of 500ms/,
  }),
  row('a hook that reads nothing', ['sleep', '0.2']),
  row('a hook that fails each time', sh('echo no such chat >&2; exit 7'), {
    says: /hook "bad" failed: it ended with exit code 7; its last line: no such chat/,
  }),
  row('a hook that is not there', ['./nowhere'], { says: /hook "bad" failed: Could not start/ }),
  row('a hook that is killed by its own doing', sh('kill -9 $$'), {
    short: true,
    says: /hook "bad" failed: it was ended by SIGKILL/,
  }),
  row('a hook that prints 100 MB', sh('head -c 100000000 /dev/zero'), { on: ['session-started'] }),
  row('a hook that leaves a daemon behind', sh('setsid sh -c "sleep 1000 & sleep 1000" & exit 0')),
  {
    ...row('kill -9 of the process that starts the hooks', ['sleep', '1000']),
    lab: threeOnHost(),
    inject: (bench) => strikeHooks(bench, 'SIGKILL'),
    holds: {
      exit: 0,
      runs: ALL,
      log: 'complete',
      says: /process that starts the hooks has ended \(SIGKILL\)/,
    },
  },
  {
    ...row('SIGSTOP of the process that starts the hooks', ['true']),
    lab: threeOnHost(),
    inject: (bench) => strikeHooks(bench, 'SIGSTOP'),
    // It gets what its hooks may take twice, and 5 s.
    dueMs: 2 * SHORT_MS + 5000,
    holds: {
      exit: 0,
      runs: ALL,
      log: 'complete',
      says: /process that starts the hooks has ended \(SIGKILL\)/,
    },
  },
  {
    ...row('kill -9 of main while a hook hangs', ['sleep', '1000']),
    lab: threeOnHost(),
    inject: async (bench) => {
      await bench.arrival();
      bench.strike(bench.session.pid, 'SIGKILL');
    },
    holds: { exit: 'SIGKILL', runs: [], log: 'cut off', resumed: ALL },
  },
];
