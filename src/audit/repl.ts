import { cut } from './collected.ts';
import { firstDifference, linesOf } from './difference.ts';
import { unittestVerdict, type ReplVerdict } from './unittest.ts';

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

/**
 * The verdict of one test by what it printed. In this order: it says that it skips; an exception reached the top; unittest's
 * summary; it is what `.exp` says, else what CPython prints. Carriage returns before line ends do not count.
 */
export function replVerdict(facts: ReplFacts): ReplVerdict {
  const lines = linesOf(facts.output);
  const said = lines.filter((line) => line !== '');
  if (said.length === 1 && said[0] === 'SKIP-TOO-LARGE') return skip('too large for the board');
  if (said.length === 1 && said[0] === 'SKIP') return skip('the test says SKIP');
  const thrown = exceptionIn(facts.stderr);
  if (thrown !== undefined) return judgeException(thrown, facts);
  // As upstream has it: some tests that use unittest have an `.exp` from before they did.
  const byUnittest = unittestVerdict(lines);
  if (byUnittest !== undefined) return byUnittest;
  if (facts.expected !== undefined) return compare(facts.expected, lines);
  const skipped = saidSkip(lines);
  if (skipped !== undefined) return skipped;
  return {
    verdict: 'error',
    expected: false,
    reason: `nobody knows what it should print: ${facts.unknown ?? 'there is no .exp file, and CPython was not asked'}`,
  };
}

function compare(expected: ExpectedOutput, lines: readonly string[]): ReplVerdict {
  const difference = firstDifference(expected.text, lines, expected.origin === 'exp');
  if (difference === undefined) return { verdict: 'pass', expected: true };
  const skipped = saidSkip(lines);
  if (skipped !== undefined) return skipped;
  const crashed = expected.text.startsWith(CPYTHON_CRASH);
  const printed = !crashed && expected.text.includes(TRACEBACK) ? undefined : tracebackIn(lines);
  if (printed === undefined) {
    const last = linesOf(expected.text).at(-1) ?? '';
    const reason = crashed
      ? `no .exp file says what it should print, and CPython fails: ${cut(last, 120)}`
      : difference;
    return { verdict: 'fail', expected: false, reason };
  }
  const { exceptionClass } = printed.thrown;
  const where = printed.instance === undefined ? '' : `${printed.instance}: `;
  return { verdict: 'fail', expected: false, exceptionClass, reason: where + say(printed.thrown) };
}

/** What stands, here and in upstream's runner, in front of what CPython printed before it failed. */
const CPYTHON_CRASH = 'CPYTHON3 CRASH:';
const TRACEBACK = 'Traceback (most recent call last):';

/** The first exception among what was printed, and on which board of a multi-test: it says more than a difference. */
function tracebackIn(
  lines: readonly string[],
): { readonly thrown: Thrown; readonly instance?: string } | undefined {
  const at = lines.indexOf(TRACEBACK);
  if (at === -1) return undefined;
  const length = lines.slice(at + 1).findIndex((line) => !line.startsWith(' ')) + 2;
  const thrown = exceptionIn(lines.slice(at, at + length).join('\n'));
  if (thrown === undefined || thrown.exceptionClass === 'stderr') return undefined;
  const section = lines.slice(0, at).findLast((line) => /^--- instance\d+ ---$/.test(line));
  return { thrown, ...(section === undefined ? {} : { instance: section.slice(4, -4) }) };
}

/** A test that gives up half-way printed part of what is wanted first; one that says why says so in its only line. */
function saidSkip(lines: readonly string[]): ReplVerdict | undefined {
  const said = lines.filter((line) => line !== '');
  if (said.at(-1) === 'SKIP') return skip('the test says SKIP');
  const why = said.length === 1 ? /^SKIP[: ]\s*(\S.*)/.exec(said[0] ?? '')?.[1] : undefined;
  return why === undefined ? undefined : skip(cut(why, 200));
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
  const { exceptionClass, message } = thrown;
  if (facts.started === false && exceptionClass === 'MemoryError') return skip('too large for the board');
  if (exceptionClass === 'ImportError' && /\bunittest\b/.test(message))
    return {
      verdict: 'error',
      expected: false,
      exceptionClass,
      reason: 'the board has no module unittest; the spec should say "needs: [unittest]"',
    };
  return { verdict: 'fail', expected: false, exceptionClass, reason: say(thrown) };
}

function say({ exceptionClass, message, line }: Thrown): string {
  const what = message === '' ? exceptionClass : `${exceptionClass}: ${cut(message, 120)}`;
  return what + (line === undefined ? '' : ` (line ${line})`);
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
