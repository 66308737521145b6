import path from 'node:path';
import { findLabFile, SEARCH_PLACES } from './find.ts';
import { labFromFile } from './lab-from-file.ts';
import { labOfOne } from './lab-of-one.ts';
import type { LabRequest, LoadedLab } from './request.ts';

export type { LabRequest, LoadedLab } from './request.ts';

/** Finds, reads and checks a lab file with its overlay and plans, or makes a lab of one from a port. */
export async function loadLab(request: LabRequest): Promise<LoadedLab> {
  const { cwd, file, port, board } = request;
  if (port !== undefined)
    return file === undefined
      ? await labOfOne({ ...request, port })
      : refuse('--port makes a lab of one board, -c reads one from a file', 'give one of them');
  if (board !== undefined)
    return refuse('--board says which board is on --port, and there is none', 'add --port');
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
