import type { YAMLError } from 'yaml';
import type { Diagnostic, SourceFile } from '../diagnostic/diagnostic.ts';

/** A YAML syntax error in words that say what to type instead. */
export function explainSyntax(
  source: SourceFile,
  error: Pick<YAMLError, 'code' | 'message' | 'pos'>,
): Diagnostic {
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
  const { message, suggestion } = inWords(error);
  // An end of file has no letter to point at; the last thing before it has.
  const atEnd = text.slice(start).trim() === '';
  const offset = atEnd ? Math.max(text.trimEnd().length - 1, 0) : start;
  const length = Math.max(1, Math.min(end - start, (/^[^\n]*/.exec(text.slice(start))?.[0] ?? '').length));
  return {
    severity: 'error',
    message: `this is no YAML: ${message}`,
    source,
    range: { offset, length: atEnd ? 1 : length },
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** The element around an unquoted `${…}` of which YAML takes the `{` for the begin of a map. */
function bareTemplate(text: string, at: number) {
  if (text[at] !== '{' || text[at - 1] !== '$') return undefined;
  const close = text.indexOf('}', at);
  if (close === -1 || text.slice(at, close).includes('\n')) return undefined;
  const before = /[^\s,[{:"']*$/.exec(text.slice(0, at))?.[0] ?? '';
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
}

/** The errors that people make, by the parser's code; the rest keeps the parser's words. */
const IN_WORDS: Partial<Record<YAMLError['code'], (message: string) => Words>> = {
  TAB_AS_INDENT: () => ({ message: 'a line is indented with a tab', suggestion: 'use spaces' }),
  BLOCK_AS_IMPLICIT_KEY: () => ({
    message: 'a second "key: value" where only a value can stand',
    suggestion:
      'put it on a line of its own, in line with its neighbours; or quote a text that has ": " in it',
  }),
  MULTILINE_IMPLICIT_KEY: () => ({
    message: 'a key goes over several lines',
    suggestion: 'is a ":" missing behind it?',
  }),
  MULTIPLE_DOCS: () => ({
    message: 'a second document begins with "---"',
    suggestion: 'one file holds one document',
  }),
  BAD_SCALAR_START: (message) => ({
    message: message.replace('Plain value', 'a text without quotes'),
    suggestion: 'quote it',
  }),
  TAG_RESOLVE_FAILED: (message) => ({
    message: lowered(message),
    suggestion: 'a text that begins with "!" needs quotes',
  }),
  RESOURCE_EXHAUSTION: () => ({ message: 'it is nested too deeply' }),
  BAD_INDENT: openBracket,
  MISSING_CHAR: openBracket,
};

function inWords({ code, message }: Pick<YAMLError, 'code' | 'message'>): Words {
  return IN_WORDS[code]?.(message) ?? { message: lowered(message) };
}

function lowered(message: string): string {
  return `${message.slice(0, 1).toLowerCase()}${message.slice(1)}`;
}

function openBracket(message: string): Words {
  const bracket = /^Flow (?:sequence|map) in block collection .* end with a ([\]}])$/.exec(message)?.[1];
  if (bracket !== undefined)
    return { message: `a "${bracket === ']' ? '[' : '{'}" before this has no "${bracket}"` };
  if (message.startsWith('Missing closing'))
    return { message: `a ${message.slice('Missing closing '.length).replace(/^(["']).*/, '$1')} has no end` };
  if (message.startsWith('Implicit map keys need'))
    return { message: 'a key without its ":"', suggestion: 'write "key: value"' };
  if (message.startsWith('Missing , or :'))
    return {
      message: 'a "," is missing between two elements',
      suggestion: 'quote a text with special characters',
    };
  return { message: lowered(message) };
}
