import picomatch from 'picomatch';
import type { BoardVariant, SpecName } from '../model/ids.ts';
import type { Expectation } from '../model/plan.ts';
import type { TestResult } from '../model/verdict.ts';

/** Where tests ran, for finding the expectations that speak of them. */
export interface ExpectationContext {
  readonly spec: SpecName;
  readonly label: string;
  readonly boardVariant?: BoardVariant;
  /** `YYYY-MM-DD`. */
  readonly today: string;
}

/** Tests with what was expected of them, and what a person should be told. */
export interface Applied {
  readonly tests: readonly TestResult[];
  readonly warnings: readonly string[];
}

/**
 * Excuses failures that an expectation names, until the last day that it does; says loudly where a test passed that should
 * have failed, and where an entry has expired. An entry with a glob that matched several tests only surprises when all of
 * them passed: `thread/*` says that something in there fails, not everything.
 */
export function applyExpectations(
  tests: readonly TestResult[],
  context: ExpectationContext,
  expectations: readonly Expectation[],
): Applied {
  const entries = expectations
    .filter((entry) => concerns(entry, context))
    .map((entry) => new Entry(entry, context));
  if (entries.length === 0) return { tests, warnings: [] };
  for (const test of tests) for (const entry of entries) entry.see(test);
  return {
    tests: tests.map((test) => judge(test, entries)),
    warnings: entries.flatMap((entry) => entry.warnings),
  };
}

function judge(test: TestResult, entries: readonly Entry[]): TestResult {
  const own = entries.filter((entry) => entry.names(test.path));
  const excuse = own.find((entry) => !entry.expired && entry.says.verdict === test.verdict);
  if (excuse !== undefined)
    return { ...test, expected: true, reason: join(`expected: ${excuse.because}`, test.reason) };
  if (test.verdict === 'pass') {
    const broken = own.find((entry) => entry.isSurprised);
    return broken === undefined
      ? test
      : {
          ...test,
          expected: false,
          reason: `unexpected pass: ${broken.says.at} expects a ${broken.says.verdict} (${broken.because})`,
        };
  }
  const late = own.find((entry) => entry.expired && entry.says.verdict === test.verdict);
  if (late === undefined || test.verdict === 'skip') return test;
  return {
    ...test,
    reason: join(test.reason, `no longer excused: ${late.says.at} expired on ${late.says.until}`),
  };
}

function join(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('; ');
}

function concerns(entry: Expectation, { spec, label, boardVariant = '' }: ExpectationContext): boolean {
  return fits(entry.boards, [boardVariant]) && fits(entry.specs, [spec, label]);
}

/** No globs fit everything. */
function fits(globs: readonly string[], names: readonly string[]): boolean {
  return globs.length === 0 || names.some((name) => picomatch.isMatch(name, [...globs]));
}

/** One expectation, and what it met in this run. */
class Entry {
  readonly says: Expectation;
  readonly expired: boolean;
  readonly #matches: (path: string) => boolean;
  readonly #met = { passed: [] as string[], asExpected: 0, others: 0 };

  constructor(expectation: Expectation, context: ExpectationContext) {
    this.says = expectation;
    this.expired = expectation.until !== undefined && context.today > expectation.until;
    // A path may hold what looks like a glob, such as `test_a[1]`: the very text matches, too.
    const glob = picomatch(expectation.test, { dot: true });
    this.#matches = (path) => path === expectation.test || glob(path);
  }

  names(path: string): boolean {
    return this.#matches(path);
  }

  see(test: TestResult): void {
    if (!this.names(test.path)) return;
    if (test.verdict === this.says.verdict) this.#met.asExpected++;
    else if (test.verdict === 'pass') this.#met.passed.push(test.path);
    else this.#met.others++;
  }

  /** Every test that it names passed. */
  get isSurprised(): boolean {
    return !this.expired && this.#met.passed.length > 0 && this.#met.asExpected + this.#met.others === 0;
  }

  get because(): string {
    return this.says.reason + (this.says.link === undefined ? '' : `, ${this.says.link}`);
  }

  get warnings(): string[] {
    const { at, verdict, until, test } = this.says;
    if (this.isSurprised) {
      const [first = '', ...more] = this.#met.passed;
      const who = more.length === 0 ? first : `${first} and ${more.length} more`;
      return [
        `${at}: ${who} passed, although a ${verdict} was expected (${this.because}). Remove the entry if it is mended.`,
      ];
    }
    if (this.expired && this.#met.asExpected > 0 && verdict !== 'skip')
      return [
        `${at}: the expectation for ${test} expired on ${until} and no longer excuses (${this.because}).`,
      ];
    return [];
  }
}
