import type { TimeSpent } from '../../overlord/time-spent.ts';
import { stepDuration, stepsOf } from '../facts.ts';
import { count, duration } from '../text.ts';
import { markdownText } from './markdown-text.ts';

/** Where the time went: all runs together, then the slowest; a column for each step that took any. */
export function timeTable({ runs, totalMs, totals, slowest }: TimeSpent): string {
  if (runs === 0) return '';
  const columns = stepsOf(totals)
    .filter(([, ms]) => ms > 0)
    .map(([step]) => step);
  const rows = [
    // A sum of first moments says nothing.
    row(
      `all ${count(runs, 'run')}`,
      totalMs,
      columns,
      stepsOf(totals).filter(([step]) => step !== 'first output'),
    ),
    ...slowest.map(({ run, durationMs, times }) =>
      row(markdownText(run), durationMs, columns, stepsOf(times)),
    ),
  ];
  const header = line(['run', 'time', ...columns]);
  const rule = line(['---', ...['time', ...columns].map(() => '---:')]);
  return `## Where the time went\n\n${[header, rule, ...rows].join('\n')}`;
}

function row(
  name: string,
  ms: number,
  columns: readonly string[],
  steps: readonly (readonly [string, number])[],
): string {
  const by = new Map(steps);
  const cells = columns.map((step) => {
    const spent = by.get(step);
    return spent === undefined ? '' : stepDuration(spent);
  });
  return line([name, duration(ms), ...cells]);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
