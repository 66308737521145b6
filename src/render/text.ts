import { stripVTControlCharacters } from 'node:util';
import { widthOf } from '../diagnostic/width.ts';

export { wrap } from '../diagnostic/wrap.ts';

/** A piece of a line and how it is painted. */
export interface Segment {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

// C0, DEL, C1, and the marks that change the direction of what follows them.
// oxlint-disable-next-line no-control-regex -- they are what it looks for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text as one line that can not move a terminal's cursor, whoever wrote it. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(UNSAFE, ' ').trim();
}

/** Whether a text is one line as it is. */
export function isOneLine(text: string): boolean {
  return text.search(UNSAFE) === -1;
}

/** Cuts a text to so many columns, with `…` at the end where something is missing; wide characters count as two. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (widthOf(text) <= columns) return text;
  let width = 0;
  let kept = '';
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)) {
    width += widthOf(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Joins pieces with a space, painted, in at most so many columns; what does not fit is cut at the end. Empty ones are left out. */
export function fit(segments: readonly Segment[], columns: number): string {
  let left = columns;
  let line = '';
  for (const { text, paint } of segments) {
    if (text === '') continue;
    const space = line === '' ? 0 : 1;
    if (left - space <= 0) break;
    const piece = cut(text, left - space);
    line += `${' '.repeat(space)}${paint === undefined ? piece : paint(piece)}`;
    left -= space + widthOf(piece);
    if (piece !== text) break;
  }
  return line;
}

/** `0.4 s`, `12 s`, `3:05`, `1:02:03`. */
export function duration(ms: number): string {
  if (ms < 9950) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** Local time of day, `23:11:05`; of an event without a stamp, blanks. */
export function clock(at: number | undefined): string {
  if (at === undefined) return ' '.repeat(8);
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `1 test`, `2 tests`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
