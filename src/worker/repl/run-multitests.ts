import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ending } from '../../audit/ending.ts';
import { replVerdict } from '../../audit/repl.ts';
import type { TestResult } from '../../model/verdict.ts';
import { boardEnding } from '../board/board-fault.ts';
import type { Place } from '../board/place.ts';
import { since } from '../context.ts';
import { Multitest } from './multitest.ts';
import { instancesOf } from './multitest-script.ts';
import { recover } from './recover.ts';
import type { ReplRun } from './repl-run.ts';

/** Runs tests that need several boards at once, one test after the other. The ending of the run, when it was cut off. */
export async function runMultitests(
  run: ReplRun,
  places: readonly Place[],
  tests: readonly string[],
): Promise<Ending | undefined> {
  const { context, limit } = run;
  for (const path of tests) {
    if (limit.signal.aborted) return limit.ending;
    const start = performance.now();
    const boards = new Map<Place, unknown>();
    const verdict = await runOne(run, places, path, boards);
    // The faults of boards end the run; which board it was decides who is suspect.
    for (const [place, fault] of boards) {
      if (limit.signal.aborted) return limit.ending;
      const ending = boardEnding(context, place, fault);
      if (ending === undefined) throw fault;
      const reason = `a board was lost in the middle of it: ${(fault as Error).message}`;
      await run.finish({ path, verdict: 'error', expected: false, durationMs: since(start), reason });
      return ending;
    }
    if (limit.signal.aborted || verdict === undefined) return limit.ending;
    await run.finish({ path, durationMs: since(start), ...verdict });
  }
  return undefined;
}

type Verdict = Omit<TestResult, 'path' | 'durationMs'>;

async function runOne(
  run: ReplRun,
  places: readonly Place[],
  path: string,
  faults: Map<Place, unknown>,
): Promise<Verdict | undefined> {
  const { context, templates } = run;
  const file = join(templates.cwd, path);
  let source: string;
  let expected: string;
  try {
    source = await readFile(file, 'utf8');
    expected = await readFile(`${file}.exp`, 'utf8');
  } catch (fault) {
    const { code, message } = fault as NodeJS.ErrnoException;
    return wrong(
      code === 'ENOENT' && existsSync(file)
        ? `There is no ${path}.exp that says what each board should print. MicroPython's run-multitests.py asks CPython ` +
            'in its place: run it by that, with `results: micropython`.'
        : `Could not read it, or its .exp file: ${message}`,
    );
  }
  const instances = instancesOf(source);
  if (instances === 0)
    return wrong('It defines no function instance0(), so it is no test for several boards.');
  if (instances > places.length) {
    return wrong(`It takes ${instances} boards, but the spec has ${places.length} roles.`);
  }
  context.collector.print(`--- ${path}\n`);
  const test = new Multitest(run, places.slice(0, instances), source);
  const end = await test.run();
  for (const [place, fault] of end.faults) faults.set(place, fault);
  if (faults.size > 0 || run.limit.signal.aborted) return undefined;
  for (const place of end.hung) {
    try {
      await recover(run, place, 'the other side of its test was over');
    } catch (fault) {
      faults.set(place, fault);
    }
  }
  if (end.skipped) return { verdict: 'skip', expected: true, reason: 'the test says SKIP' };
  if (end.unsupported !== undefined) return wrong(end.unsupported);
  context.collector.print(end.output);
  return replVerdict({ output: end.output, stderr: '', expected: { text: expected, origin: 'exp' } });
}

function wrong(reason: string): Verdict {
  return { verdict: 'error', expected: false, reason };
}
