import { linesOf } from '../../audit/difference.ts';
import type { Expected } from './expected.ts';
import type { TestRunEnd } from './exec-test.ts';

/** So many lines around the first difference, and so much of each, are worth a look. */
const AROUND = 3;
const WIDTH = 160;

/** How a failed test's output differs from what was expected, for `output.txt`: the lines around the first difference. */
export function differenceText(end: TestRunEnd, expected: Expected): string {
  if (end.kind !== 'done') return end.kind === 'stopped' ? '' : `\n*** ${end.reason}\n`;
  if (end.stderr.length > 0) return '\n*** ended with the exception above\n';
  if (!expected.ok) return `\n*** ${expected.reason}\n`;
  const want = linesOf(expected.output.toString());
  const got = linesOf(end.stdout.toString());
  const at = got.findIndex((line, index) => line !== want[index]);
  const first = at < 0 ? got.length : at;
  const from = Math.max(0, first - AROUND);
  const show = (mark: string, lines: readonly string[], begin: number) =>
    lines.slice(begin, first + AROUND).map((line) => `${mark} ${line.slice(0, WIDTH)}\n`);
  return [
    `\n*** differs from ${expected.from === 'file' ? 'the .exp file' : "CPython's output"} in line ${first + 1}:\n`,
    ...show(' ', want.slice(0, first), from),
    ...show('-', want, first),
    ...show('+', got, first),
  ].join('');
}
