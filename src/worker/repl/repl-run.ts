import type { TestResult } from '../../model/verdict.ts';
import type { RunContext } from '../context.ts';
import type { Templates } from '../templates.ts';
import type { Expectations } from './expected.ts';
import type { PhaseLimit } from './phase-limit.ts';

/** What the two kinds of REPL tests have in common while they run. */
export interface ReplRun {
  readonly context: RunContext;
  readonly templates: Templates;
  readonly expectations: Expectations;
  readonly limit: PhaseLimit;
  /** A test was judged. */
  readonly finish: (test: TestResult) => Promise<void>;
}
