import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { JournalFault } from '../log/journal.ts';

/** As much as the files of a run that says little. */
const PROBE_BYTES = 16 * 1024;

/**
 * Why a directory takes no new files, as a sentence with what to do; undefined when it does. Whether a run that could not
 * be kept has only itself to blame, or all that come after it would fare the same.
 */
export function diskFault(directory: string): string | undefined {
  const probe = path.join(directory, '.probe');
  try {
    writeFileSync(probe, Buffer.alloc(PROBE_BYTES));
    return undefined;
  } catch (error) {
    return new JournalFault(directory, error as NodeJS.ErrnoException).message;
  } finally {
    try {
      rmSync(probe, { force: true });
    } catch {
      // A disk that takes nothing gives nothing up either.
    }
  }
}
