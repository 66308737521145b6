import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes a directory and what is missing above it; false when it was there. Throws the system's error. Others may make the
 * same directories at once. Node's own `recursive: true` never returns where a parent is there and still says ENOENT, as
 * `/proc` and automounts do.
 */
export function makeDirectory(directory: string): boolean {
  if (isDirectory(directory)) return false;
  try {
    return makeOne(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  makeDirectory(path.dirname(directory));
  // Now that its parent is there, a second ENOENT is what the file system means.
  return makeOne(directory);
}

function makeOne(directory: string): boolean {
  try {
    mkdirSync(directory);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && isDirectory(directory)) return false;
    throw error;
  }
}

function isDirectory(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}
