import type { Diagnostic, SourceFile } from '../diagnostic/diagnostic.ts';
import { COLON, isGlued } from './glued.ts';
import type { SyntaxError } from './syntax-errors.ts';
import { unclosed } from './unclosed.ts';

/** A YAML syntax error in words that say what to type instead. */
export function explainSyntax(source: SourceFile, error: SyntaxError): Diagnostic {
  const { text } = source;
  const [start, end] = error.pos;
  const template = bareTemplate(text, start);
  if (template !== undefined) {
    const written = text.slice(template.offset, template.offset + template.length);
    return {
      severity: 'error',
      message: `"${written}" needs quotes here, inside [ ] or { }`,
      source,
      range: template,
      suggestion: `quote it: "${written}"`,
    };
  }
  const begin = text.lastIndexOf('\n', start - 1) + 1;
  const indent = text.slice(begin, start);
  if (indent.trim() === '' && indent.includes('\t')) {
    const range = { offset: begin + indent.indexOf('\t'), length: 1 };
    return {
      severity: 'error',
      message: 'this is no YAML: a line is indented with a tab',
      source,
      range,
      suggestion: 'use spaces',
    };
  }
  const { message, suggestion, opening } =
    error.code === 'BLOCK_AS_IMPLICIT_KEY' && isGlued(text.slice(begin, start).trim())
      ? { message: 'a key without its ":"', suggestion: COLON, opening: true }
      : inWords(error, indent.trim() === '');
  const opened = opening === true ? unclosed(text, { start: error.block.start, end: start }) : undefined;
  const at = opened === undefined ? visible(text, start, end, error.block) : { offset: opened, length: 1 };
  return {
    severity: 'error',
    message: `this is no YAML: ${message}`,
    source,
    range: at,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** What an error covers of its first line. The end of a block has no letter to point at; the last thing before it has. */
function visible(text: string, start: number, end: number, block: SyntaxError['block']) {
  const behind = text.slice(start, block.end);
  if (behind.trim() === '') {
    const before = text.slice(block.start, block.end).trimEnd().length;
    return { offset: Math.max(block.start + before - 1, block.start), length: 1 };
  }
  const line = behind.indexOf('\n');
  return { offset: start, length: Math.max(1, Math.min(end - start, line === -1 ? behind.length : line)) };
}

/** The element around an unquoted `${…}` of which YAML takes the `{` for the begin of a map. */
function bareTemplate(text: string, at: number) {
  if (text[at] !== '{' || text[at - 1] !== '$') return undefined;
  const close = text.indexOf('}', at);
  if (close === -1 || text.slice(at, close).includes('\n')) return undefined;
  // Of a long line, the letters next to it will do.
  const before = /[^\s,[{:"']*$/.exec(text.slice(Math.max(0, at - 200), at))?.[0] ?? '';
  let end = close + 1;
  // Up to the next separator, over further templates: ${source.x}/a/${run.id}.txt
  for (let more = rest(text, end); more > 0; more = rest(text, end)) end += more;
  return { offset: at - before.length, length: end - at + before.length };
}

function rest(text: string, from: number): number {
  return /^(\$\{[^}\s]*\}|[^\s,\]}{[])+/.exec(text.slice(from, from + 1000))?.[0].length ?? 0;
}

interface Words {
  readonly message: string;
  readonly suggestion?: string;
  /** The place to look at is the bracket or quote that was opened and not closed. */
  readonly opening?: boolean;
}

/** The errors that people make, by the parser's code; the rest keeps the parser's words. */
const IN_WORDS: Partial<Record<SyntaxError['code'], (message: string, beginsLine: boolean) => Words>> = {
  TAB_AS_INDENT: () => ({ message: 'a line is indented with a tab', suggestion: 'use spaces' }),
  BLOCK_AS_IMPLICIT_KEY: () => ({
    message: 'a second "key: value" where only a value can stand',
    suggestion:
      'put it on a line of its own, in line with its neighbours; or quote a text that has ": " in it',
  }),
  BLOCK_IN_FLOW: missingComma,
  MULTILINE_IMPLICIT_KEY: () => ({
    message: 'a key goes over several lines',
    suggestion: 'is a ":" missing behind it?',
  }),
  MULTIPLE_DOCS: () => ({
    message: 'a second document begins with "---"',
    suggestion: 'one file holds one document',
  }),
  MULTIPLE_ANCHORS: () => ({ message: 'a value has one anchor at most' }),
  BAD_SCALAR_START: (message) => ({
    message: message.replace('Plain value', 'a text without quotes'),
    suggestion: 'quote it',
  }),
  TAG_RESOLVE_FAILED: (message) => ({
    message: lowered(message),
    suggestion: 'a text that begins with "!" needs quotes',
  }),
  RESOURCE_EXHAUSTION: () => ({ message: 'it is nested too deeply' }),
  UNEXPECTED_TOKEN: unexpected,
  BAD_INDENT: openBracket,
  MISSING_CHAR: openBracket,
};

function inWords({ code, message }: SyntaxError, beginsLine: boolean): Words {
  return IN_WORDS[code]?.(message, beginsLine) ?? { message: lowered(message) };
}

function lowered(message: string): string {
  return `${message.slice(0, 1).toLowerCase()}${message.slice(1)}`;
}

function missingComma(): Words {
  return {
    message: 'a "," is missing between two elements',
    suggestion: 'quote a text with special characters',
  };
}

function unexpected(message: string, beginsLine: boolean): Words {
  if (beginsLine && message.endsWith('at node end'))
    return { message: 'this line goes on with nothing that stands before it', suggestion: MISINDENTED };
  if (message.endsWith('at node end'))
    return {
      message: 'something stands behind the end of a value',
      suggestion: `quote the whole text; "it's" takes double quotes, or 'it''s'`,
    };
  if (message.startsWith('Unexpected block-seq-ind'))
    return {
      message: 'a list begins on the line of its key',
      suggestion: 'put "- " on a line of its own, or write [a, b]',
    };
  return { message: lowered(message) };
}

const MISINDENTED = 'keys of one map, and items of one list, stand in one column';

function openBracket(message: string): Words {
  const bracket =
    /^Flow (?:sequence|map) in block collection .* end with a ([\]}])$/.exec(message)?.[1] ??
    /^Expected flow (?:sequence|map) to end with ([\]}])$/.exec(message)?.[1];
  if (bracket !== undefined)
    return { message: `this "${bracket === ']' ? '[' : '{'}" is never closed`, opening: true };
  if (message.startsWith('Missing closing')) {
    const quote = message.slice('Missing closing '.length).slice(0, 1);
    return { message: `this ${quote} is never closed`, opening: true };
  }
  if (message.startsWith('All mapping items'))
    return {
      message: 'this line is not indented like the lines before it',
      suggestion: MISINDENTED,
    };
  if (message.startsWith('All sequence items'))
    return {
      message: 'this "- " is not indented like the one before it',
      suggestion: MISINDENTED,
    };
  if (message.startsWith('Implicit map keys need'))
    return { message: 'a key without its ":"', suggestion: 'write "key: value"' };
  if (message.startsWith('Missing , ')) return missingComma();
  return { message: lowered(message) };
}
