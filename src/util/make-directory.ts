import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes a directory and what is missing above it; false when it was there. Throws the system's error. Node's own
 * `recursive: true` never returns where a parent is there and still says ENOENT, as `/proc` and automounts do.
 */
export function makeDirectory(directory: string): boolean {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return false;
  try {
    mkdirSync(directory);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(directory).isDirectory()) return false;
    const above = path.dirname(directory);
    if (code !== 'ENOENT' || !makeDirectory(above)) throw error;
  }
  return makeDirectory(directory);
}
