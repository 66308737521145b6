import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import type { Paint } from '../paint.ts';
import type { Totals } from '../renderer.ts';
import { cut, fit, oneLine } from '../text.ts';
import { isSame, type Focusable } from './steering.ts';
import { printable } from './run-record.ts';

/** How much of an output is looked at for its last lines, bytes. */
const TAIL = 32 * 1024;

/** How much room a pane has. */
export interface PaneRoom {
  readonly paint: Paint;
  readonly columns: number;
  readonly rows: number;
}

/** The last lines of what a run has printed so far, below its name. */
export function outputPane(directory: string, run: string, { paint, columns, rows }: PaneRoom): string[] {
  const tail = tailOf(path.join(directory, 'runs', run, 'output.txt'));
  const lines = tail
    .trimEnd()
    .split('\n')
    .slice(-(rows - 1));
  const shown = tail.trim() === '' ? ['(nothing so far)'] : lines.map(printable);
  return [
    fit([{ text: '──' }, { text: run, paint: paint.name }], columns),
    ...shown.map((line) => `${paint.pale('|')} ${cut(line, columns - 2)}`),
  ];
}

/** The runs that failed, the last one last. */
export function failuresPane(
  failures: Totals['failures'],
  room: PaneRoom,
  focus: Focusable | undefined,
): string[] {
  const { paint, columns, rows } = room;
  if (failures.length === 0) return [paint.good('nothing has failed')];
  return failures.slice(-rows).map(({ run, verdict, reason, cause }) =>
    fit(
      [
        { text: isSame({ run }, focus) ? '▸' : '✖', paint: paint.bad },
        { text: verdict, paint: paint.bad },
        { text: run, paint: paint.name },
        { text: oneLine(reason ?? cause ?? ''), paint: paint.pale },
      ],
      columns,
    ),
  );
}

function tailOf(file: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    // It has not printed anything, or its directory is not made yet.
    return '';
  }
  try {
    const { size } = fstatSync(descriptor);
    const tail = Buffer.alloc(Math.min(size, TAIL));
    const read = readSync(descriptor, tail, 0, tail.length, size - tail.length);
    return tail.toString('utf8', 0, read);
  } finally {
    closeSync(descriptor);
  }
}
