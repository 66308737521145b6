import type { TestResult } from '../model/verdict.ts';
import { badResults, cut, isFresh, type Collected } from './collected.ts';
import { replVerdict } from './repl.ts';

/** The `_results.json` that a run should have left, and what is needed to believe it. */
export interface MicropythonFacts {
  /** Undefined: the file is not there. */
  readonly text: string | undefined;
  /** Epoch ms of the file's last change. */
  readonly modifiedAt?: number;
  /** Epoch ms at which the test process was started: an older file is another run's. */
  readonly startedAt: number;
  /** Trees of before the middle of 2025 name only failing tests in the file, and the others in what they print. */
  readonly stdout: string;
  /** Of the test process; 0 and 1 both mean that it ran. */
  readonly exitCode: number | null;
  /** What failing tests printed and should have, by the names of the files that `run-tests.py` leaves: `basics_x.py.out`, `.exp`. */
  readonly outputs?: ReadonlyMap<string, string>;
}

/** Reads the results of MicroPython's `run-*.py`. A file that is missing, stale, malformed or incomplete is an error, never a pass. */
export function parseMicropythonResults(facts: MicropythonFacts): Collected {
  // The last line, which the judge adds, may be that of a traceback on stderr.
  if (facts.text === undefined) {
    const how = facts.exitCode === null ? '' : `, and ended with exit code ${facts.exitCode}`;
    return badResults(`The test process left no _results.json${how}.`);
  }
  if (facts.modifiedAt !== undefined && !isFresh(facts.modifiedAt, facts.startedAt))
    return badResults('_results.json is older than this run: the test process did not write it.');
  let document: unknown;
  try {
    document = JSON.parse(facts.text);
  } catch (error) {
    return badResults(`_results.json is not JSON: ${(error as Error).message}`, cut(facts.text, 100));
  }
  const named = readDocument(document, facts.stdout);
  if (typeof named === 'string') return badResults(`_results.json: ${named}`, cut(facts.text, 100));
  const tests = named.map((test) => withReason(test, facts.outputs));
  const failed = tests.filter((test) => test.verdict === 'fail').length;
  const { exitCode } = facts;
  if (exitCode === 1 && failed === 0)
    return {
      ...badResults('Exit code 1, but _results.json has no failing test.', lastLine(facts.stdout)),
      tests,
    };
  const printed = /^(\d+) tests failed:/m.exec(facts.stdout)?.[1];
  if (printed !== undefined && Number(printed) !== failed)
    return {
      ...badResults(
        `_results.json has ${failed} failing tests, but ${printed} were printed.`,
        lastLine(facts.stdout),
      ),
      tests,
    };
  return { tests };
}

/** The runner does not say why a test failed; what it printed does. */
function withReason(test: TestResult, outputs: ReadonlyMap<string, string> | undefined): TestResult {
  if (test.verdict !== 'fail' || test.reason !== undefined) return test;
  const name = test.path.replaceAll('..', '_').replaceAll('./', '').replaceAll('/', '_');
  const output = outputs?.get(`${name}.out`);
  if (output === undefined) return test;
  const text = outputs?.get(`${name}.exp`);
  const said = replVerdict({
    output,
    stderr: '',
    ...(text === undefined ? {} : { expected: { text, origin: 'exp' } }),
  });
  if (said.verdict !== 'fail' || said.reason === undefined) return test;
  const { reason, exceptionClass } = said;
  return { ...test, reason, ...(exceptionClass === undefined ? {} : { exceptionClass }) };
}

/** The tests, or what is wrong with the document. */
function readDocument(document: unknown, stdout: string): TestResult[] | string {
  if (!isRecord(document)) return 'an object was expected.';
  const failed = document['failed_tests'];
  if (failed !== undefined && !isStrings(failed)) return '"failed_tests" should be a list of names.';
  const results = document['results'];
  const tests = results === undefined ? readOldShape(failed, stdout) : readResults(results);
  if (typeof tests === 'string' || failed === undefined) return tests;
  const named = new Set(tests.filter((test) => test.verdict === 'fail').map((test) => test.path));
  const odd = [...new Set(failed).symmetricDifference(named)];
  return odd.length === 0
    ? tests
    : `"results" and "failed_tests" do not agree about ${odd.slice(0, 3).join(', ')}.`;
}

function readResults(results: unknown): TestResult[] | string {
  if (!Array.isArray(results)) return '"results" should be a list.';
  const tests: TestResult[] = [];
  for (const entry of results as readonly unknown[]) {
    const test = readEntry(entry);
    if (test === undefined)
      return `an entry should be [test, result, reason], was ${cut(JSON.stringify(entry), 60)}.`;
    tests.push(test);
  }
  return tests;
}

function readEntry(entry: unknown): TestResult | undefined {
  if (!Array.isArray(entry)) return undefined;
  const [path, result, why = ''] = entry as readonly unknown[];
  if (typeof path !== 'string' || typeof result !== 'string') return undefined;
  const text = typeof why === 'string' ? why : JSON.stringify(why);
  const reason = text === '' ? {} : { reason: text };
  switch (result) {
    case 'pass':
      return { path, verdict: 'pass', expected: true, ...reason };
    case 'fail':
      return { path, verdict: 'fail', expected: false, ...reason };
    case 'skip':
      return {
        path,
        verdict: 'skip',
        expected: true,
        reason: text === '' ? 'skipped by the test runner' : text,
      };
    case 'ignored':
      return {
        path,
        verdict: 'skip',
        expected: true,
        reason: `failed, but known upstream as flaky (${text})`,
      };
    default:
      return undefined;
  }
}

/** Only failing tests are in the file: the passing and skipped ones are read from lines such as `pass  basics/x.py`. */
function readOldShape(failed: readonly string[] | undefined, stdout: string): TestResult[] | string {
  if (failed === undefined) return 'neither "results" nor "failed_tests" is there.';
  const tests = new Map<string, TestResult>();
  for (const [, word = '', path = ''] of stdout.matchAll(/^(pass|skip|lrge|FAIL) {1,2}(\S+)/gm))
    tests.set(path, readEntry([path, OLD_WORDS[word], word === 'lrge' ? 'too large' : ''])!);
  for (const path of failed) tests.set(path, { path, verdict: 'fail', expected: false });
  const performed = /^(\d+) tests performed/m.exec(stdout)?.[1];
  const ran = [...tests.values()].filter((test) => test.verdict !== 'skip').length;
  if (performed === undefined)
    return 'only failing tests are named, and the summary "N tests performed" was not printed.';
  return Number(performed) === ran
    ? [...tests.values()]
    : `${performed} tests were performed, but ${ran} are named.`;
}

const OLD_WORDS: Readonly<Record<string, string>> = {
  pass: 'pass',
  skip: 'skip',
  lrge: 'skip',
  FAIL: 'fail',
};

function lastLine(text: string): string | undefined {
  return text.trimEnd().split('\n').at(-1)?.trim();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
