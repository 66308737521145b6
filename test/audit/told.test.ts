import { describe, expect, test } from 'vitest';
import { ChannelReader } from '../../src/audit/channel-reader.ts';
import { Told, together } from '../../src/audit/told.ts';
import { UniquePaths } from '../../src/audit/paths.ts';
import { TapLines } from '../../src/audit/tap-lines.ts';
import type { Collected } from '../../src/audit/collected.ts';

/** What lines on the channel come to: tests as `pass a > b (reason)`, then what makes them less than good. */
function told(...lines: readonly object[]): string[] {
  const all = new Told();
  const reader = new ChannelReader();
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  for (const event of reader.push(Buffer.from(text))) all.add(event);
  reader.end();
  return said(all.collected('it never finished', reader.fault));
}

function said({ tests, problem, bail }: Collected): string[] {
  return [
    ...tests.map(
      ({ verdict, path, reason }) => `${verdict} ${path}${reason === undefined ? '' : ` (${reason})`}`,
    ),
    ...(problem === undefined ? [] : [`${problem.verdict} ${problem.cause}: ${problem.reason}`]),
    ...(bail === undefined ? [] : [`bail: ${bail}`]),
  ];
}

const finished = (path: unknown, more: object = {}) => ({
  type: 'test-finished',
  path,
  verdict: 'pass',
  ...more,
});

describe('what a test says on its channel', () => {
  test('tests, in subtests too; the same name again is another test', () => {
    expect(
      told(
        { type: 'plan', tests: 4 },
        finished('a'),
        finished(['wlan', 'connect'], { verdict: 'skip' }),
        finished('a', { verdict: 'fail', reason: 'no\nlink' }),
        finished('b', { verdict: 'error', exceptionClass: 'OSError' }),
        { type: 'measurement', name: 'rate', value: 1 },
        { type: 'note', message: 'hello' },
      ),
    ).toEqual(['pass a', 'skip wlan > connect (skipped without a reason)', 'fail a #2 (no link)', 'error b']);
  });

  test('a test that began and never finished is a fail', () => {
    expect(told({ type: 'test-started', path: ['outer', 'inner'] }, finished('a'))).toEqual([
      'pass a',
      'fail outer > inner (it never finished)',
    ]);
    expect(told({ type: 'test-started', path: 'a' }, finished('a'))).toEqual(['pass a']);
  });

  test('an error, a bail-out and a plan that does not fit are fails', () => {
    expect(told(finished('a'), { type: 'error', message: 'lost', exceptionClass: 'OSError' })).toEqual([
      'pass a',
      'fail error-event: It reported an error outside of its tests: OSError: lost.',
    ]);
    expect(told({ type: 'bail-out', reason: 'fire' })).toEqual(['fail bail: Bail out! fire', 'bail: fire']);
    expect(told({ type: 'plan', tests: 2 }, finished('a'))).toEqual([
      'pass a',
      'fail bad-results: It planned 2 tests, but told of 1.',
    ]);
    expect(told({ type: 'plan', tests: 1 }, finished('a'))).toEqual(['pass a']);
  });
});

describe('what is no event', () => {
  test.each([
    ['half\n', 'is no JSON: half'],
    ['[1]\n', 'is no JSON object: [1]'],
    ['{}\n', 'should have a text as "type": {}'],
    ['{"type":"x"}\n', 'is of no known type: {"type":"x"}'],
    ['{"type":"note"}\n', 'should have a text as "message": {"type":"note"}'],
    ['{"type":"test-finished","path":[],"verdict":"pass"}\n', /a list of texts, as "path"/],
    ['{"type":"test-finished","path":"a","verdict":"ok"}\n', /one of pass, fail, error, skip as "verdict"/],
    ['{"type":"plan","tests":-1}\n', /whole number as "tests"/],
    ['{"type":"note","message":"x","mark":1.5}\n', /whole number as "mark"/],
    ['{"type":"measurement","name":"x","value":"1"}\n', /a number as "value"/],
    ['{"type":"measurement","name":"x","value":1e999}\n', /a number as "value"/],
    ['{"type":"note","message":"x"}', 'is cut off: its newline never came'],
    [Buffer.from([0xff, 0xfe, 0x0a]), 'is not UTF-8'],
    [`{"type":"note","message":"${'x'.repeat(70_000)}"}\n`, 'is longer than 64 KB'],
  ])('is told: %#', (text, what) => {
    const [events, fault] = faultOf(text);
    expect(events).toBe(0);
    if (typeof what === 'string') expect(fault).toBe(`Line 1 of the event channel ${what}`);
    else expect(fault).toMatch(what);
  });

  test('does not harm the lines around it, and is counted', () => {
    const good = '{"type":"note","message":"x"}\n';
    expect(
      faultOf(good, 'bad', '\n', good, 'x'.repeat(200_000), 'y\n', good.slice(0, 9), good.slice(9), '\n'),
    ).toEqual([3, 'Line 2 of the event channel is no JSON: bad (and 1 more)']);
  });

  test('makes the results not to be believed, before all else', () => {
    expect(
      said(together({ tests: [] }, new Told().collected('', 'Line 1 of the event channel is no JSON'))),
    ).toEqual(['error bad-results: Line 1 of the event channel is no JSON.']);
  });
});

describe('TAP while it comes', () => {
  test('each test stands below its line and above that of the next, whatever the chunks', async () => {
    const text = '1..3\nok 1 - a\ntalk\nnot ok 2 - b\n  ---\n  message: no\n  ...\nok 3 - c';
    const { seen } = await parts(text);
    // The line after it may still belong to it.
    expect(seen).toEqual([
      '1..3\nok 1 - a\ntalk\n',
      '<pass a>',
      'not ok 2 - b\n  ---\n  message: no\n  ...\nok 3 - c',
      '<fail b>',
      '<pass c>',
    ]);
    const letters = await parts(...text.split(''));
    expect(letters.seen.filter((part) => part.startsWith('<'))).toEqual(['<pass a>', '<fail b>', '<pass c>']);
    expect(letters.collected.problem).toBeUndefined();
  });

  test('tests in subtests that are never closed count, at every depth', async () => {
    const { collected } = await parts(
      '1..2\nok 1 - first\n# Subtest: outer\n    ok 1 - x\n    # Subtest: inner\n        ok 1 - a\n        not ok 2 - b\n',
    );
    expect(collected.tests.map(({ verdict, path }) => `${verdict} ${path}`)).toEqual([
      'pass first',
      'pass outer > x',
      'pass outer > inner > a',
      'fail outer > inner > b',
    ]);
    expect(collected.problem?.cause).toBe('bad-results');
  });

  test('a line of megabytes, bad UTF-8 and NUL are passed over', async () => {
    const { collected } = await parts('1..1\n', 'x'.repeat(200_000), 'y\n', '\0\n', 'ok 1 - a\n');
    expect(said(collected)).toEqual(['pass a']);
  });
});

/** How many events there are, and what the rest is. */
function faultOf(...chunks: readonly (string | Buffer)[]): [number, string | undefined] {
  const reader = new ChannelReader();
  const events = chunks.flatMap((chunk) => reader.push(Buffer.from(chunk as string)));
  reader.end();
  return [events.length, reader.fault];
}

/** The text and the tests in it, in their order. */
async function parts(...chunks: readonly string[]) {
  const tap = await TapLines.open(new UniquePaths());
  const seen: string[] = [];
  for (const chunk of chunks)
    for (const part of tap.push(Buffer.from(chunk)))
      seen.push(Buffer.isBuffer(part) ? part.toString() : `<${part.verdict} ${part.path}>`);
  for (const test_ of tap.end()) seen.push(`<${test_.verdict} ${test_.path}>`);
  return { seen, collected: tap.collected };
}
