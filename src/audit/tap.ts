import type { FinalResults, Parser, Result, TapError } from 'tap-parser';
import type { TestResult } from '../model/verdict.ts';
import { cut, type Collected, type Problem } from './collected.ts';
import { withUniquePaths } from './paths.ts';

/**
 * Reads TAP 13 or 14. Subtests are flattened to `outer > inner`; their closing line counts only when it says something that
 * they do not. A plan that does not fit, a number twice, `Bail out!` and an output without any test are no pass.
 */
export async function parseTap(text: string): Promise<Collected> {
  const { Parser: TapParser } = await import('tap-parser');
  let bail: string | undefined;
  let skipped: string | undefined;
  const problems: string[] = [];
  const parser = new TapParser({}, (results) => {
    if (results.bailout !== false) bail = results.bailout === true ? '' : results.bailout;
    if (results.plan.skipAll && results.plan.start === 1 && /^\s*1\.\.0\b/m.test(text))
      skipped = results.plan.skipReason?.replace(/^SKIP\S*\s*/i, '');
    for (const failure of results.failures)
      if (failure.tapError) problems.push(`${failure.tapError}${pointOf(failure)}`);
  });
  const tests: TestResult[] = [];
  follow(parser, (found) => tests.push(...found), problems);
  parser.end(text);
  const problem = problemOf(bail, problems, text);
  return {
    tests: withUniquePaths(tests),
    ...(problem === undefined ? {} : { problem }),
    ...(bail === undefined ? {} : { bail: bail === '' ? 'the test says "Bail out!"' : bail }),
    ...(skipped === undefined || skipped === '' ? {} : { skipped }),
  };
}

function problemOf(bail: string | undefined, problems: readonly string[], text: string): Problem | undefined {
  if (bail !== undefined)
    return { verdict: 'fail', cause: 'bail', blame: 'test', reason: `Bail out! ${bail}`.trimEnd() };
  const [first] = problems;
  if (first === undefined) return undefined;
  const last = text.trimEnd().split('\n').at(-1) ?? '';
  return {
    verdict: 'fail',
    cause: 'bad-results',
    blame: 'test',
    reason: `The TAP output is not in order: ${first}${problems.length > 1 ? `, and ${problems.length - 1} more` : ''}.`,
    evidence: cut(last, 200),
  };
}

function pointOf(failure: TapError): string {
  const { id, name } = failure as { readonly id?: number; readonly name?: string };
  return id === undefined ? '' : ` (test ${id}${name === undefined || name === '' ? '' : ` "${name}"`})`;
}

/** Hands each test point on, once it is known whether it is a leaf or closes a subtest. */
function follow(parser: Parser, deliver: (tests: TestResult[]) => void, problems: string[]): void {
  let inner: TestResult[] = [];
  parser.on('child', (child: Parser) => {
    inner = [];
    follow(child, (found) => inner.push(...found), problems);
    child.on('complete', (results: FinalResults) => {
      // What a plan inside promises counts, even where the closing line says ok.
      for (const failure of results.failures)
        if (failure.tapError) problems.push(`${failure.tapError} in subtest "${child.fullname}"`);
    });
  });
  parser.on('assert', (point: Result) => {
    const own = read(point);
    const closing = point.closingTestPoint ? inner : [];
    inner = [];
    if (closing.length === 0) return deliver([own]);
    if (point.todo !== false || point.skip !== false)
      return deliver(closing.map((test) => underTodo(test, own)));
    const failedInside = closing.some((test) => test.verdict === 'fail' && !test.expected);
    return deliver(point.ok || failedInside ? closing : [...closing, own]);
  });
}

/** A test in a subtest whose closing line is marked TODO or SKIP: its failure is excused with the same words. */
function underTodo(test: TestResult, closing: TestResult): TestResult {
  return test.verdict === 'fail' ? { ...test, expected: true, reason: closing.reason ?? 'TODO' } : test;
}

function read(point: Result): TestResult {
  const path = point.fullname !== '' ? point.fullname : `test ${point.id}`;
  const duration = point.time === null ? {} : { durationMs: point.time };
  if (point.skip !== false)
    return {
      path,
      verdict: 'skip',
      expected: true,
      reason: words(point.skip, 'SKIP without a reason'),
      ...duration,
    };
  if (point.todo !== false) {
    const reason = `TODO ${words(point.todo, '')}`.trim();
    return point.ok
      ? { path, verdict: 'pass', expected: false, reason: `unexpected pass: ${reason}`, ...duration }
      : { path, verdict: 'fail', expected: true, reason, ...duration };
  }
  if (point.ok) return { path, verdict: 'pass', expected: true, ...duration };
  return { path, verdict: 'fail', expected: false, ...reasonOf(point.diag), ...duration };
}

function words(mark: boolean | string, otherwise: string): string {
  return typeof mark === 'string' && mark !== '' ? mark : otherwise;
}

/** What the YAML block below a failing line says, shortest useful form. */
function reasonOf(diag: unknown): Pick<TestResult, 'reason' | 'exceptionClass'> {
  if (typeof diag !== 'object' || diag === null) return {};
  const { message, error, found, wanted, name } = diag as Record<string, unknown>;
  const text =
    typeof message === 'string'
      ? message
      : typeof error === 'string'
        ? error
        : found !== undefined
          ? `expected ${JSON.stringify(wanted)}, got ${JSON.stringify(found)}`
          : undefined;
  return {
    ...(text === undefined ? {} : { reason: cut(text, 200) }),
    ...(typeof name === 'string' && /(Error|Exception)$/.test(name) ? { exceptionClass: name } : {}),
  };
}
