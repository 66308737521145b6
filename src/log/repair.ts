import { appendFileSync, closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { JournalFault } from './journal.ts';

const BLOCK = 64 * 1024;

/**
 * Makes a log of a dead session one that can go on: what stands after its last whole line is moved to `events.torn` beside
 * it. Resolves to that file, or undefined when nothing was torn. Throws `JournalFault` when the disk does not take it.
 */
export function repairLog(file: string): string | undefined {
  const torn = path.join(path.dirname(file), 'events.torn');
  try {
    const descriptor = openSync(file, 'r+');
    try {
      const { size } = fstatSync(descriptor);
      const end = endOfLines(descriptor, size);
      if (end === size) return undefined;
      const tail = Buffer.alloc(size - end);
      readSync(descriptor, tail, 0, tail.length, end);
      // Kept before it is cut off: killed in between, it stands twice, which harms nobody.
      appendFileSync(torn, Buffer.concat([tail, Buffer.from('\n')]), { flush: true });
      ftruncateSync(descriptor, end);
      return torn;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new JournalFault(file, error as NodeJS.ErrnoException);
  }
}

/** The offset after the last newline. */
function endOfLines(descriptor: number, size: number): number {
  const block = Buffer.alloc(BLOCK);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - BLOCK);
    const read = readSync(descriptor, block, 0, end - start, start);
    const newline = block.subarray(0, read).lastIndexOf(10);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}
