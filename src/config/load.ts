import path from 'node:path';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Lab } from '../model/lab.ts';
import { findLabFile, SEARCH_PLACES } from './find.ts';
import { labFromFile } from './lab-from-file.ts';
import { labOfOne } from './lab-of-one.ts';

/** Which lab is wanted. */
export interface LabRequest {
  /** Absolute; searched upward when no file and no port is named. */
  readonly cwd: string;
  /** `-c FILE`, relative to `cwd`, with any extension. */
  readonly file?: string;
  /** `--port`: a lab of one, without a file. */
  readonly port?: string;
  /** `--board`: with `port`. */
  readonly board?: string;
  /** `--source NAME=SPEC`: instead of, or besides, what the lab file says; directories are relative to `cwd`. */
  readonly sources?: Readonly<Record<string, string>>;
  readonly env: NodeJS.ProcessEnv;
}

/** A lab in which everything that is named exists; else all faults at once. Files are read, nothing else is touched. */
export type LoadedLab =
  | {
      readonly ok: true;
      readonly lab: Lab;
      /** Values of the secrets that are set, by name; masked in everything that is kept. */
      readonly secrets: Readonly<Record<string, string>>;
      readonly warnings: readonly Diagnostic[];
    }
  | { readonly ok: false; readonly faults: readonly Diagnostic[] };

/** Finds, reads and checks a lab file with its overlay and plans, or makes a lab of one from a port. */
export async function loadLab(request: LabRequest): Promise<LoadedLab> {
  const { cwd, file, port, board } = request;
  if (port !== undefined)
    return file === undefined
      ? await labOfOne({ ...request, port })
      : refuse('--port makes a lab of one board, -c reads one from a file', 'give one of them');
  if (board !== undefined) return refuse('--board says which board is on --port, and there is none', 'add --port');
  const found = file === undefined ? await findLabFile(cwd) : path.resolve(cwd, file);
  return found === undefined
    ? refuse(
        `there is no lab file here: none of ${SEARCH_PLACES.join(', ')} in ${cwd} or above it`,
        'copy testbed.yaml.example, name one with -c FILE, or test a single board with --port a0',
      )
    : await labFromFile(found, request);
}

function refuse(message: string, suggestion: string): LoadedLab {
  return { ok: false, faults: [{ severity: 'error', message, suggestion }] };
}
