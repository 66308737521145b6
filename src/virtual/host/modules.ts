import { readFile } from 'node:fs/promises';

const MEMORY_SECTION = 5;
const HEADER_BYTES = 8;
/** Limits of a memory: 1 has a maximum, 3 has one and is shared between threads. */
const BOUNDED = 1;
const SHARED = 3;

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/**
 * The interpreter of a `.wasm` file with a memory that threads can share, compiled once and then given to every board's
 * worker. The memory is changed in the file's one memory section, one byte; the code stays what the file's sha256 says.
 */
export function interpreterModule(file: string): Promise<WebAssembly.Module> {
  let module = compiled.get(file);
  if (module === undefined) {
    module = readFile(file).then((bytes) => WebAssembly.compile(withSharedMemory(bytes, file)));
    compiled.set(file, module);
  }
  return module;
}

function withSharedMemory(bytes: Buffer, file: string): Uint8Array<ArrayBuffer> {
  const patched = Uint8Array.from(bytes);
  let position = HEADER_BYTES;
  while (position < patched.length) {
    const section = patched[position];
    const { value: length, next } = readVarint(patched, position + 1);
    if (section === MEMORY_SECTION && patched[next] === 1 && patched[next + 1] === BOUNDED) {
      patched[next + 1] = SHARED;
      return patched;
    }
    position = next + length;
  }
  throw new Error(`Internal error: expected one bounded memory in ${file}, was none`);
}

/** An unsigned LEB128 number. */
function readVarint(bytes: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let next = start, shift = 0; ; next++, shift += 7) {
    const byte = bytes[next] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value: value >>> 0, next: next + 1 };
  }
}
