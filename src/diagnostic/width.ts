import { createRequire } from 'node:module';

type StringWidth = (text: string) => number;

/** What most lines are made of: ASCII, Latin letters, dots and dashes, arrows, lines of boxes, triangles, ticks and crosses. */
const ONE_COLUMN_EACH =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u257f\u25b2-\u25bf\u2713-\u2718]*$/;

let stringWidth: StringWidth | undefined;

/**
 * The columns that a text takes on a terminal: wide characters and emoji take two, marks none. Only text with such
 * characters loads `string-width`: compiling its patterns takes 25 ms, longer than a whole lab file takes to read.
 */
export function widthOf(text: string): number {
  if (ONE_COLUMN_EACH.test(text)) return text.length;
  stringWidth ??= (createRequire(import.meta.url)('string-width') as { default: StringWidth }).default;
  return stringWidth(text);
}
