import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { typeOfLine } from '../event/wire.ts';

/** Far above what the record of a session's end takes, bytes. */
const TAIL = 4096;

/** Whether the last record of a log is `session-finished`, by its last bytes alone; false for what is no log, or is not there. */
export function isFinished(eventsFile: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(eventsFile, 'r');
  } catch {
    return false;
  }
  try {
    const { size } = fstatSync(descriptor);
    const tail = Buffer.alloc(Math.min(size, TAIL));
    const read = readSync(descriptor, tail, 0, tail.length, size - tail.length);
    const lines = tail.toString('utf8', 0, read).split('\n');
    return lines.at(-1) === '' && typeOfLine(lines.at(-2) ?? '') === 'session-finished';
  } finally {
    closeSync(descriptor);
  }
}
