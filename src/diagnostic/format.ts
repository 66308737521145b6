import type { Diagnostic, Range, SourceFile } from './diagnostic.ts';
import { excerpt } from './excerpt.ts';
import { positionOf } from './position.ts';
import { printable } from './printable.ts';
import { wrap } from './wrap.ts';

/** How a diagnostic is laid out: with escape sequences for colour or without, paths relative to `cwd` where that is shorter. */
export interface DiagnosticLayout {
  readonly color: boolean;
  /** Absolute; absent: the process's. */
  readonly cwd?: string;
  /** Of the terminal; absent: there is none, and sentences are not wrapped, so that each can be searched for. */
  readonly columns?: number;
}

/** What source lines are cut to where there is no terminal. */
const COLUMNS = 80;
/** Of a text that somebody has put into a sentence by mistake, its beginning will do. */
const LONGEST = 500;

const STYLES = { error: '31', warning: '33', place: '36', quiet: '2', hint: '32' } as const;

/**
 * A diagnostic as lines of text without a final newline:
 *
 *     testbed.yaml:7:12: error: there is no board "RPI_PICO3"
 *         7 |   2731: { board: RPI_PICO3 }
 *           |                  ~~~~~~~~~
 *         expected: a board of the catalogue or of boards:
 *         did you mean "RPI_PICO2"?
 */
export function formatDiagnostic(diagnostic: Diagnostic, layout: DiagnosticLayout): string {
  const paint = (style: keyof typeof STYLES, text: string): string =>
    layout.color ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  const { severity, message, source, range, expected, found, suggestion } = diagnostic;
  const quiet = (text: string): string => paint('quiet', text);
  const lines: string[] = [];
  const say = (text: string, indent: number, painted: (line: string) => string = (line) => line): void => {
    const [first = '', ...more] = folded(text, layout.columns, indent);
    lines.push(`${' '.repeat(indent)}${painted(first)}`, ...more.map((line) => `      ${painted(line)}`));
  };
  const show = (where: Pick<Required<Diagnostic>, 'source' | 'range'>, indent: number, mark: typeof quiet) =>
    lines.push(
      ...excerpt(where.source.text, where.range, {
        indent,
        columns: layout.columns ?? COLUMNS,
        squiggle: mark,
        quiet,
      }),
    );
  const place = source === undefined ? '' : `${placeOf(source, range, layout)}: `;
  say(`${place}${severity}: ${message}`, 0, (line) => {
    if (!line.startsWith(`${place}${severity}:`)) return line;
    const rest = line.slice(place.length + severity.length + 1);
    return `${place === '' ? '' : `${paint('place', place.slice(0, -2))}: `}${paint(severity, `${severity}:`)}${rest}`;
  });
  if (source !== undefined && range !== undefined)
    show({ source, range }, 4, (text) => paint(severity, text));
  if (expected !== undefined) say(`expected: ${expected}`, 4);
  if (found !== undefined) say(`found: ${found}`, 4);
  if (suggestion !== undefined) say(suggestion, 4, (line) => paint('hint', line));
  for (const other of diagnostic.also ?? []) {
    const at = placeOf(other.source, other.range, layout);
    say(`${at}: ${other.message}`, 4, (line) => line.replace(at, () => paint('place', at)));
    show(other, 8, quiet);
  }
  return lines.join('\n');
}

/** A sentence on one line, or wrapped for a terminal. */
function folded(text: string, columns: number | undefined, indent: number): string[] {
  const safe = printable(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
  return columns === undefined ? [safe] : wrap(safe, columns - Math.max(indent, 6));
}

/** `file:line:column`, from 1, as editors and terminals link it; columns count characters. */
export function placeOf(source: SourceFile, range: Range | undefined, layout: { cwd?: string } = {}): string {
  const file = shortPath(source.file, layout.cwd ?? process.cwd());
  if (range === undefined) return file;
  const { line, column } = positionOf(source.text, range.offset);
  return `${file}:${line}:${column}`;
}

/** Relative to `cwd` where the file lies in it, else the absolute path. */
function shortPath(file: string, cwd: string): string {
  const base = cwd.endsWith('/') ? cwd : `${cwd}/`;
  return file.startsWith(base) ? file.slice(base.length) : file;
}
