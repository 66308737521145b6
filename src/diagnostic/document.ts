import type { Diagnostic, Range, SourceFile } from './diagnostic.ts';
import { positionOf } from './position.ts';

interface DocumentPlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
}

/** A diagnostic as JSON for editors and CI: absolute paths; lines and columns from 1, the end exclusive. */
export interface DiagnosticDocument extends Partial<DocumentPlace> {
  readonly severity: Diagnostic['severity'];
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  readonly suggestion?: string;
  readonly also?: readonly (DocumentPlace & { readonly message: string })[];
}

/** The JSON form of a diagnostic. */
export function diagnosticDocument(diagnostic: Diagnostic): DiagnosticDocument {
  const { severity, message, source, range, expected, found, suggestion, also } = diagnostic;
  return {
    severity,
    message,
    ...(source === undefined ? {} : place(source, range)),
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(also === undefined
      ? {}
      : { also: also.map((other) => ({ message: other.message, ...place(other.source, other.range) })) }),
  };
}

function place({ file, text }: SourceFile, range: Range | undefined): DocumentPlace {
  if (range === undefined) return { file };
  const start = positionOf(text, range.offset);
  const end = positionOf(text, range.offset + range.length);
  return { file, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}
