import { diagnosticDocument, type DiagnosticDocument } from '../diagnostic/document.ts';
import { inOrder } from '../diagnostic/in-order.ts';
import type { LoadedLab } from './request.ts';

/** What `testbed check --format json` prints, as `schema/check.schema.json` has it for others. */
export interface CheckDocument {
  /** Of this shape; a key may be added without a new number. */
  readonly format: 1;
  /** Whether there is a lab: no error. Warnings do not count. */
  readonly ok: boolean;
  readonly errors: number;
  readonly warnings: number;
  /** File by file, in the order of their text. */
  readonly diagnostics: readonly DiagnosticDocument[];
}

/** All that is to say of a lab that was read, or that could not be. */
export function checkDocument(loaded: LoadedLab): CheckDocument {
  const all = loaded.ok ? inOrder([...loaded.warnings, ...loaded.advice()], loaded.lab.file) : loaded.faults;
  const errors = all.filter(({ severity }) => severity === 'error').length;
  return {
    format: 1,
    ok: loaded.ok,
    errors,
    warnings: all.length - errors,
    diagnostics: all.map(diagnosticDocument),
  };
}
