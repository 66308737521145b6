import type { TestCounts, TestResult } from '../model/verdict.ts';

/** No tests at all. */
const NO_TESTS: TestCounts = {
  pass: 0,
  fail: 0,
  error: 0,
  skip: 0,
  expectedFail: 0,
  unexpectedPass: 0,
};

/** Counts tests by verdict; an excused fail or error counts as `expectedFail` only. */
export function countTests(tests: Iterable<Pick<TestResult, 'verdict' | 'expected'>>): TestCounts {
  const counts = { ...NO_TESTS };
  for (const { verdict, expected } of tests) {
    const excused = expected && (verdict === 'fail' || verdict === 'error');
    counts[excused ? 'expectedFail' : verdict]++;
    if (verdict === 'pass' && !expected) counts.unexpectedPass++;
  }
  return counts;
}
