import { widthOf } from '../diagnostic/width.ts';
import type { Paint } from './paint.ts';
import { cut } from './text.ts';

/** Something that goes on in a row. Ms since the beginning. */
export interface GanttBar {
  readonly startMs: number;
  readonly endMs: number;
  /** One character. */
  readonly mark: string;
  readonly paint?: (text: string) => string;
}

export interface GanttRow {
  readonly name: string;
  /** Said behind the name where there is room. */
  readonly more: string;
  readonly bars: Iterable<GanttBar>;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Distances between two times of the axis, ascending. */
const STEPS_MS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7, 14, 28].map((days) => days * DAY_MS),
];
/** So far apart are two times of the axis at least. */
const APART = 8;
/** A bar is worth more than what stands before it. */
const SMALLEST_BAR = 12;
const IDLE = '·';

/**
 * A chart of what goes on when, in lines of at most so many columns: the axis of time, and for each row its name, a mark in
 * each column for what takes most of that time, and how busy it is. Whatever lasts too short for a column shows where nothing
 * else is.
 */
export function* ganttLines(
  rows: readonly GanttRow[],
  { endMs, columns, paint }: { readonly endMs: number; readonly columns: number; readonly paint: Paint },
): Generator<string> {
  const share = ' 100%'.length;
  const roomy = columns >= 60;
  const named = rows.map(({ name, more, bars }) => ({ head: roomy ? `${name} ${more}`.trim() : name, bars }));
  const head = Math.min(
    Math.max(0, ...named.map(({ head: text }) => widthOf(text))),
    Math.max(4, Math.floor(columns * 0.32)),
  );
  const width = Math.max(SMALLEST_BAR, columns - head - 1 - share);
  yield `${' '.repeat(head + 1)}${paint.pale(axis(endMs, width))}`.trimEnd();
  for (const { head: text, bars } of named) {
    const all = [...bars];
    const busyMs = all.reduce((sum, bar) => sum + bar.endMs - bar.startMs, 0);
    const busy = endMs === 0 ? 0 : Math.round((100 * busyMs) / endMs);
    const name = cut(text, head);
    yield `${name}${' '.repeat(head - widthOf(name))} ${cells(all, endMs, width, paint)}${`${busy}%`.padStart(share)}`;
  }
}

/** Times at even distances, each beginning in its column: `0       10m      20m`. */
function axis(endMs: number, width: number): string {
  const step = STEPS_MS.find((each) => (each / endMs) * width >= APART);
  let line = '0';
  if (step === undefined) return line;
  for (let at = step; at < endMs; at += step) {
    const column = Math.floor((at / endMs) * width);
    const text = axisTime(at, step);
    if (column + text.length > width || column <= line.length) continue;
    line = line.padEnd(column) + text;
  }
  return line;
}

/** As short as the distance between two times allows: `1:15`, `10m`, `1h30`, `12h`, `2d`. */
function axisTime(ms: number, step: number): string {
  const [seconds, minutes, hours] = [
    Math.floor(ms / 1000),
    Math.floor(ms / MINUTE_MS),
    Math.floor(ms / HOUR_MS),
  ];
  if (step < MINUTE_MS) return `${minutes}:${two(seconds % 60)}`;
  if (step < HOUR_MS) return hours === 0 ? `${minutes}m` : `${hours}h${two(minutes % 60)}`;
  return step < DAY_MS ? `${hours}h` : `${hours / 24}d`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function cells(bars: readonly GanttBar[], endMs: number, width: number, paint: Paint): string {
  const longest: { bar: GanttBar; ms: number }[] = [];
  for (const bar of bars) {
    if (bar.endMs <= bar.startMs) continue;
    const first = Math.floor((bar.startMs / endMs) * width);
    const last = Math.min(width - 1, Math.ceil((bar.endMs / endMs) * width) - 1);
    for (let column = first; column <= last; column++) {
      const from = (column / width) * endMs;
      const ms = Math.min(bar.endMs, from + endMs / width) - Math.max(bar.startMs, from);
      const before = longest[column];
      if (before === undefined || ms > before.ms) longest[column] = { bar, ms };
    }
  }
  let text = '';
  for (let column = 0; column < width;) {
    const here = longest[column]?.bar;
    let end = column + 1;
    while (end < width && sameMark(longest[end]?.bar, here)) end++;
    const run = (here?.mark ?? IDLE).repeat(end - column);
    text += (here === undefined ? paint.pale : (here.paint ?? plain))(run);
    column = end;
  }
  return text;
}

function sameMark(a: GanttBar | undefined, b: GanttBar | undefined): boolean {
  return a?.mark === b?.mark && a?.paint === b?.paint;
}

function plain(text: string): string {
  return text;
}
