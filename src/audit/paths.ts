import type { TestResult } from '../model/verdict.ts';

/** The same tests; a path that comes again gets ` #2`, so that each can be told from the others. */
export function withUniquePaths(tests: readonly TestResult[]): TestResult[] {
  const seen = new Map<string, number>();
  return tests.map((test) => {
    const times = (seen.get(test.path) ?? 0) + 1;
    seen.set(test.path, times);
    return times === 1 ? test : { ...test, path: `${test.path} #${times}` };
  });
}
