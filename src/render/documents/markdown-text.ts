import { oneLine } from '../text.ts';

const LONGEST = 300;

/** A text that no reader of markdown takes for markup, on one line; a long one is cut. */
export function markdownText(text: string): string {
  const line = oneLine(text);
  const short = line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
  return short.replace(/[\\`*{}[\]<>|~&#]/g, '\\$&').replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_');
}

/** A block of code that its content can not close. */
export function markdownFence(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}\n${text}\n${ticks}`;
}

/** The URL of a run's output, relative to the report. */
export function linkToOutput(run: string): string {
  const parts = ['runs', ...run.split('/'), 'output.txt'];
  // A bracket that is left as it is would end the link.
  return parts
    .map((part) => encodeURIComponent(part).replaceAll('(', '%28').replaceAll(')', '%29'))
    .join('/');
}
