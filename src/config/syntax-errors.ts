import type { YAMLError } from 'yaml';

/** What the parser says, at offsets of the file; `end` is where the block ends that is wrong. */
export interface SyntaxError {
  readonly code: YAMLError['code'];
  readonly message: string;
  readonly pos: readonly [start: number, end: number];
  readonly block: { readonly start: number; readonly end: number };
}

type Parse = (text: string) => readonly Pick<YAMLError, 'code' | 'message' | 'pos'>[];

/** Blocks in blocks in blocks: a key of the file, a tentacle, a key of the tentacle. */
const DEEPEST = 3;

/**
 * The syntax errors of a text that `parse` does not take, without their echo: what is behind an open bracket or quote is
 * wrong only because of that. So each block (the lines of one key) is parsed alone, and the first error of each is real. Without
 * `all`, it is only the first one.
 */
export function syntaxErrors(text: string, parse: Parse, all: boolean): SyntaxError[] {
  const whole = firstOf(parse, text, { start: 0, end: text.length });
  if (whole === undefined) return [];
  if (!all) return [whole];
  const own = inBlocks(text, { start: 0, end: text.length }, { parse, depth: 0 });
  // Else no block sees it, such as a second document.
  const [at] = whole.pos;
  const unseen = own.every(({ pos, block }) => at < pos[0] && (at < block.start || at >= block.end));
  return unseen ? [whole, ...own] : own;
}

interface Block {
  readonly start: number;
  readonly end: number;
}

function inBlocks(
  text: string,
  region: Block,
  { parse, depth }: { readonly parse: Parse; readonly depth: number },
): SyntaxError[] {
  return blocksOf(text, region).flatMap((block) => {
    const first = firstOf(parse, text, block);
    if (first === undefined) return [];
    const body = depth < DEEPEST ? bodyOf(text, block) : undefined;
    const inner = body === undefined ? [] : inBlocks(text, body, { parse, depth: depth + 1 });
    return inner.length === 0 ? [first] : inner;
  });
}

function firstOf(parse: Parse, text: string, block: Block): SyntaxError | undefined {
  const [error] = parse(text.slice(block.start, block.end));
  if (error === undefined) return undefined;
  const { code, message, pos } = error;
  return { code, message, pos: [pos[0] + block.start, pos[1] + block.start], block };
}

/** The blocks of a region: each begins with a line that is indented like its first one. */
function blocksOf(text: string, { start, end }: Block): Block[] {
  const starts: number[] = [];
  let indent: number | undefined;
  let list = false;
  for (const { index, 0: line } of text.slice(start, end).matchAll(/[^\n]+\n?|\n/g)) {
    const deep = /^ */.exec(line)?.[0].length ?? 0;
    const mark = line[deep] ?? '\n';
    if ('#\r\n'.includes(mark)) continue;
    if (indent === undefined) {
      indent = deep;
      list = mark === '-';
      starts.push(start);
      continue;
    }
    // A bracket that closes belongs to the line that opened it, a list to the key before it.
    if (deep <= indent && (list ? mark === '-' : !'-]}\t'.includes(mark))) starts.push(start + index);
  }
  return starts.map((from, index) => ({ start: from, end: starts[index + 1] ?? end }));
}

/** The lines behind a line that is nothing but `key:`. */
function bodyOf(text: string, { start, end }: Block): Block | undefined {
  const header = /^(?:[ \t]*(?:#.*)?\r?\n)*[ ]*[\w"'.-]+:[ \t]*(?:#.*)?\r?\n/.exec(text.slice(start, end));
  return header === null ? undefined : { start: start + header[0].length, end };
}
