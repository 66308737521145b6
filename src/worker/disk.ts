import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';

/** Something of a run could not be written: the run is an `error` with cause `disk`, whatever the test said. */
export class DiskFault extends Error {
  override readonly name = 'DiskFault';
}

/** `doing` completes the sentence "Could not …". */
function onDisk<T>(doing: string, action: () => T): T {
  try {
    return action();
  } catch (fault) {
    const { code, message } = fault as NodeJS.ErrnoException;
    const why = code === 'ENOSPC' ? 'the disk is full' : message;
    throw new DiskFault(`Could not ${doing}: ${why}`, { cause: fault });
  }
}

/**
 * Makes the directory of a run, empty. What stands there is left over from an attempt that was cut off and never
 * counted; its results must not be taken for ours.
 */
export function makeRunDirectory(directory: string): void {
  onDisk(`make ${directory}`, () => {
    try {
      mkdirSync(directory);
    } catch (fault) {
      const { code } = fault as NodeJS.ErrnoException;
      if (code !== 'EEXIST' && code !== 'ENOENT') throw fault;
      if (code === 'EEXIST') rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
    }
  });
}

/** A reader sees the old file or the new one, never half of one. */
export function writeWhole(file: string, text: string): void {
  onDisk(`write ${file}`, () => {
    writeFileSync(`${file}.tmp`, text);
    renameSync(`${file}.tmp`, file);
  });
}

/** An append-only file of bytes, opened at its first write, or at its end when there was none. */
export class OutputFile {
  readonly #file: string;
  #descriptor: number | undefined;
  #closed = false;

  constructor(file: string) {
    this.#file = file;
  }

  write(bytes: Uint8Array): void {
    onDisk(`write ${this.#file}`, () => {
      this.#descriptor ??= openSync(this.#file, 'w');
      for (let done = 0; done < bytes.length;) done += writeSync(this.#descriptor, bytes, done);
    });
  }

  /** The file is there from here on, even if nothing was written. Closing twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    onDisk(`write ${this.#file}`, () => {
      closeSync(this.#descriptor ?? openSync(this.#file, 'w'));
      this.#descriptor = undefined;
    });
  }
}
