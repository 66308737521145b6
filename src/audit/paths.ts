import type { TestResult } from '../model/verdict.ts';

/** Gives each path once: one that comes again gets ` #2`, so that each test can be told from the others. */
export class UniquePaths {
  readonly #seen = new Map<string, number>();

  of(path: string): string {
    const times = (this.#seen.get(path) ?? 0) + 1;
    this.#seen.set(path, times);
    return times === 1 ? path : `${path} #${times}`;
  }
}

/** The same tests, with paths that differ. */
export function withUniquePaths(tests: readonly TestResult[]): TestResult[] {
  const paths = new UniquePaths();
  return tests.map((test) => {
    const path = paths.of(test.path);
    return path === test.path ? test : { ...test, path };
  });
}
