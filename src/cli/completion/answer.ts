import { oneLine } from '../../render/text.ts';
import type { Completion } from './complete.ts';

/** What a completion script reads: what kind it is, then a line for each candidate: value, tab, help. */
export function answerText(completion: Completion): string {
  if (typeof completion === 'string') return `${completion}\n`;
  const lines = completion
    // What does not fit on a line can not be typed on one.
    .filter(({ value }) => oneLine(value) === value)
    .map(({ value, help = '' }) => `${value}\t${oneLine(help)}`);
  return ['values', ...lines].map((line) => `${line}\n`).join('');
}
