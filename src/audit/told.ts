import type { TestResult } from '../model/verdict.ts';
import { unreachable } from '../util/unreachable.ts';
import type { ChannelEvent } from './channel-line.ts';
import { badResults, count, cut, type Collected, type Problem } from './collected.ts';
import { UniquePaths } from './paths.ts';

/** What a test said on its event channel, folded into results. Pure, and in the order in which it was said. */
export class Told {
  readonly #tests: TestResult[] = [];
  readonly #paths: UniquePaths;
  /** Begun, and not finished. */
  readonly #running = new Set<string>();
  readonly #errors: { readonly message: string; readonly exceptionClass?: string }[] = [];
  #errorCount = 0;
  #plan: number | undefined;
  #bail: string | undefined;

  /** @param paths of all tests of the run, whoever tells them */
  constructor(paths = new UniquePaths()) {
    this.#paths = paths;
  }

  /** The test that this event finishes, if it does. */
  add(event: ChannelEvent): TestResult | undefined {
    switch (event.type) {
      case 'plan':
        this.#plan = event.tests;
        return undefined;
      case 'test-started':
        this.#running.add(event.path);
        return undefined;
      case 'test-finished':
        return this.#finished(event);
      case 'error':
        this.#errorCount++;
        if (this.#errors.length === 0) this.#errors.push(event);
        return undefined;
      case 'bail-out':
        this.#bail ??= event.reason;
        return undefined;
      case 'measurement':
      case 'note':
        return undefined;
      default:
        return unreachable(event);
    }
  }

  /**
   * What it comes to. Tests that began and never finished are fails: `fate` says what became of them, such as `it never
   * finished`. `fault` is what on the channel was no event.
   */
  collected(fate: string, fault: string | undefined): Collected {
    for (const path of this.#running)
      this.#tests.push({ path: this.#paths.of(path), verdict: 'fail', expected: false, reason: fate });
    this.#running.clear();
    const problem = this.#problem(fault);
    return {
      tests: this.#tests,
      ...(problem === undefined ? {} : { problem }),
      ...(this.#bail === undefined ? {} : { bail: this.#bail }),
    };
  }

  #finished(event: Extract<ChannelEvent, { type: 'test-finished' }>): TestResult {
    const { type: _, mark: __, path, ...result } = event;
    this.#running.delete(path);
    const expected = event.verdict === 'pass' || event.verdict === 'skip';
    const test: TestResult = { path: this.#paths.of(path), ...result, expected };
    this.#tests.push(test);
    return test;
  }

  #problem(fault: string | undefined): Problem | undefined {
    if (fault !== undefined) return badResults(`${fault}.`).problem;
    const [error] = this.#errors;
    if (error !== undefined) {
      const { exceptionClass, message } = error;
      const said = exceptionClass === undefined ? message : `${exceptionClass}: ${message}`;
      const more = this.#errorCount > 1 ? `, and ${this.#errorCount - 1} more` : '';
      return {
        verdict: 'fail',
        cause: 'error-event',
        blame: 'test',
        reason: `It reported an error outside of its tests: ${cut(said, 200)}${more}.`,
        evidence: cut(said, 200),
      };
    }
    if (this.#bail !== undefined)
      return { verdict: 'fail', cause: 'bail', blame: 'test', reason: `Bail out! ${this.#bail}` };
    if (this.#plan !== undefined && this.#plan !== this.#tests.length)
      return {
        verdict: 'fail',
        cause: 'bad-results',
        blame: 'test',
        reason: `It planned ${count(this.#plan, 'test')}, but told of ${this.#tests.length}.`,
      };
    return undefined;
  }
}

/** Results, and what was said on the event channel beside them. What makes them not to be believed comes first. */
export function together(results: Collected, told: Collected): Collected {
  const taken = new UniquePaths();
  const tests = [...told.tests, ...results.tests].map((test) => ({ ...test, path: taken.of(test.path) }));
  const problems = [results.problem, told.problem].filter((problem) => problem !== undefined);
  const problem = problems.find(({ verdict }) => verdict === 'error') ?? problems[0];
  const bail = results.bail ?? told.bail;
  return {
    tests,
    ...(problem === undefined ? {} : { problem }),
    ...(bail === undefined ? {} : { bail }),
    ...(results.skipped === undefined ? {} : { skipped: results.skipped }),
  };
}
