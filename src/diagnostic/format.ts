import type { Diagnostic, Range, SourceFile } from './diagnostic.ts';
import { excerpt, positionOf } from './excerpt.ts';

/** How a diagnostic is laid out: with escape sequences for colour or without, paths relative to `cwd` where that is shorter. */
export interface DiagnosticLayout {
  readonly color: boolean;
  /** Absolute; absent: the process's. */
  readonly cwd?: string;
}

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
  const { severity, message, source, range } = diagnostic;
  const lines: string[] = [];
  const squiggle = (text: string): string => paint(severity, text);
  const quiet = (text: string): string => paint('quiet', text);
  const at = source === undefined ? '' : `${paint('place', placeOf(source, range, layout))}: `;
  lines.push(`${at}${paint(severity, `${severity}:`)} ${message}`);
  if (source !== undefined && range !== undefined)
    lines.push(...excerpt(source.text, range, { indent: 4, squiggle, quiet }));
  if (diagnostic.expected !== undefined) lines.push(`    expected: ${diagnostic.expected}`);
  if (diagnostic.found !== undefined) lines.push(`    found: ${diagnostic.found}`);
  if (diagnostic.suggestion !== undefined) lines.push(`    ${paint('hint', diagnostic.suggestion)}`);
  for (const other of diagnostic.also ?? []) {
    lines.push(`    ${paint('place', placeOf(other.source, other.range, layout))}: ${other.message}`);
    lines.push(...excerpt(other.source.text, other.range, { indent: 8, squiggle: quiet, quiet }));
  }
  return lines.join('\n');
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
