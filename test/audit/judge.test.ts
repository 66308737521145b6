import { expect, test } from 'vitest';
import type { Ending } from '../../src/audit/ending.ts';
import { judgeRun, type Judgement, type RunFacts } from '../../src/audit/judge.ts';
import type { Expectation, ResultsKind } from '../../src/model/plan.ts';
import type { TestResult } from '../../src/model/verdict.ts';

const exited = (code: number): Ending => ({ kind: 'exited', code, signal: null });
const pass = (path: string): TestResult => ({ path, verdict: 'pass', expected: true });
const fail = (path: string, reason = 'line 1: expected "a", got "b"'): TestResult => ({
  path,
  verdict: 'fail',
  expected: false,
  reason,
});
const skip = (path: string): TestResult => ({ path, verdict: 'skip', expected: true, reason: 'no wifi' });
const expects = (test_: string, more: Partial<Expectation> = {}): Expectation => ({
  test: test_,
  boards: [],
  specs: [],
  verdict: 'fail',
  reason: 'a known bug',
  at: 'plan.yaml:7',
  ...more,
});

function judge(
  results: ResultsKind,
  ending: Ending,
  tests: readonly TestResult[] = [],
  more: Partial<RunFacts> = {},
): Judgement {
  return judgeRun({
    spec: { name: 'standard', label: 'RUN-TESTS', results, allowEmpty: false, bailCodes: [75] },
    boardVariant: 'RPI_PICO2-RISCV',
    ending,
    collected: { tests },
    expectations: [],
    today: '2026-11-20',
    evidence: 'the last line',
    ...more,
  });
}

function said({ outcome: { verdict, expected, cause, blame, reason } }: Judgement): string {
  return [`${verdict}${expected ? '' : '!'}`, cause, blame, reason]
    .filter((part) => part !== undefined)
    .join(' | ');
}

function endedBy(ending: Ending): string {
  return said(judge('repl', ending, [pass('a.py')]));
}

test('how a run ends decides before its results do', () => {
  expect(endedBy({ kind: 'finished' })).toBe('pass');
  expect(endedBy({ kind: 'timeout', limitMs: 90_000 })).toBe(
    'fail! | timeout | test | The test phase took longer than its limit of 90 s.',
  );
  expect(endedBy({ kind: 'silence', limitMs: 500 })).toBe(
    'fail! | silence | test | Nothing was printed for 500 ms.',
  );
  expect(endedBy({ kind: 'exited', code: null, signal: 'SIGSEGV' })).toBe(
    'fail! | signal | test | The test process crashed with SIGSEGV.',
  );
  expect(endedBy({ kind: 'exited', code: null, signal: 'SIGKILL' })).toBe(
    'error! | signal | lab | The test process was ended from outside with SIGKILL (out of memory?).',
  );
  expect(endedBy({ kind: 'spawn-failed', program: 'pyton3', message: 'ENOENT' })).toBe(
    'error! | spawn-failed | lab | pyton3 could not be started: ENOENT',
  );
  expect(endedBy({ kind: 'lost-tentacle', tentacle: '2731', evidence: 'EIO' })).toBe(
    'error! | lost-tentacle | lab | The port of tentacle 2731 went away.',
  );
  expect(endedBy({ kind: 'phase-failed', cause: 'flash-failed', reason: 'picotool said no' })).toBe(
    'error! | flash-failed | lab | picotool said no',
  );
  expect(endedBy({ kind: 'phase-failed', cause: 'build-failed', reason: 'make' })).toBe(
    'error! | build-failed | build | make',
  );
  expect(endedBy({ kind: 'precondition-missing', reason: 'WLAN_SSID is not set' })).toBe(
    'skip | precondition | WLAN_SSID is not set',
  );
  expect(endedBy({ kind: 'disk', message: 'ENOSPC' })).toBe(
    'error! | disk | lab | What the run printed could not be kept: ENOSPC',
  );
  expect(endedBy({ kind: 'interrupted', during: 'the test' })).toBe(
    'error! | interrupted | The session was told to stop during the test.',
  );
});

test('exit codes', () => {
  expect(said(judge('exit-code', exited(0)))).toBe('pass');
  expect(judge('exit-code', exited(3)).outcome).toEqual({
    verdict: 'fail',
    expected: false,
    cause: 'exit-code',
    blame: 'test',
    reason: 'exit code 3',
    evidence: 'the last line',
  });
  expect(said(judge('tap', exited(1), [pass('a'), pass('b')]))).toBe(
    'fail! | exit-code | test | exit code 1, although none of 2 tests failed',
  );
  expect(said(judge('micropython', exited(1), [fail('a')]))).toMatch(/^fail! \| tests-failed/);
  expect(said(judge('micropython', exited(2)))).toBe(
    'error! | no-repl | lab | Exit code 2: the test runner could not detect the board on its port.',
  );
  expect(
    said(
      judge('micropython', exited(2), [], { evidence: 'run-tests.py: error: unrecognized arguments: -x' }),
    ),
  ).toBe('error! | exit-code | lab | Exit code 2: the test runner gave up; look at its output.');
});

test('tests inside decide: failing ones, none at all, only skipped ones', () => {
  const failed = judge('repl', { kind: 'finished' }, [pass('a'), fail('b'), fail('c'), fail('d'), fail('e')]);
  expect(said(failed)).toBe('fail! | tests-failed | test | 4 of 5 tests failed: b, c, d, and 1 more');
  expect(failed.outcome.evidence).toBe('b: line 1: expected "a", got "b"');
  expect(failed.counts).toEqual({ pass: 1, fail: 4, error: 0, skip: 0, expectedFail: 0, unexpectedPass: 0 });
  expect(said(judge('tap', exited(0)))).toBe(
    'fail! | no-tests | test | No test ran. If that is right, the spec may say "allow-empty: true".',
  );
  expect(judge('tap', exited(0)).counts).toBeUndefined();
  expect(
    said(
      judge('tap', exited(0), [], {
        spec: { name: 's', label: 'S', results: 'tap', allowEmpty: true, bailCodes: [] },
      }),
    ),
  ).toBe('pass');
  expect(said(judge('repl', { kind: 'finished' }, [skip('a')]))).toBe('skip | no wifi');
  expect(said(judge('repl', { kind: 'finished' }, [skip('a'), skip('b')]))).toBe(
    'skip | all 2 tests were skipped; the first: no wifi',
  );
  expect(said(judge('repl', { kind: 'finished' }, [skip('a'), pass('b')]))).toBe('pass');
  expect(said(judge('tap', exited(0), [], { collected: { tests: [], skipped: 'no board' } }))).toBe(
    'skip | no board',
  );
  const problem = { verdict: 'error', cause: 'bad-results', blame: 'test', reason: 'half a file' } as const;
  expect(said(judge('junit', exited(0), [], { collected: { tests: [fail('a')], problem } }))).toBe(
    'error! | bad-results | test | half a file',
  );
  expect(
    said(
      judge('tap', exited(0), [], {
        collected: { tests: [fail('a')], problem: { ...problem, verdict: 'fail' } },
      }),
    ),
  ).toMatch(/tests-failed/);
});

test('what is expected to fail is excused, with the reason', () => {
  const expectations = [
    expects('thread/*', { link: 'https://example.org/1', boards: ['RPI_PICO2*'], specs: ['RUN-*'] }),
  ];
  const judged = judge('micropython', exited(1), [pass('a.py'), fail('thread/b.py'), pass('thread/c.py')], {
    expectations,
  });
  expect(said(judged)).toBe('fail | tests-failed | test | 1 test of 3 failed, as expected');
  expect(judged.tests[1]).toEqual({
    path: 'thread/b.py',
    verdict: 'fail',
    expected: true,
    reason: 'expected: a known bug, https://example.org/1; line 1: expected "a", got "b"',
  });
  expect(judged.tests[2]?.expected).toBe(true);
  expect(judged.warnings).toEqual([]);
  expect(judged.counts).toMatchObject({ pass: 2, fail: 0, expectedFail: 1 });
  const elsewhere = (more: Partial<Expectation>) =>
    said(judge('repl', { kind: 'finished' }, [fail('a')], { expectations: [expects('a', more)] }));
  expect(elsewhere({})).toMatch(/^fail \|/);
  expect(elsewhere({ boards: ['RPI_PICO'] })).toMatch(/^fail! \|/);
  expect(elsewhere({ specs: ['other'] })).toMatch(/^fail! \|/);
  expect(elsewhere({ verdict: 'error' })).toMatch(/^fail! \|/);
});

test('an unexpected pass is loud, and changes no verdict', () => {
  const judged = judge('repl', { kind: 'finished' }, [pass('a'), pass('b')], {
    expectations: [expects('a')],
  });
  expect(said(judged)).toBe('pass | 1 test passed although expected to fail: a');
  expect(judged.tests[0]).toMatchObject({
    verdict: 'pass',
    expected: false,
    reason: 'unexpected pass: plan.yaml:7 expects a fail (a known bug)',
  });
  expect(judged.counts).toMatchObject({ pass: 2, unexpectedPass: 1 });
  expect(judged.warnings).toEqual([
    'plan.yaml:7: a passed, although a fail was expected (a known bug). Remove the entry if it is mended.',
  ]);
});

test('an expired entry no longer excuses, and says so', () => {
  const by = (until: string) =>
    judge('repl', { kind: 'finished' }, [fail('a', 'bad')], { expectations: [expects('a', { until })] });
  expect(said(by('2026-11-20'))).toMatch(/^fail \|/);
  expect(said(by('2026-11-19'))).toBe('fail! | tests-failed | test | 1 of 1 test failed: a');
  expect(by('2026-11-19').tests[0]?.reason).toBe('bad; no longer excused: plan.yaml:7 expired on 2026-11-19');
  expect(by('2026-11-19').warnings).toEqual([
    'plan.yaml:7: the expectation for a expired on 2026-11-19 and no longer excuses (a known bug).',
  ]);
  const passes = judge('repl', { kind: 'finished' }, [pass('a')], {
    expectations: [expects('a', { until: '2026-11-19' })],
  });
  expect([passes.warnings, passes.tests[0]?.expected]).toEqual([[], true]);
});

test('a run without named tests is excused by its label', () => {
  const expectations = [expects('RUN-TESTS')];
  expect(said(judge('exit-code', exited(1), [], { expectations }))).toBe(
    'fail | exit-code | test | expected: a known bug; exit code 1',
  );
  expect(judge('exit-code', exited(0), [], { expectations }).warnings).toHaveLength(1);
  expect(said(judge('exit-code', { kind: 'timeout', limitMs: 1 }, [], { expectations }))).toMatch(
    /^fail! \| timeout/,
  );
});

test('an exit code that the spec names asks to stop everything, whatever its tests say', () => {
  for (const kind of ['exit-code', 'tap'] as const) {
    const judged = judge(kind, exited(75), kind === 'tap' ? [pass('a')] : []);
    expect(said(judged)).toBe('fail! | bail | test | Bail out: exit code 75.');
    expect(judged.bail).toBe('exit code 75');
  }
  expect(judge('exit-code', exited(1)).bail).toBeUndefined();
});
