import { count } from './collected.ts';
import type { TestResult } from '../model/verdict.ts';

/** The part of a test's result that its output decides. */
export type ReplVerdict = Pick<TestResult, 'verdict' | 'expected' | 'reason' | 'exceptionClass'>;

/** The verdict of unittest's summary at the end of the output, if there is one: `Ran 3 tests`, then OK or FAILED. */
export function unittestVerdict(lines: readonly string[]): ReplVerdict | undefined {
  const said = lines.filter((line) => line !== '');
  const ran = /^Ran (\d+) tests?( in .+)?$/.exec(said.at(-2) ?? '');
  const result = /^(OK|FAILED)(?: \((.*)\))?$/.exec(said.at(-1) ?? '');
  if (ran === null || result === null) return undefined;
  const number = Number(ran[1]);
  const details = result[2] ?? '';
  if (result[1] === 'FAILED')
    return {
      verdict: 'fail',
      expected: false,
      reason: `unittest: ${count(number, 'test')} ran, ${details === '' ? 'FAILED' : details}${firstFailed(said)}`,
    };
  if (number === 0) return { verdict: 'fail', expected: false, reason: 'unittest: no test ran' };
  const skipped = Number(/skipped=(\d+)/.exec(details)?.[1] ?? 0);
  if (skipped === number)
    return {
      verdict: 'skip',
      expected: true,
      reason: `unittest skipped ${skipped === 1 ? 'its only test' : `all ${skipped} tests`}`,
    };
  return {
    verdict: 'pass',
    expected: true,
    ...(skipped > 0 ? { reason: `unittest skipped ${skipped} of ${number}` } : {}),
  };
}

function firstFailed(said: readonly string[]): string {
  const line =
    said.find((text) => /^(FAIL|ERROR): /.test(text)) ??
    said.find((text) => / \.\.\. (FAIL|ERROR)$/.test(text));
  return line === undefined ? '' : `; first ${line.replace(/ \.\.\. (FAIL|ERROR)$/, '')}`;
}
