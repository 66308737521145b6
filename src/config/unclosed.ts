/** A string, a comment, a bracket, or a quote that nothing closes; quotes in the middle of a plain text are letters. */
const TOKENS = /(?<=^|[\s,[{:])(?:"(?:[^"\\]|\\[^])*"|'[^']*'|#[^\n]*|["'])|[[\]{}]/g;

/** The offset of the innermost bracket, or of the quote, that is open at the end of a stretch of YAML; undefined if none is. */
export function unclosed(text: string, { start, end }: { readonly start: number; readonly end: number }) {
  const open: number[] = [];
  for (const { index, 0: token } of text.slice(start, end).matchAll(TOKENS)) {
    if (token === '"' || token === "'") return start + index;
    if (token === '[' || token === '{') open.push(start + index);
    else if (token === ']' || token === '}') open.pop();
  }
  return open.at(-1);
}
