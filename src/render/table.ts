import { oneLine, wrap } from './text.ts';
import { widthOf } from '../diagnostic/width.ts';

/** What a table tells about one thing, by column. */
export type TableRow = Readonly<Record<string, string>>;

const GAP = 2;

/**
 * Rows below the names of their columns; a column in which nobody has anything is left out. Each column is as wide as it
 * needs to be; where that is too much for `columns` (absent: there is no limit), the widest ones are broken between words.
 */
export function tableText(rows: readonly TableRow[], columns = Number.POSITIVE_INFINITY): string {
  const [first] = rows;
  if (first === undefined) return '';
  const names = Object.keys(first).filter((name) => rows.some((row) => row[name] !== ''));
  const cells = [
    names.map((name) => name.toUpperCase()),
    ...rows.map((row) => names.map((name) => oneLine(row[name] ?? ''))),
  ];
  const widths = fitted(cells, columns - GAP * (names.length - 1));
  return cells.map((row) => rowText(row, widths)).join('');
}

/** The widths of the columns. None becomes narrower than its longest word, even if the table then is too wide. */
function fitted(cells: readonly (readonly string[])[], room: number): number[] {
  const longest = (index: number, pieces: (text: string) => readonly string[]): number =>
    Math.max(...cells.flatMap((row) => pieces(row[index] ?? '').map(widthOf)));
  const widths = (cells[0] ?? []).map((_, index) => longest(index, (text) => [text]));
  const least = widths.map((_, index) => longest(index, (text) => text.split(' ')));
  let surplus = widths.reduce((sum, width) => sum + width, 0) - room;
  while (surplus-- > 0) {
    const spare = widths.map((width, index) => (width > (least[index] ?? 0) ? width : 0));
    const widest = Math.max(...spare);
    if (widest === 0) break;
    widths[spare.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function rowText(row: readonly string[], widths: readonly number[]): string {
  const wrapped = row.map((text, index) => wrap(text, widths[index] ?? 0));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  let text = '';
  for (let line = 0; line < height; line++)
    text += `${wrapped
      .map((lines, index) => padded(lines[line] ?? '', widths[index] ?? 0))
      .join(' '.repeat(GAP))
      .trimEnd()}\n`;
  return text;
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
