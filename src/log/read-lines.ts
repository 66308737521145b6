import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';

const BLOCK = 256 * 1024;
/** Records never hold output, so a longer line is none of ours; it also bounds the memory of a reader. */
const LONGEST = 16 * 1024 * 1024;

/** One line of a file, without its newline, or what stands after the last newline (`whole: false`). */
export interface FileLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Its newline is there. A record counts only then: line and newline were one write. */
  readonly whole: boolean;
  /** Its bytes are UTF-8. If not, `text` is a lossy reading of it. */
  readonly utf8: boolean;
}

/**
 * The lines of a file in order, read in blocks: memory does not grow with the file. The file may grow meanwhile; reading
 * stops at the end as it is then. A line above 16 MB is cut and given with `whole: false`, and reading stops. `from` is where
 * to begin, bytes; lines are counted from there. `passed` is told, each time all whole lines of a block were given, where the
 * next one begins, bytes.
 */
export function* readLines(
  file: string,
  from = 0,
  passed?: (offset: number) => void,
): Generator<FileLine, void, void> {
  const descriptor = openSync(file, 'r');
  try {
    let number = 0;
    let position = from;
    let rest: Buffer = Buffer.alloc(0);
    const block = Buffer.allocUnsafe(BLOCK);
    while (true) {
      const size = readSync(descriptor, block, 0, BLOCK, position);
      if (size === 0) break;
      position += size;
      const data =
        rest.length === 0 ? block.subarray(0, size) : Buffer.concat([rest, block.subarray(0, size)]);
      const end = data.lastIndexOf(10);
      if (end >= 0) {
        for (const line of linesOf(data.subarray(0, end))) yield { ...line, number: ++number };
      }
      rest = Buffer.from(data.subarray(end + 1));
      passed?.(position - rest.length);
      if (rest.length > LONGEST) break;
    }
    if (rest.length > 0)
      yield { text: rest.toString('utf8'), number: number + 1, whole: false, utf8: isUtf8(rest) };
  } finally {
    closeSync(descriptor);
  }
}

/** A block is decoded at once, which is several times faster than line by line; only a bad one is looked at in detail. */
function* linesOf(block: Buffer): Generator<Omit<FileLine, 'number'>, void, void> {
  if (isUtf8(block)) {
    for (const text of block.toString('utf8').split('\n')) yield { text, whole: true, utf8: true };
    return;
  }
  let start = 0;
  while (start <= block.length) {
    const found = block.indexOf(10, start);
    const end = found < 0 ? block.length : found;
    const bytes = block.subarray(start, end);
    yield { text: bytes.toString('utf8'), whole: true, utf8: isUtf8(bytes) };
    start = end + 1;
  }
}
