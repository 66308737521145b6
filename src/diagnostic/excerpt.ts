import type { Range } from './diagnostic.ts';
import { positionOf } from './position.ts';
import { printable } from './printable.ts';
import { widthOf } from './width.ts';

/** Of a long range only its first lines are shown. */
const MOST_LINES = 3;

interface ExcerptLayout {
  /** Columns before the line number. */
  readonly indent: number;
  /** Columns of the screen; longer lines are cut around what is wrong in them. */
  readonly columns: number;
  readonly squiggle: (text: string) => string;
  readonly quiet: (text: string) => string;
}

/** The source lines of a range, each with its number, and under each a squiggle. */
export function excerpt(text: string, range: Range, layout: ExcerptLayout): string[] {
  const { line: first } = positionOf(text, range.offset);
  const end = Math.min(range.offset + Math.max(range.length, 1), text.length);
  const digits = Math.max(3, String(first + MOST_LINES - 1).length);
  const shown: string[] = [];
  let start = text.lastIndexOf('\n', range.offset - 1) + 1;
  if (range.offset === 0) start = 0;
  for (let number = first; ; number++) {
    const newline = text.indexOf('\n', start);
    const stop = newline === -1 ? text.length : newline;
    const line = text.slice(start, text[stop - 1] === '\r' && stop > start ? stop - 1 : stop);
    const from = Math.max(range.offset - start, 0);
    const to = Math.max(Math.min(end - start, line.length), from + 1);
    // The indent of a line that merely continues the range is no part of the fault.
    const inked = number === first ? from : Math.max(from, line.search(/\S|$/));
    shown.push(...drawLine(String(number).padStart(digits), line, { from: inked, to }, layout));
    if (newline === -1 || end <= newline + 1) break;
    if (number - first + 1 >= MOST_LINES) {
      shown.push(`${' '.repeat(layout.indent)}${layout.quiet(`${' '.repeat(digits)} | …`)}`);
      break;
    }
    start = newline + 1;
  }
  return shown;
}

function drawLine(
  number: string,
  line: string,
  ink: { readonly from: number; readonly to: number },
  { indent, columns, squiggle, quiet }: ExcerptLayout,
): string[] {
  const gutter = indent + number.length + ' | '.length;
  const cut = fitted(line, ink, Math.max(columns - gutter, 20));
  const before = printable(cut.line.slice(0, cut.from));
  // A tab that is wrong can be seen.
  const marked = printable(cut.line.slice(cut.from, cut.to).replaceAll('\t', '→'));
  const after = printable(cut.line.slice(cut.to));
  const margin = ' '.repeat(indent);
  const marks = '~'.repeat(Math.max(widthOf(marked), 1));
  return [
    `${margin}${quiet(`${number} |`)} ${before}${marked}${after}`.trimEnd(),
    `${margin}${quiet(`${' '.repeat(number.length)} |`)} ${' '.repeat(widthOf(before))}${squiggle(marks)}`,
  ];
}

/** As many letters as fit; a wide one takes two columns. */
function fitted(line: string, ink: { readonly from: number; readonly to: number }, room: number) {
  let letters = room;
  for (;;) {
    const cut = cropped(line, ink, letters);
    const excess = widthOf(printable(cut.line)) - room;
    if (excess <= 0 || letters <= 10) return cut;
    letters = Math.max(letters - Math.ceil(excess / 2), 10);
  }
}

/** A window of a long line that shows where the ink begins; as much of the line's own beginning as there is room for. */
function cropped(line: string, { from, to }: { readonly from: number; readonly to: number }, room: number) {
  if (line.length <= room) return { line, from, to };
  const inked = Math.min(to - from, Math.floor(room / 2));
  // Two columns are for the `…` on both sides.
  const left = from + inked < room ? 0 : Math.min(from - Math.floor(room / 4), line.length - room + 1);
  const lead = left > 0 ? '…' : '';
  const last = left + room - lead.length;
  const right = last >= line.length ? line.length : last - 1;
  const tail = right < line.length ? '…' : '';
  const shift = lead.length - left;
  return {
    line: lead + line.slice(left, right) + tail,
    from: from + shift,
    to: Math.min(to, right) + shift,
  };
}
