import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ending } from '../../audit/ending.ts';
import { replVerdict, type ReplFacts } from '../../audit/repl.ts';
import type { TestResult } from '../../model/verdict.ts';
import { SerialFault } from '../../serial/fault.ts';
import { boardEnding } from '../board/board-fault.ts';
import type { Place } from '../board/place.ts';
import { since } from '../context.ts';
import { lacking, probeScript } from './capabilities.ts';
import { differenceText } from './difference-text.ts';
import { execTest, type TestRunEnd } from './exec-test.ts';
import type { Expected } from './expected.ts';
import { recover } from './recover.ts';
import type { ReplRun } from './repl-run.ts';

/**
 * How many tests are prepared ahead: their files are read, and CPython is asked about them. So many that the board does not
 * wait for CPython where one test takes it long and the next ones do not.
 */
const AHEAD = 64;

/** A test that is ready to be sent. */
interface Prepared {
  readonly path: string;
  readonly file: string;
  readonly source: Promise<Buffer | Error>;
}

/** Runs tests one by one on one board. The ending of the run, when it was cut off. */
export async function runTests(
  run: ReplRun,
  place: Place,
  tests: readonly string[],
): Promise<Ending | undefined> {
  const { context, templates, expectations, limit } = run;
  const { cwd } = templates;
  const prepare = (path: string): Prepared => {
    const file = join(cwd, path);
    void expectations.of(file);
    return { path, file, source: readFile(file).catch((fault: Error) => fault) };
  };
  const ready: Prepared[] = [];
  let answer: string;
  try {
    answer = await probe(run, place, tests);
    const lacks = (path: string) => lacking(path, answer);
    let next = 0;
    for (const path of tests) {
      while (next < tests.length && ready.length < AHEAD) {
        const ahead = tests[next++]!;
        // What will be skipped needs no preparation; it still holds its place in the queue.
        ready.push(
          lacks(ahead) === undefined
            ? prepare(ahead)
            : { path: ahead, file: '', source: Promise.resolve(Buffer.alloc(0)) },
        );
      }
      const prepared = ready.shift()!;
      if (limit.signal.aborted) return limit.ending;
      const reason = lacks(path);
      if (reason !== undefined) {
        await run.finish({ path, verdict: 'skip', expected: true, reason });
        continue;
      }
      const result = await runOne(run, place, prepared);
      if (result === undefined) return limit.ending;
      await run.finish(result);
    }
  } catch (fault) {
    const ending = boardEnding(context, place, fault);
    if (ending !== undefined) return ending;
    if (limit.signal.aborted) return limit.ending;
    throw fault;
  }
  return undefined;
}

async function probe(run: ReplRun, place: Place, tests: readonly string[]): Promise<string> {
  const code = probeScript(tests);
  if (code === undefined || place.repl === undefined) return '';
  const { setupMs } = place.binding.board.limits;
  const { stdout } = await place.repl.exec(code, { limitMs: setupMs, signal: run.limit.signal });
  return stdout.toString();
}

/** The result of one test; undefined when the phase was cut off in the middle of it. */
async function runOne(
  run: ReplRun,
  place: Place,
  { path, file, source }: Prepared,
): Promise<TestResult | undefined> {
  const { context, expectations } = run;
  const start = performance.now();
  const script = await source;
  if (script instanceof Error) {
    expectations.forget(file);
    return { path, verdict: 'error', expected: false, reason: `Could not read it: ${script.message}` };
  }
  context.collector.print(`--- ${path}\n`);
  const end = await execTest(run, place, script).catch(async (fault: unknown) => {
    if (!run.limit.signal.aborted && fault instanceof SerialFault) {
      const reason = `the board was lost in the middle of it: ${fault.message}`;
      await run.finish({ path, verdict: 'error', expected: false, durationMs: since(start), reason });
    }
    throw fault;
  });
  if (end.kind === 'stopped') return undefined;
  const durationMs = since(start);
  const [verdict, expected] = await judge(run, end, await expectations.of(file));
  expectations.forget(file);
  if (end.kind !== 'done') await recover(run, place, end.kind);
  if (verdict.verdict === 'fail') {
    context.collector.print(differenceText(end, expected));
  }
  return { path, durationMs, ...verdict };
}

/** A test that was not cut off by the end of its run. */
type Ran = Exclude<TestRunEnd, { kind: 'stopped' }>;
type Verdict = Omit<TestResult, 'path' | 'durationMs'>;

async function judge(run: ReplRun, end: Ran, expected: Expected): Promise<[Verdict, Expected]> {
  if (end.kind !== 'done') return [{ verdict: 'fail', expected: false, reason: end.reason }, expected];
  const verdict = replVerdict(factsOf(end, expected));
  // What the forked CPython says is believed when it agrees; a failure is only told on the word of a fresh one.
  if (verdict.verdict !== 'fail' || !expected.ok || expected.from === 'file' || end.stderr.length > 0) {
    return [verdict, expected];
  }
  const fresh = await run.expectations.again(expected);
  return [replVerdict(factsOf(end, fresh)), fresh];
}

function factsOf(end: Extract<TestRunEnd, { kind: 'done' }>, expected: Expected): ReplFacts {
  const { stdout, stderr, started } = end;
  // Compared as text where both are text, so that messages can be read; else byte by byte.
  const encoding = isUtf8(stdout) && (!expected.ok || isUtf8(expected.output)) ? 'utf8' : 'latin1';
  const facts = { output: stdout.toString(encoding), stderr: stderr.toString(), started };
  if (!expected.ok) return { ...facts, unknown: expected.reason };
  const origin = expected.from === 'file' ? 'exp' : 'cpython';
  return { ...facts, expected: { text: expected.output.toString(encoding), origin } };
}
