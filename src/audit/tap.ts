import { inspect } from 'node:util';
import type { FinalResults, Parser, Plan, Result, TapError } from 'tap-parser';
import type { TestResult } from '../model/verdict.ts';
import { cut, isDuration, type Collected, type Problem } from './collected.ts';
import { UniquePaths } from './paths.ts';
import { DEEPEST, TapSieve } from './tap-sieve.ts';

/** What the parser takes for the end of a line, and then waits for a newline for ever: nothing after it would count. */
const LINE_ENDS = /[\r\u2028\u2029]/g;

/**
 * Reads TAP 13 or 14, line by line. Subtests are flattened to `outer > inner`; their closing line counts only when it says
 * something that they do not. A plan that does not fit, a number twice, what comes after the plan at the end, `Bail out!` and an
 * output without any test are no pass. Tests of a subtest that is never closed count, too.
 */
export class TapReader {
  readonly #parser: Parser;
  readonly #onTest: (test: TestResult) => void;
  readonly #tests: TestResult[] = [];
  readonly #paths: UniquePaths;
  readonly #problems = new Problems();
  readonly #sieve = new TapSieve();
  #bail: string | undefined;
  #skipped: string | undefined;
  #emptyPlan = false;
  #lastLine = '';

  /** `onTest` hears of each test as soon as it is certain: when the line after it is read, or its subtest is closed. */
  static async open(
    onTest: (test: TestResult) => void = () => undefined,
    paths = new UniquePaths(),
  ): Promise<TapReader> {
    const { Parser: TapParser } = await import('tap-parser');
    return new TapReader(TapParser, onTest, paths);
  }

  private constructor(TapParser: typeof Parser, onTest: (test: TestResult) => void, paths: UniquePaths) {
    this.#onTest = onTest;
    this.#paths = paths;
    this.#parser = new TapParser({}, (results) => this.#complete(results));
    follow(this.#parser, (found) => this.#found(found), this.#problems);
  }

  /** One line, without its newline. */
  line(text: string): void {
    if (text.trim() !== '') this.#lastLine = text;
    if (/^\s*1\.\.0\b/.test(text)) this.#emptyPlan = true;
    const line = text.replaceAll(LINE_ENDS, ' ');
    if (this.#sieve.passes(line)) this.#parser.write(`${line}\n`);
  }

  /** No more lines will come. */
  end(): Collected {
    this.#parser.end();
    if (this.#sieve.tooDeep) this.#problems.add(`what is deeper than ${DEEPEST} subtests is not read`);
    const problem = problemOf(this.#bail, this.#problems, this.#lastLine);
    const bail = this.#bail;
    const skipped = this.#skipped;
    return {
      tests: this.#tests,
      ...(problem === undefined ? {} : { problem }),
      ...(bail === undefined ? {} : { bail: bail === '' ? 'the test says "Bail out!"' : bail }),
      ...(skipped === undefined || skipped === '' ? {} : { skipped }),
    };
  }

  #found(found: readonly TestResult[]): void {
    for (const each of found) {
      const test = { ...each, path: this.#paths.of(each.path) };
      this.#tests.push(test);
      this.#onTest(test);
    }
  }

  #complete({ bailout, plan, failures }: FinalResults): void {
    if (bailout !== false) this.#bail = bailout === true ? '' : bailout;
    if (plan.skipAll && plan.start === 1 && this.#emptyPlan)
      this.#skipped = plan.skipReason?.replace(/^SKIP\S*\s*/i, '');
    for (const failure of failures)
      if (failure.tapError) this.#problems.add(`${failure.tapError}${pointOf(failure)}`);
  }
}

/** All of an output at once. */
export async function parseTap(text: string): Promise<Collected> {
  const reader = await TapReader.open();
  for (const line of text.replace(/\n$/, '').split('\n')) reader.line(line);
  return reader.end();
}

/** What is not in order: the first, and how often. */
class Problems {
  #first: string | undefined;
  #count = 0;

  add(what: string): void {
    this.#first ??= what;
    this.#count++;
  }

  /** Undefined: all is in order. */
  get text(): string | undefined {
    if (this.#first === undefined) return undefined;
    return `${this.#first}${this.#count > 1 ? `, and ${this.#count - 1} more` : ''}`;
  }
}

function problemOf(bail: string | undefined, problems: Problems, lastLine: string): Problem | undefined {
  if (bail !== undefined)
    return { verdict: 'fail', cause: 'bail', blame: 'test', reason: `Bail out! ${bail}`.trimEnd() };
  const { text } = problems;
  if (text === undefined) return undefined;
  return {
    verdict: 'fail',
    cause: 'bad-results',
    blame: 'test',
    reason: `The TAP output is not in order: ${text}.`,
    evidence: cut(lastLine, 200),
  };
}

function pointOf(failure: TapError): string {
  const { id, name } = failure as { readonly id?: number; readonly name?: string };
  return id === undefined ? '' : ` (test ${id}${name === undefined || name === '' ? '' : ` "${name}"`})`;
}

/** Hands each test point on, once it is known whether it is a leaf or closes a subtest. */
function follow(parser: Parser, deliver: (tests: TestResult[]) => void, problems: Problems): void {
  let inner: TestResult[] = [];
  followOrder(parser, problems);
  parser.on('child', (child: Parser) => {
    inner = [];
    follow(child, (found) => inner.push(...found), problems);
    child.on('complete', (results: FinalResults) => {
      // What a plan inside promises counts, even where the closing line says ok.
      for (const failure of results.failures)
        if (failure.tapError) problems.add(`${failure.tapError} in subtest "${child.fullname}"`);
    });
  });
  // A subtest that is never closed: what it told until then counts.
  parser.on('complete', () => {
    if (inner.length > 0) deliver(inner);
    inner = [];
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

const POINT = /^(?:not )?ok\b/;
const PLAN = /^\d+\.\.\d/;

/** Notes what the parser passes over without a word: a second plan, and tests that come after a plan at the end. */
function followOrder(parser: Parser, problems: Problems): void {
  let planned = false;
  let closed = false;
  parser.on('line', (line: string) => {
    if (planned && PLAN.test(line)) problems.add('a second plan');
    else if (closed && POINT.test(line)) problems.add('a test after the plan');
  });
  parser.on('plan', ({ end }: Plan) => {
    planned = true;
    closed = parser.count > 0 || end === 0;
  });
}

/** A test in a subtest whose closing line is marked TODO or SKIP: its failure is excused with the same words. */
function underTodo(test: TestResult, closing: TestResult): TestResult {
  return test.verdict === 'fail' ? { ...test, expected: true, reason: closing.reason ?? 'TODO' } : test;
}

function read(point: Result): TestResult {
  const path = point.fullname !== '' ? point.fullname : `test ${point.id}`;
  const duration = isDuration(point.time) ? { durationMs: point.time } : {};
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
          ? `expected ${asText(wanted)}, got ${asText(found)}`
          : undefined;
  return {
    ...(text === undefined ? {} : { reason: cut(text, 200) }),
    ...(typeof name === 'string' && /(Error|Exception)$/.test(name) ? { exceptionClass: name } : {}),
  };
}

/** As JSON; YAML may hold what JSON can not, such as a list that holds itself. */
function asText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return inspect(value, { breakLength: Number.POSITIVE_INFINITY });
  }
}
