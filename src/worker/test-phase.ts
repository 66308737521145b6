import type { Ending } from '../audit/ending.ts';
import type { Collected } from '../audit/collected.ts';
import type { TestResult } from '../model/verdict.ts';
import type { Reproduce } from './context.ts';

/** What the test phase leaves for its verdict. */
export interface TestPhaseEnd {
  readonly ending: Ending;
  readonly collected: Collected;
  readonly reproduce?: Reproduce;
}

/** The test phase, or what should have led to it, ended before results were made; tests that were finished count. */
export function endedBy(ending: Ending, tests: readonly TestResult[] = []): TestPhaseEnd {
  return { ending, collected: { tests } };
}
