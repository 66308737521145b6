import type { TestResult } from '../model/verdict.ts';
import { cut } from './collected.ts';
import { firstDifference, linesOf } from './difference.ts';
import { unittestVerdict } from './unittest.ts';

/** What a test should print, and where that is known from. */
interface ExpectedOutput {
  readonly text: string;
  /** `exp`: the file beside the test, which may hold wildcards. `cpython`: what CPython printed. */
  readonly origin: 'exp' | 'cpython';
}

/** One test that was sent through a board's raw REPL. All texts are decoded in the same way, be it UTF-8 or Latin-1. */
export interface ReplFacts {
  readonly output: string;
  readonly stderr: string;
  /** Undefined: there is no `.exp`, and CPython could not say; `unknown` tells why. */
  readonly expected?: ExpectedOutput | undefined;
  readonly unknown?: string;
  /** False: not even the first statement was reached, so the test may just be too large for the board. */
  readonly started?: boolean;
}

/** The part of a test's result that its output decides. */
export type ReplVerdict = Pick<TestResult, 'verdict' | 'expected' | 'reason' | 'exceptionClass'>;

/**
 * The verdict of one test by what it printed. In this order: it says that it skips; an exception reached the top; it is
 * what `.exp` says; unittest's summary; it is what CPython prints. Carriage returns before line ends do not count.
 */
export function replVerdict(facts: ReplFacts): ReplVerdict {
  const lines = linesOf(facts.output);
  const said = lines.filter((line) => line !== '');
  if (said.length === 1 && said[0] === 'SKIP-TOO-LARGE') return skip('too large for the board');
  if (said.length === 1 && said[0] === 'SKIP') return skip('the test says SKIP');
  const thrown = exceptionIn(facts.stderr);
  if (thrown !== undefined) return judgeException(thrown, facts);
  const { expected } = facts;
  if (expected?.origin === 'exp') return compare(expected, lines);
  // A test that skips half-way prints SKIP last; where `.exp` wants that very line, it was compared above.
  if (said.at(-1) === 'SKIP') return skip('the test says SKIP');
  const byUnittest = unittestVerdict(lines);
  if (byUnittest !== undefined) return byUnittest;
  if (expected !== undefined) return compare(expected, lines);
  return {
    verdict: 'error',
    expected: false,
    reason: `nobody knows what it should print: ${facts.unknown ?? 'there is no .exp file, and CPython was not asked'}`,
  };
}

function compare(expected: ExpectedOutput, lines: readonly string[]): ReplVerdict {
  const difference = firstDifference(expected.text, lines, expected.origin === 'exp');
  if (difference === undefined) return { verdict: 'pass', expected: true };
  // A test that gives up half-way printed part of what is wanted first.
  if (lines.findLast((line) => line !== '') === 'SKIP') return skip('the test says SKIP');
  return { verdict: 'fail', expected: false, reason: difference };
}

function skip(reason: string): ReplVerdict {
  return { verdict: 'skip', expected: true, reason };
}

interface Thrown {
  readonly exceptionClass: string;
  readonly message: string;
  /** Of the innermost frame, as the board says it. */
  readonly line?: string;
}

function judgeException(thrown: Thrown, facts: ReplFacts): ReplVerdict {
  const { exceptionClass, message, line } = thrown;
  if (facts.started === false && exceptionClass === 'MemoryError') return skip('too large for the board');
  if (exceptionClass === 'ImportError' && /\bunittest\b/.test(message))
    return {
      verdict: 'error',
      expected: false,
      exceptionClass,
      reason: 'the board has no module unittest; the spec should say "needs: [unittest]"',
    };
  const where = line === undefined ? '' : ` (line ${line})`;
  const what = message === '' ? exceptionClass : `${exceptionClass}: ${cut(message, 120)}`;
  return { verdict: 'fail', expected: false, exceptionClass, reason: what + where };
}

/** The exception that ended a test: the last line of its traceback that begins in the first column with a name. */
function exceptionIn(stderr: string): Thrown | undefined {
  const lines = linesOf(stderr).filter((line) => line !== '');
  if (lines.length === 0) return undefined;
  const lastFrame = lines.findLastIndex((line) => /^\s+File "/.test(line));
  const found = lines.slice(lastFrame + 1).find((line) => /^[A-Za-z_][\w.]*(:|$)/.test(line));
  const text = found ?? lines.at(-1) ?? '';
  const colon = text.indexOf(':');
  const exceptionClass = found === undefined ? 'stderr' : colon === -1 ? text : text.slice(0, colon);
  const line = /, line (\d+)/.exec(lines[lastFrame] ?? '')?.[1];
  return {
    exceptionClass,
    message: found === undefined ? text : colon === -1 ? '' : text.slice(colon + 1).trim(),
    ...(line === undefined ? {} : { line }),
  };
}
