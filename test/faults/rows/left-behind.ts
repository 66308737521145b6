// Tests that end well, and leave processes behind.
import type { Holds, SessionRow } from '../row.ts';
import { fixture } from './fixtures.ts';

const TOLD = /BAD left (a process|\d+ processes) behind/;

function row(
  fault: string,
  how: string,
  more: { readonly short?: true; readonly holds?: Partial<Holds> } = {},
): SessionRow {
  return {
    kind: 'a test leaves something behind',
    fault,
    lab: ({ rig }) => ({
      bad: { command: fixture('leave', how, rig.directory) },
      good: { command: fixture('leave', 'reaped', rig.directory) },
    }),
    verdict: 'BAD',
    ...more,
    holds: { exit: 0, runs: ['BAD pass', 'GOOD pass'], log: 'complete', ...more.holds },
  };
}

export const leftBehind: readonly SessionRow[] = [
  row('a grandchild that stays in the group', 'stay'),
  row('a grandchild with a session of its own (setsid)', 'session', { short: true, holds: { says: TOLD } }),
  row('a daemon (setsid, forked twice, silent)', 'session+again+silent', { holds: { says: TOLD } }),
  row('a grandchild in the group that cleared its environment', 'cleared'),
  row('a daemon that cleared its environment', 'session+again+silent+cleared', {
    holds: {
      mayStay: { processes: 1, why: 'it is found only where cgroups allow; it stayed: a stated limit' },
    },
  }),
  row('200 children at once, half of them with sessions of their own', 'many', { holds: { says: TOLD } }),
  row('a daemon that is another process every few milliseconds', 'session+again+silent+restless'),
];
