import type { Range } from './diagnostic.ts';

/** Lines longer than this are cut around what is wrong in them. */
const WIDEST = 100;
/** Of a long range only its first lines are shown. */
const MOST_LINES = 3;

interface ExcerptLayout {
  /** Columns before the line number. */
  readonly indent: number;
  readonly squiggle: (text: string) => string;
  readonly quiet: (text: string) => string;
}

/** Line and column of an offset, both from 1; the column counts characters, not code units. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const at = Math.min(Math.max(offset, 0), text.length);
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < at; end = text.indexOf('\n', start)) {
    line += 1;
    start = end + 1;
  }
  return { line, column: charactersIn(text.slice(start, at)) + 1 };
}

/** The source lines of a range, each with its number, and under each a squiggle. */
export function excerpt(text: string, range: Range, layout: ExcerptLayout): string[] {
  const { line: first } = positionOf(text, range.offset);
  const end = Math.min(range.offset + Math.max(range.length, 1), text.length);
  const shown: string[] = [];
  let start = text.lastIndexOf('\n', range.offset - 1) + 1;
  if (range.offset === 0) start = 0;
  for (let number = first; ; number++) {
    const newline = text.indexOf('\n', start);
    const stop = newline === -1 ? text.length : newline;
    const line = text.slice(start, stop).replace(/\r$/, '');
    const from = Math.max(range.offset - start, 0);
    const to = Math.max(Math.min(end - start, line.length), from + 1);
    // The indent of a line that merely continues the range is no part of the fault.
    const inked = number === first ? from : Math.max(from, line.search(/\S|$/));
    shown.push(...drawLine(number, line, { from: inked, to }, layout));
    if (newline === -1 || end <= newline + 1) break;
    if (number - first + 1 >= MOST_LINES) {
      shown.push(`${' '.repeat(layout.indent)}${layout.quiet('    | …')}`);
      break;
    }
    start = newline + 1;
  }
  return shown;
}

function drawLine(
  number: number,
  line: string,
  ink: { readonly from: number; readonly to: number },
  { indent, squiggle, quiet }: ExcerptLayout,
): string[] {
  const cut = cropped(line, ink);
  const before = printable(cut.line.slice(0, cut.from));
  const marked = printable(cut.line.slice(cut.from, cut.to));
  const after = printable(cut.line.slice(cut.to));
  const margin = ' '.repeat(indent);
  const marks = '~'.repeat(Math.max(columnsOf(marked), 1));
  return [
    `${margin}${quiet(`${String(number).padStart(3)} |`)} ${before}${marked}${after}`.trimEnd(),
    `${margin}${quiet('    |')} ${' '.repeat(columnsOf(before))}${squiggle(marks)}`,
  ];
}

/** A window of a long line that shows where the ink begins. */
function cropped(line: string, { from, to }: { readonly from: number; readonly to: number }) {
  if (line.length <= WIDEST) return { line, from, to };
  const left = Math.max(0, Math.min(from - 30, line.length - WIDEST));
  const right = Math.min(line.length, left + WIDEST);
  const lead = left > 0 ? '…' : '';
  const tail = right < line.length ? '…' : '';
  const shift = lead.length - left;
  return {
    line: lead + line.slice(left, right) + tail,
    from: from + shift,
    to: Math.min(to, right) + shift,
  };
}

function charactersIn(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Nothing in a file may move the cursor or change colours: control characters become `·`, a tab one space. */
function printable(text: string): string {
  return (
    text
      .replaceAll('\t', ' ')
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e]/g, '·')
  );
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** How many terminal columns a text takes. (The `string-width` package costs 25 ms to load, more than a whole lab file.) */
function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{M}|\ufe0f/u.test(character)) continue;
    columns += WIDE.test(character) ? 2 : 1;
  }
  return columns;
}
