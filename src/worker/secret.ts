import { openSync, readSync } from 'node:fs';

const BYTES = 16;
let source: number | undefined;

/** 32 hexadecimal digits that nobody can guess. From the system: `node:crypto` would cost a megabyte, and each fork with it. */
export function newSecret(): string {
  source ??= openSync('/dev/urandom', 'r');
  const bytes = Buffer.alloc(BYTES);
  readSync(source, bytes);
  return bytes.toString('hex');
}
