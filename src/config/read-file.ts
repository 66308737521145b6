import { readFileSync, statSync } from 'node:fs';
import type { Diagnostic, SourceFile } from '../diagnostic/diagnostic.ts';
import { explainBytes } from './encoding.ts';

/** A hundred times the biggest lab file that anybody has; what is bigger is a mistake, and would take long to read. */
const BIGGEST = 1024 * 1024;

export type ReadText =
  | { readonly ok: true; readonly source: SourceFile }
  | { readonly ok: false; readonly missing: boolean; readonly fault: Diagnostic };

/** Reads a text file; `file` is absolute, `kind` is what it should be: `lab file`, `plan`. */
export function readText(file: string, kind: string): ReadText {
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) return no(file, `this is a directory, not a ${kind}`);
    if (!stat.isFile()) return no(file, `this is not a file, let alone a ${kind}`);
    if (stat.size > BIGGEST)
      return no(file, `this has ${(stat.size / 1024 / 1024).toFixed(1)} MB; a ${kind} has at most 1 MB`);
    const bytes = readFileSync(file);
    const wrong = explainBytes(file, kind, bytes);
    if (wrong !== undefined) return { ok: false, missing: false, fault: wrong };
    // Without a byte order mark, if there is one: no editor counts it as a letter.
    return { ok: true, source: { file, text: new TextDecoder().decode(bytes) } };
  } catch (error) {
    return explain(file, kind, error as NodeJS.ErrnoException);
  }
}

function explain(file: string, kind: string, error: NodeJS.ErrnoException): ReadText {
  switch (error.code ?? '') {
    case 'ENOENT':
    case 'ENOTDIR':
      return { ...no(file, `there is no such ${kind}`), missing: true };
    case 'EACCES':
    case 'EPERM':
      return no(file, `you may not read this ${kind}`, `"ls -l ${file}" shows who may`);
    case 'ELOOP':
      return no(file, 'this is a symbolic link in a circle');
    case 'ENAMETOOLONG':
      return no(file.slice(0, 80), 'no file has such a long name');
    default:
      return no(file, `this ${kind} can not be read: ${error.message}`);
  }
}

function no(file: string, message: string, suggestion?: string) {
  const source = { file, text: '' };
  const fault: Diagnostic = {
    severity: 'error',
    message,
    source,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
  return { ok: false, missing: false, fault } as const;
}

/** Nothing but comments: as good as no file. */
export function isBlank({ text }: SourceFile): boolean {
  // Line by line: one pattern for all of them would try each newline in two ways, and take for ever.
  return text.split('\n').every((line) => /^\s*(#.*)?$/.test(line));
}
