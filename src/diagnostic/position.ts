interface Lines {
  readonly text: string;
  /** The offset of each line's beginning. */
  readonly starts: readonly number[];
  /** Every character is one code unit. */
  readonly simple: boolean;
  /** How many characters stand before an offset in its line: the last one that was counted. */
  counted: { readonly start: number; readonly at: number; readonly characters: number };
}

/** Of the text that was asked about last: faults come file by file, often by the hundred, and mostly in order. */
let known: Lines | undefined;

/** Line and column of an offset, both from 1; the column counts characters, not code units. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  if (known?.text !== text) known = linesOf(text);
  const { starts } = known;
  const at = Math.min(Math.max(offset, 0), text.length);
  let line = 0;
  for (let end = starts.length; end - line > 1;) {
    const middle = Math.floor((line + end) / 2);
    if ((starts[middle] ?? 0) <= at) line = middle;
    else end = middle;
  }
  return { line: line + 1, column: charactersBefore(at, starts[line] ?? 0, known) + 1 };
}

function linesOf(text: string): Lines {
  const starts = [0];
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  const simple = !/[\ud800-\udfff]/.test(text);
  return { text, starts, simple, counted: { start: 0, at: 0, characters: 0 } };
}

function charactersBefore(at: number, start: number, lines: Lines): number {
  if (lines.simple) return at - start;
  const { counted, text } = lines;
  const on = counted.start === start && counted.at <= at;
  let characters = on ? counted.characters : 0;
  for (const _ of text.slice(on ? counted.at : start, at)) characters += 1;
  lines.counted = { start, at, characters };
  return characters;
}
