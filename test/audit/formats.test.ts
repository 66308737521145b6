import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readChannelLine } from '../../src/audit/channel-line.ts';
import { collect } from '../../src/audit/collect.ts';
import type { Collected } from '../../src/audit/collected.ts';
import { linesOf } from '../../src/audit/difference.ts';
import { parseJunit } from '../../src/audit/junit.ts';
import { parseMicropythonResults, type MicropythonFacts } from '../../src/audit/micropython.ts';
import { parseTap } from '../../src/audit/tap.ts';

/** A line for each test, then what is said of the whole. */
function told({ tests, problem, bail, skipped }: Collected): string[] {
  return [
    ...tests.map(({ path, verdict, expected, reason, exceptionClass, durationMs }) =>
      [
        `${verdict}${expected === (verdict === 'pass' || verdict === 'skip') ? '' : '!'} ${path}`,
        exceptionClass,
        reason,
        durationMs && `${durationMs} ms`,
      ]
        .filter(Boolean)
        .join(' | '),
    ),
    ...(problem === undefined ? [] : [`${problem.verdict} ${problem.cause}: ${problem.reason}`]),
    ...(bail === undefined ? [] : [`bail: ${bail}`]),
    ...(skipped === undefined ? [] : [`skipped: ${skipped}`]),
  ];
}

async function tapAsWhole(text: string): Promise<string[]> {
  return told(await parseTap(text)).filter((line) => !/^(pass|skip) /.test(line));
}

async function junitAsWhole(...texts: string[]): Promise<string[]> {
  return told(await parseJunit(...texts)).filter((line) => !line.startsWith('pass '));
}

test('TAP: subtests are flattened, TODO and SKIP understood', async () => {
  const text = [
    'TAP version 14',
    '# Subtest: outer',
    '    ok 1 - a # time=12ms',
    '    not ok 2 - b',
    '      ---',
    '      message: "boom"',
    '      name: AssertionError',
    '      ...',
    '    # Subtest: deep',
    '        ok 1 - x',
    '        1..1',
    '    ok 3 - deep',
    '    1..3',
    'not ok 1 - outer',
    'ok 2 - z # SKIP no wifi',
    'not ok 3 - t # TODO later',
    'ok 4 - t # TODO done',
    'ok 5',
    '1..5',
    '',
  ].join('\n');
  expect(told(await parseTap(text))).toEqual([
    'pass outer > a | 12 ms',
    'fail outer > b | AssertionError | boom',
    'pass outer > deep > x',
    'skip z | no wifi',
    'fail! t | TODO later',
    'pass! t #2 | unexpected pass: TODO done',
    'pass test 5',
  ]);
});

test('TAP: what is not in order is no pass', async () => {
  expect(await tapAsWhole('1..3\nok 1\nok 2\n')).toEqual([
    'fail bad-results: The TAP output is not in order: incorrect number of tests.',
  ]);
  expect(await tapAsWhole('ok 1 - a\n')).toEqual([
    'fail bad-results: The TAP output is not in order: no plan.',
  ]);
  expect(await tapAsWhole('1..2\nok 1\nok 1\n')).toEqual([
    'fail bad-results: The TAP output is not in order: test point id 1 appears multiple times (test 1).',
  ]);
  expect(await tapAsWhole('1..1\nok 1\nok 2 - b\n')).toEqual([
    'fail bad-results: The TAP output is not in order: id greater than plan end (test 2 "b").',
  ]);
  expect(await tapAsWhole('# Subtest: o\n    ok 1 - a\n    1..3\nok 1 - o\n1..1\n')).toEqual([
    'fail bad-results: The TAP output is not in order: incorrect number of tests in subtest "o".',
  ]);
  expect(await tapAsWhole('# Subtest: o\n    ok 1 - a\n    1..1\nnot ok 1 - o\n1..1\n')).toEqual(['fail o']);
  expect(await tapAsWhole('1..2\nok 1\nBail out! no power\n')).toEqual([
    'fail bail: Bail out! no power',
    'bail: no power',
  ]);
  expect(await tapAsWhole('1..0 # SKIP no board\n')).toEqual(['skipped: no board']);
  expect(await tapAsWhole('1..0\n')).toEqual([]);
  expect(await tapAsWhole('no TAP at all\n')).toEqual([]);
  expect(await tapAsWhole('1..1\nok 1\n')).toEqual([]);
});

test('TAP: what comes after the plan at the end is no pass, at any level', async () => {
  const late = 'The TAP output is not in order: a test after the plan';
  expect(await tapAsWhole('ok 1\n1..1\nnot ok 2 - late\n')).toEqual([`fail bad-results: ${late}.`]);
  expect(await tapAsWhole('1..0 # SKIP no board\nnot ok 1 - late\n')).toEqual([
    `fail bad-results: ${late}.`,
    'skipped: no board',
  ]);
  expect(await tapAsWhole('# Subtest: o\n    ok 1\n    1..1\n    not ok 2\nok 1 - o\n1..1\n')).toEqual([
    `fail bad-results: ${late}.`,
  ]);
  // As where the outputs of two programs are put one after the other, and the second dies.
  expect(await tapAsWhole('1..1\nok 1\n1..2\n')).toEqual([
    'fail bad-results: The TAP output is not in order: a second plan.',
  ]);
  expect(await tapAsWhole('# Subtest: o\n    ok 1\n    1..1\nok 1 - o\n1..1\n  ok\nokay, done\n')).toEqual(
    [],
  );
});

const notOk = (found: string): string => `not ok 1 - a\n  ---\n  found: ${found}\n  wanted: 1\n  ...\n1..1\n`;

test('TAP: values that are no JSON are told all the same', async () => {
  expect(await tapAsWhole(notOk('&a [ *a ]'))).toEqual([
    'fail a | expected 1, got <ref *1> [ [Circular *1] ]',
  ]);
  expect(await tapAsWhole(notOk('!bigint 7'))).toEqual(['fail a | expected 1, got 7n']);
  expect(await tapAsWhole('not ok 1 - a\n  ---\n  duration_ms: .inf\n  ...\n1..1\n')).toEqual(['fail a']);
});

const nested = (depth: number) => {
  const lines = Array.from({ length: depth }, (_, level) => `${'    '.repeat(level)}# Subtest: s`);
  return [...lines, `${'    '.repeat(depth)}ok 1 - x`, ''].join('\n');
};

test('TAP: subtests in subtests without end harm only their own run, and take no time', async () => {
  const { tests } = await parseTap(nested(40));
  expect(tests.map(({ path }) => path)).toEqual([`${'s > '.repeat(40)}x`]);
  const start = performance.now();
  expect(await tapAsWhole(nested(2000))).toEqual([
    'fail bad-results: The TAP output is not in order: what is deeper than 50 subtests is not read.',
  ]);
  expect(performance.now() - start).toBeLessThan(3000);
});

test('TAP: whatever is printed between its lines changes nothing', async () => {
  const tap = [
    '1..3',
    '# Subtest: o',
    '    ok 1 - a',
    '    not ok 2 - b',
    '    1..2',
    'not ok 1 - o',
    'ok 2 # TODO x',
    'not ok 3 - c',
  ];
  const junk = ['junk', '# a comment', '', '  indented', '\t1', 'OK', '-- ok', '...', 'okay', '        deep'];
  const clean = told(await parseTap(`${tap.join('\n')}\n`));
  const between = fc.array(fc.array(fc.constantFrom(...junk), { maxLength: 3 }), {
    minLength: tap.length,
    maxLength: tap.length,
  });
  await fc.assert(
    fc.asyncProperty(between, async (all) => {
      const lines = tap.flatMap((line, index) => [line, ...(all[index] ?? [])]);
      expect(told(await parseTap(`${lines.join('\n')}\n`))).toEqual(clean);
    }),
    { numRuns: 100 },
  );
});

test('blanks without end, as a test may print them, take no time', async () => {
  const blanks = `a${' '.repeat(200_000)}b`;
  const start = performance.now();
  const xml = `<testsuite name="s" tests="1"><testcase name="n"><failure message="${blanks}"/></testcase></testsuite>`;
  expect((await parseJunit(xml)).tests).toHaveLength(1);
  expect(linesOf(`${'\r'.repeat(200_000)}x\r\r\ny`)).toEqual([`${'\r'.repeat(200_000)}x`, 'y']);
  expect(readChannelLine(JSON.stringify({ type: 'note', message: blanks }))).toMatchObject({ type: 'note' });
  expect(performance.now() - start).toBeLessThan(3000);
});

test('JUnit: suites in suites, several documents, and words of failures', async () => {
  const first = `<?xml version="1.0"?><testsuites><testsuite name="s" tests="4" failures="1" errors="1">
    <testcase classname="c" name="n" time="0.5"><failure message="m &lt; 1" type="x.AssertionError">text</failure></testcase>
    <testcase classname="c" name="e"><error>Traceback\nKeyError</error></testcase>
    <testsuite name="inner" tests="2"><testcase name="x"><skipped/></testcase><testcase name="x"/></testsuite>
  </testsuite></testsuites>`;
  expect(
    told(
      await parseJunit(first, '<testsuite name="t" tests="1"><testcase file="f.py" name="ok"/></testsuite>'),
    ),
  ).toEqual([
    'fail c::n | AssertionError | m < 1 | 500 ms',
    'error c::e | Traceback KeyError',
    'skip x | skipped without a reason',
    'pass x #2',
    'pass f.py::ok',
  ]);
});

const suite = (testcase: string, claims = 'tests="1"') =>
  `<testsuites ${claims}><testsuite name="s" tests="1">${testcase}</testsuite></testsuites>`;

test('JUnit: attributes are no elements, and what never ran has not passed', async () => {
  expect(told(await parseJunit(suite('<testcase name="n" skipped="0" failure="" error="0"/>')))).toEqual([
    'pass n',
  ]);
  expect(told(await parseJunit(suite('<testcase name="n" status="notrun" time="-3600"/>')))).toEqual([
    'skip n | its status is "notrun"',
  ]);
  expect(told(await parseJunit(suite('<testcase name="n" status="run" time="1e999"/>')))).toEqual(['pass n']);
  expect(await junitAsWhole(suite('<testcase name="n"/>', 'name="all" tests="3"'))).toEqual([
    'error bad-results: The JUnit suite "all" claims 3 tests, but names 1: it is not complete.',
  ]);
  expect(await junitAsWhole(suite('<testcase name="n"/>', 'tests="1" failures="1"'))).toEqual([
    'error bad-results: The JUnit suite "" claims 1 failures, but names none.',
  ]);
  expect(await junitAsWhole('<testsuites><testcase name="n"><failure/></testcase></testsuites>')).toEqual([
    'fail n',
  ]);
});

test('JUnit: what is cut off, empty or something else is an error', async () => {
  expect(await junitAsWhole()).toEqual(['error bad-results: The test process left no JUnit file.']);
  expect(await junitAsWhole('')).toEqual([
    'error bad-results: The JUnit file is not XML: line 1: Start tag expected.',
  ]);
  expect(await junitAsWhole('<testsuite name="s"><testcase name="a"/>')).toEqual([
    expect.stringMatching(/^error bad-results: The JUnit file is not XML/),
  ]);
  expect(await junitAsWhole('<html></html>')).toEqual([
    'error bad-results: The JUnit file has no <testsuite>.',
  ]);
  expect(await junitAsWhole('<testsuite name="s" tests="2"><testcase name="a"/></testsuite>')).toEqual([
    'error bad-results: The JUnit suite "s" claims 2 tests, but names 1: it is not complete.',
  ]);
  expect(
    await junitAsWhole('<testsuite name="s" tests="1" failures="1"><testcase name="a"/></testsuite>'),
  ).toEqual(['error bad-results: The JUnit suite "s" claims 1 failures, but names none.']);
  const stale = await collect('junit', {
    stdout: '',
    files: [{ text: '<testsuite/>', modifiedAt: 1000 }],
    tests: [],
    startedAt: 5000,
    exitCode: 0,
  });
  expect(told(stale)).toEqual([
    'error bad-results: A JUnit file is older than this run: the test process did not write it.',
  ]);
});

function results(document: unknown, more: Partial<MicropythonFacts> = {}): string[] {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return told(
    parseMicropythonResults({ text, startedAt: 5000, modifiedAt: 6000, stdout: '', exitCode: 1, ...more }),
  );
}

test('_results.json of MicroPython: each test with its verdict', () => {
  const document = {
    args: {},
    results: [
      ['basics/a.py', 'pass', ''],
      ['basics/b.py', 'fail', 'diff'],
      ['c.py', 'skip', 'too large'],
      ['d.py', 'skip', ''],
      ['e.py', 'ignored', 'flaky: slow'],
    ],
    failed_tests: ['basics/b.py'],
  };
  expect(results(document)).toEqual([
    'pass basics/a.py',
    'fail basics/b.py | diff',
    'skip c.py | too large',
    'skip d.py | skipped by the test runner',
    'skip e.py | failed, but known upstream as flaky (flaky: slow)',
  ]);
});

test('why a test failed is read from what run-tests.py left of it', () => {
  const document = { results: ['a.py', 'dir/b.py', 'c.py', 'd.py'].map((path) => [path, 'fail', '']) };
  const traceback =
    'Traceback (most recent call last):\n  File "<stdin>", line 7, in f\nValueError: no\nCRASH';
  const outputs = new Map([
    ['a.py.out', 'one\nTWO\n'],
    ['a.py.exp', 'one\ntwo\n'],
    ['dir_b.py.out', traceback],
    ['dir_b.py.exp', 'one\n'],
    // unittest: nothing is expected of its output.
    ['c.py.out', `test_x (T) ... FAIL\n${'-'.repeat(70)}\nRan 1 tests\n\nFAILED (failures=1, errors=0)\n`],
  ]);
  expect(results(document, { outputs })).toEqual([
    'fail a.py | line 2: expected "two", got "TWO"',
    'fail dir/b.py | ValueError | ValueError: no (line 7)',
    'fail c.py | unittest: 1 test ran, failures=1, errors=0; first test_x (T)',
    'fail d.py',
  ]);
});

test('_results.json of older trees names only failures; the rest is printed', () => {
  const stdout =
    'pass  a.py \r\nskip  b.py\nFAIL  c.py\n2 tests performed (9 individual testcases)\n1 tests passed\n1 tests failed: c.py\n';
  expect(results({ args: {}, failed_tests: ['c.py'] }, { stdout })).toEqual([
    'pass a.py',
    'skip b.py | skipped by the test runner',
    'fail c.py',
  ]);
  expect(results({ failed_tests: [] }, { exitCode: 0 })).toEqual([
    'error bad-results: _results.json: only failing tests are named, and the summary "N tests performed" was not printed.',
  ]);
  expect(results({ failed_tests: ['c.py'] }, { stdout: '7 tests performed\n' })).toEqual([
    'error bad-results: _results.json: 7 tests were performed, but 1 are named.',
  ]);
});

test('_results.json that is missing, stale, malformed or incomplete is an error', () => {
  const good = { results: [['a.py', 'pass', '']] };
  expect(
    told(
      parseMicropythonResults({ text: undefined, startedAt: 0, stdout: 'x\nImportError: y\n', exitCode: 1 }),
    ),
  ).toEqual(['error bad-results: The test process left no _results.json, and ended with exit code 1.']);
  expect(results(good, { exitCode: 0 })).toEqual(['pass a.py']);
  expect(results(good, { exitCode: 0, modifiedAt: 4000 })).toEqual([
    'error bad-results: _results.json is older than this run: the test process did not write it.',
  ]);
  expect(results(good)).toEqual([
    'pass a.py',
    'error bad-results: Exit code 1, but _results.json has no failing test.',
  ]);
  expect(results('{"results": [["a.py", "pa')).toEqual([
    expect.stringMatching(/^error bad-results: _results.json is not JSON/),
  ]);
  expect(results('[]')).toEqual(['error bad-results: _results.json: an object was expected.']);
  expect(results({})).toEqual([
    'error bad-results: _results.json: neither "results" nor "failed_tests" is there.',
  ]);
  expect(results({ results: {} })).toEqual(['error bad-results: _results.json: "results" should be a list.']);
  expect(results({ results: [['a.py', 'perhaps']] })).toEqual([
    'error bad-results: _results.json: an entry should be [test, result, reason], was ["a.py","perhaps"].',
  ]);
  expect(results({ results: [['a.py', 'fail', '']], failed_tests: ['b.py'] })).toEqual([
    'error bad-results: _results.json: "results" and "failed_tests" do not agree about b.py, a.py.',
  ]);
  expect(results({ results: [['a.py', 'fail', '']] }, { stdout: '2 tests failed: a.py b.py\n' })).toEqual([
    'fail a.py',
    'error bad-results: _results.json has 1 failing tests, but 2 were printed.',
  ]);
});
