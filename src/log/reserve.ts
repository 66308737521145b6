import { rmSync, writeFileSync } from 'node:fs';

/** The record of an order that is not run, and a little. */
const BYTES_OF_ORDER = 256;
/** The records of the end, and what a filesystem wants for itself. */
const BYTES_OF_END = 16 * 1024;

/**
 * Disk space that is put by when a session begins, so that a disk that is full by then still takes the end of its log. A
 * process that is killed leaves the file behind; it holds nothing.
 */
export class Reserve {
  readonly #file: string;

  /** Makes the file `file`, enough for so many orders to be told as not run. A disk that has no room for it is no fault yet. */
  constructor(file: string, orders: number) {
    this.#file = file;
    try {
      // Not zeros by ftruncate: a file with a hole takes no space.
      writeFileSync(file, Buffer.alloc(BYTES_OF_END + orders * BYTES_OF_ORDER));
    } catch {
      this.free();
    }
  }

  /** Gives the space back; twice is fine. */
  free(): void {
    try {
      rmSync(this.#file, { force: true });
    } catch {
      // A read-only disk: nothing will be written on it, whatever we do.
    }
  }
}
