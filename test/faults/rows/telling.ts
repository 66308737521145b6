// The event channel of a test, and the markers by which its events find their place: forged, torn, malformed, and from others.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Bench } from '../bench.ts';
import type { Holds, SessionRow } from '../row.ts';
import { fixture } from './fixtures.ts';

const kind = 'a test tells what it should not';

/** What a single test keeps in its `output.txt`, whole. */
function prints(fault: string, how: string, wanted: RegExp, more: Partial<SessionRow> = {}): SessionRow {
  return {
    kind,
    fault,
    lab: () => ({ good: { command: fixture('print', how) } }),
    verdict: 'GOOD',
    holds: {
      exit: 0,
      runs: ['GOOD pass'],
      log: 'complete',
      check: (bench) => {
        const text = readFileSync(path.join(bench.rig.session, 'runs', 'GOOD', 'output.txt'), 'utf8');
        return wanted.test(text)
          ? []
          : [`${String(wanted)} is not in output.txt: ${JSON.stringify(text.slice(0, 200))}`];
      },
    },
    ...more,
  };
}

/** A line of the channel that is none: an error where events are the results, else a warning; the lines around it count. */
function malformed(fault: string, how: string, says: RegExp): SessionRow {
  return {
    kind,
    fault,
    lab: () => ({
      bad: { command: fixture('print', how), results: 'events' },
      good: { command: fixture('print', how) },
    }),
    verdict: 'BAD',
    holds: {
      exit: 3,
      runs: ['BAD error bad-results test', 'BAD~2 error bad-results test', 'GOOD pass'],
      log: 'complete',
      says,
      check: tells('BAD', how === 'malformed-event' ? ['one'] : ['one', 'two']),
    },
  };
}

/** The tests that a run told of, and no others. */
function tells(run: string, wanted: readonly string[]): NonNullable<Holds['check']> {
  return ({ rig }: Bench) => {
    const told = rig
      .events()
      .flatMap((event) => (event.type === 'test-finished' && event.run === run ? [event.path] : []));
    return told.join() === wanted.join()
      ? []
      : [`${run} told of ${told.join(', ')}, not of ${wanted.join(', ')}`];
  };
}

export const telling: readonly SessionRow[] = [
  prints(
    'a marker on stdout only, whose partner and event never come',
    'lone-marker',
    /^behind the marker\n$/,
  ),
  prints('a forged marker, without the secret of the run', 'forged-marker', /xxxx1\nbehind the forgery\n$/),
  prints('half a marker at the end of its output', 'half-marker', /^before #testbed:[0-9a-f]{32}:12$/),
  prints('a marker in the middle of a line', 'marker-in-line', /^one line\n$/),
  malformed('a torn event on the event channel', 'malformed-event', /newline never came/),
  malformed('an event of 20 MB', 'long-event', /longer than 64 KB/),
  {
    ...malformed('a megabyte of all bytes on the event channel', 'junk-events', /is not UTF-8|is no JSON/),
    short: true,
  },
  malformed('an event that is not UTF-8', 'bad-utf8-event', /is not UTF-8/),
  {
    kind,
    fault: 'a stray tells events when its test is over',
    args: ['--jobs', '1'],
    lab: () => ({
      bad: { command: fixture('print', 'late-events'), results: 'events', priority: 1 },
      good: { command: fixture('print', 'events'), results: 'events' },
    }),
    verdict: 'BAD',
    holds: {
      exit: 1,
      runs: ['BAD fail tests-failed test', 'GOOD pass'],
      log: 'complete',
      says: /BAD left a process behind/,
      check: tells('GOOD', ['one']),
    },
  },
];
