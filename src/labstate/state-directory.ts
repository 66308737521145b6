import { chmodSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeDirectory } from '../util/make-directory.ts';
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

/** Writes a file that must not exist yet; throws the system's error. */
export function writeNewFile(stateDirectory: string, file: string, text: string): void {
  writeFileSync(file, text, { flag: 'wx' });
  if (isShared(stateDirectory)) chmodSync(file, 0o664);
}

/** True when the group may write in the state directory. */
export function isShared(stateDirectory: string): boolean {
  return (statSync(stateDirectory).mode & GROUP_WRITE) !== 0;
}
