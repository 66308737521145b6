import type { TestRunSpec } from '../model/plan.ts';
import type { Expectation } from '../model/plan.ts';
import type { BoardVariant } from '../model/ids.ts';
import type { Outcome, TestCounts, TestResult } from '../model/verdict.ts';
import { count, type Collected } from './collected.ts';
import { countTests } from './counts.ts';
import { judgeEnding } from './judge-ending.ts';
import type { Ending } from './ending.ts';
import { applyExpectations } from './expectations.ts';

/** All that is known of a run whose verdict is to be made. */
export interface RunFacts {
  readonly spec: Pick<TestRunSpec, 'name' | 'label' | 'results' | 'allowEmpty' | 'bailCodes'>;
  /** Of the covering role; absent for host-only specs. */
  readonly boardVariant?: BoardVariant;
  readonly ending: Ending;
  /** What `collect` made of the results; after a cut-off ending, the tests that were finished before. */
  readonly collected: Collected;
  readonly expectations: readonly Expectation[];
  /** `YYYY-MM-DD` at the lab. */
  readonly today: string;
  /** Of what was printed, the line that tells most of a failure: `evidenceLine`. */
  readonly evidence?: string;
}

/** The verdict of a run, and everything it rests on. */
export interface Judgement {
  readonly outcome: Outcome;
  /** With expectations applied. */
  readonly tests: readonly TestResult[];
  /** Absent when no test was named. */
  readonly counts?: TestCounts;
  /** What a person should know and that changed no verdict: unexpected passes, expired expectations. */
  readonly warnings: readonly string[];
  readonly bail?: string;
}

/**
 * Makes the verdict of one run from how it ended and what its tests say. The order of the rules: what cut the run off;
 * results that can not be believed; failing tests; the exit code; no tests; skips. The first that speaks decides.
 */
export function judgeRun(facts: RunFacts): Judgement {
  const { spec, ending, collected } = facts;
  const bail = collected.bail ?? bailByCode(facts);
  const named = collected.tests.length > 0;
  const context = {
    spec: spec.name,
    label: spec.label,
    today: facts.today,
    ...(facts.boardVariant === undefined ? {} : { boardVariant: facts.boardVariant }),
  };
  const applied = applyExpectations(collected.tests, context, facts.expectations);
  const warnings = [...applied.warnings];
  let outcome = judgeEnding(ending, spec.results, facts.evidence) ?? judgeResults(facts, applied.tests);
  if (!named && outcome.cause === 'exit-code') {
    // A run that names no tests is its own and only one: expectations reach it by the spec's label.
    const self = applyExpectations([selfAsTest(spec.label, outcome)], context, facts.expectations);
    warnings.push(...self.warnings);
    const test = self.tests[0];
    if (test?.expected) outcome = { ...outcome, expected: true, reason: test.reason ?? 'failed as expected' };
  } else if (!named && outcome.verdict === 'pass' && spec.results === 'exit-code')
    warnings.push(
      ...applyExpectations(
        [{ path: spec.label, verdict: 'pass', expected: true }],
        context,
        facts.expectations,
      ).warnings,
    );
  return {
    outcome,
    tests: applied.tests,
    warnings,
    ...(named ? { counts: countTests(applied.tests) } : {}),
    ...(bail === undefined ? {} : { bail }),
  };
}

/** Undefined: the command did not end with a code by which it asks to stop everything. */
function bailByCode({ spec, ending }: RunFacts): string | undefined {
  if (ending.kind !== 'exited' || ending.code === null || !spec.bailCodes.includes(ending.code))
    return undefined;
  return `exit code ${ending.code}`;
}

function selfAsTest(label: string, outcome: Outcome): TestResult {
  return {
    path: label,
    verdict: outcome.verdict,
    expected: outcome.expected,
    ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
  };
}

function judgeResults(facts: RunFacts, tests: readonly TestResult[]): Outcome {
  const { spec, collected, ending } = facts;
  const { problem } = collected;
  if (problem?.verdict === 'error') {
    const evidence = problem.evidence ?? facts.evidence;
    return { ...problem, expected: false, ...(evidence === undefined ? {} : { evidence }) };
  }
  const bail = bailByCode(facts);
  if (bail !== undefined)
    return { verdict: 'fail', expected: false, cause: 'bail', blame: 'test', reason: `Bail out: ${bail}.` };
  const failed = tests.filter(
    (test) => !test.expected && (test.verdict === 'fail' || test.verdict === 'error'),
  );
  if (failed.length > 0) return failedTests(failed, tests.length);
  if (problem !== undefined) return { ...problem, expected: false };
  const excused = tests.filter((test) => test.verdict === 'fail' || test.verdict === 'error');
  // Runners say 1 when a test failed, and where we excuse that, we excuse the 1.
  const code = ending.kind === 'exited' ? ending.code : 0;
  if (code !== 0 && code !== null && (excused.length === 0 || spec.results === 'exit-code'))
    return exitCode(code, facts);
  if (collected.skipped !== undefined) return { verdict: 'skip', expected: true, reason: collected.skipped };
  if (tests.length === 0 && spec.results !== 'exit-code' && !spec.allowEmpty)
    return {
      verdict: 'fail',
      expected: false,
      cause: 'no-tests',
      blame: 'test',
      reason: 'No test ran. If that is right, the spec may say "allow-empty: true".',
    };
  if (excused.length > 0)
    return {
      verdict: 'fail',
      expected: true,
      cause: 'tests-failed',
      blame: 'test',
      reason: `${count(excused.length, 'test')} of ${tests.length} failed, as expected`,
    };
  if (tests.length > 0 && tests.every((test) => test.verdict === 'skip')) return allSkipped(tests);
  const surprising = tests.filter((test) => test.verdict === 'pass' && !test.expected);
  if (surprising.length > 0)
    return {
      verdict: 'pass',
      expected: true,
      reason: `${count(surprising.length, 'test')} passed although expected to fail: ${listed(surprising)}`,
    };
  return { verdict: 'pass', expected: true };
}

function exitCode(code: number, facts: RunFacts): Outcome {
  return {
    verdict: 'fail',
    expected: false,
    cause: 'exit-code',
    blame: 'test',
    reason:
      facts.collected.tests.length === 0
        ? `exit code ${code}`
        : `exit code ${code}, although none of ${count(facts.collected.tests.length, 'test')} failed`,
    ...(facts.evidence === undefined ? {} : { evidence: facts.evidence }),
  };
}

function failedTests(failed: readonly TestResult[], all: number): Outcome {
  const [first] = failed;
  return {
    verdict: 'fail',
    expected: false,
    cause: 'tests-failed',
    blame: 'test',
    reason: `${failed.length} of ${count(all, 'test')} failed: ${listed(failed)}`,
    ...(first?.reason === undefined ? {} : { evidence: `${first.path}: ${first.reason}` }),
  };
}

function allSkipped(tests: readonly TestResult[]): Outcome {
  const why = tests.find((test) => test.reason !== undefined)?.reason ?? 'no reason was given';
  const reason = tests.length === 1 ? why : `all ${tests.length} tests were skipped; the first: ${why}`;
  return { verdict: 'skip', expected: true, reason };
}

function listed(tests: readonly TestResult[]): string {
  const most = 3;
  const paths = tests.slice(0, most).map((test) => test.path);
  return paths.join(', ') + (tests.length > most ? `, and ${tests.length - most} more` : '');
}
