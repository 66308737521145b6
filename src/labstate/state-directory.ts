import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inState } from './fault.ts';

const GROUP_WRITE = 0o020;

/**
 * Makes a folder of the state directory and gives its path. Where the state directory itself is writable by its group,
 * several users share the bench: then whatever is made in it is writable by the group too, whatever the umask says.
 */
export function stateFolder(stateDirectory: string, name: string): string {
  const folder = path.join(stateDirectory, name);
  inState(stateDirectory, () => makeDirectory(stateDirectory));
  inState(folder, () => {
    if (makeDirectory(folder) && isShared(stateDirectory)) chmodSync(folder, 0o2775);
  });
  return folder;
}

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

/** Writes a file that must not exist yet; throws the system's error. */
export function writeNewFile(stateDirectory: string, file: string, text: string): void {
  writeFileSync(file, text, { flag: 'wx' });
  if (isShared(stateDirectory)) chmodSync(file, 0o664);
}

/** True when the group may write in the state directory. */
export function isShared(stateDirectory: string): boolean {
  return (statSync(stateDirectory).mode & GROUP_WRITE) !== 0;
}
