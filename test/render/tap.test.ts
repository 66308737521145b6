import { array, assert, asyncProperty, boolean, constantFrom, oneof, record, string } from 'fast-check';
import path from 'node:path';
import { Parser, type FinalResults, type Result } from 'tap-parser';
import { describe, expect, test } from 'vitest';
import { screen, showLive } from './support/live.ts';
import { Results } from './support/results.ts';
import { eventfulSession, RecordedSession } from './support/session.ts';

/** What another program makes of our TAP: its results, and every line that it could not place. */
function read(tap: string): {
  readonly results: FinalResults;
  readonly extra: readonly string[];
  readonly children: number;
  readonly points: number;
  readonly skips: number;
} {
  const extra: string[] = [];
  let children = 0;
  let results: FinalResults | undefined;
  let [points, skips] = [0, 0];
  const follow = (parser: Parser): void => {
    parser.on('assert', (result: Result) => {
      points++;
      if (result.skip !== false) skips++;
    });
    parser.on('extra', (line: string) => extra.push(line));
    parser.on('child', (child: Parser) => {
      children++;
      follow(child);
    });
  };
  const parser = new Parser({ strict: true }, (final) => (results = final));
  follow(parser);
  parser.end(tap);
  if (results === undefined) throw new Error('the parser never came to an end');
  return { results, extra, children, points, skips };
}

async function tapOf(session: RecordedSession): Promise<string> {
  using results = new Results();
  return (await showLive(session, results, screen('tap'))).stdout;
}

describe('TAP 14', () => {
  test('has a point for each order, its tests below it, and says why', async () => {
    const tap = await tapOf(eventfulSession());
    await expect(tap).toMatchFileSnapshot(path.join(import.meta.dirname, 'golden', 'tap.txt'));
  });

  test('is read by another program without a fault, and to the same counts', async () => {
    const { results, extra, children } = read(await tapOf(eventfulSession()));
    expect(extra).toEqual([]);
    expect(results.failures.filter(({ tapError }) => tapError !== null)).toEqual([]);
    const { count, plan, pass, fail, skip, bailout } = results;
    expect({ count, plan: plan.end, pass, fail, skip, bailout, children }).toEqual({
      count: 10,
      plan: 10,
      pass: 3,
      fail: 7,
      skip: 1,
      bailout: false,
      children: 2,
    });
    const [standard] = results.failures as readonly { readonly diag?: Record<string, unknown> }[];
    expect(standard?.diag).toMatchObject({ severity: 'fail', blame: 'test', tentacles: '2731' });
  });

  test('stays readable whatever tests are called and say', async () => {
    const traps = constantFrom(
      'a # SKIP b',
      'x # TODO',
      '\\#',
      '\\',
      '---',
      'ok 1',
      '1..5',
      'Bail out!',
      '# Subtest: y',
    );
    const text = oneof(string({ unit: 'binary', maxLength: 30 }), traps);
    const verdict = constantFrom('pass', 'fail', 'skip');
    const tests = array(record({ name: text, reason: text, verdict, expected: boolean() }), {
      maxLength: 5,
    });
    await assert(
      asyncProperty(tests, text, async (given, reason) => {
        const session = new RecordedSession({ spec: 1 });
        const run = session.begin('spec', 't0');
        for (const { name, ...more } of given) session.test(run, name, more);
        session.end(run, { verdict: 'fail', expected: false, reason, evidence: reason }).finish(1);
        const { results, extra, skips, points } = read(await tapOf(session));
        expect([extra, results.count, results.fail, points]).toEqual([[], 1, 1, given.length + 1]);
        expect(skips).toBe(given.filter(({ verdict: told }) => told === 'skip').length);
        expect(results.failures.filter(({ tapError }) => tapError !== null)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
