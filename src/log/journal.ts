import { closeSync, constants, ftruncateSync, fstatSync, openSync, writeSync } from 'node:fs';

/** A record could not be kept: the disk is full, broken or read-only. The message says what to do; the file ends with a whole record. */
export class JournalFault extends Error {
  /** Absolute path of the file that could not grow. */
  readonly file: string;
  /** The system's name for it, such as `ENOSPC`. */
  readonly code: string;
  constructor(file: string, cause: NodeJS.ErrnoException) {
    const code = cause.code ?? 'unknown';
    super(`${file} can not be written (${code}): ${adviceFor(code, cause.message)}`, { cause });
    this.file = file;
    this.code = code;
  }
}

/**
 * The append-only record of one session: whole lines, one write each, synchronous, so that what was told to others was
 * written before. A process that is killed leaves at most one torn line, and only if the system itself tore the write.
 */
export class Journal {
  readonly #file: string;
  #descriptor: number;
  /** Bytes of whole records; what lies beyond is cut off again. */
  #size: number;
  /** Set when half a record could not be cut off: nothing may follow it. */
  #broken: JournalFault | undefined;

  private constructor(file: string, descriptor: number) {
    this.#file = file;
    this.#descriptor = descriptor;
    this.#size = fstatSync(descriptor).size;
  }

  /** Makes the file, which must not exist yet; throws `JournalFault` when it can not. */
  static create(file: string): Journal {
    try {
      return new Journal(file, openSync(file, 'ax'));
    } catch (error) {
      throw new JournalFault(file, error as NodeJS.ErrnoException);
    }
  }

  /** Opens the log of a session that goes on, at its end; throws `JournalFault`. */
  static reopen(file: string): Journal {
    try {
      return new Journal(file, openSync(file, constants.O_WRONLY | constants.O_APPEND));
    } catch (error) {
      throw new JournalFault(file, error as NodeJS.ErrnoException);
    }
  }

  /** Adds one record, given without its newline; throws `JournalFault` when it is not wholly in the file. */
  append(line: string): void {
    if (this.#descriptor < 0)
      throw new Error(`Internal error: expected an open journal, was closed: ${line}`);
    if (this.#broken !== undefined) throw this.#broken;
    const record = `${line}\n`;
    try {
      const written = writeSync(this.#descriptor, record);
      const size = Buffer.byteLength(record);
      // A short write is how a filesystem says that it is nearly full; the next one names the reason.
      if (written < size) this.#writeRest(Buffer.from(record), written);
      this.#size += size;
    } catch (error) {
      throw this.#undo(error as NodeJS.ErrnoException);
    }
  }

  /** No more records; closing twice is fine. */
  close(): void {
    if (this.#descriptor < 0) return;
    closeSync(this.#descriptor);
    this.#descriptor = -1;
  }

  #writeRest(bytes: Buffer, from: number): void {
    let offset = from;
    while (offset < bytes.length) offset += writeSync(this.#descriptor, bytes, offset);
  }

  #undo(error: NodeJS.ErrnoException): JournalFault {
    const fault = new JournalFault(this.#file, error);
    try {
      ftruncateSync(this.#descriptor, this.#size);
    } catch {
      this.#broken = fault;
    }
    return fault;
  }
}

function adviceFor(code: string, message: string): string {
  switch (code) {
    case 'ENOSPC':
      return 'the disk is full. Free some space; what was finished is kept.';
    case 'EDQUOT':
      return "the user's disk quota is used up. Free some space; what was finished is kept.";
    case 'EFBIG':
      return 'the file may not grow further ("ulimit -f", or a limit of the filesystem). What was finished is kept.';
    case 'EIO':
      return 'the disk reports an error. Look into the kernel log (dmesg) before you trust this disk again.';
    case 'EROFS':
      return 'the filesystem is read-only. Keep sessions elsewhere with --results DIR.';
    case 'EACCES':
    case 'EPERM':
      return 'no permission. Keep sessions elsewhere with --results DIR, or correct the owner of the directory.';
    case 'ENOENT':
      return 'its directory is not there any more.';
    case 'EEXIST':
      return 'the file is there already, and a log is never written over.';
    default:
      return message;
  }
}
