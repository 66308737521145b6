import fs from 'node:fs';
import { CELL, type Shared } from '../shared.ts';

const CAPACITY = 8_192;
/** After so long without a reader, output is dropped until one is there again, as boards with USB serial do. */
const STALL_LIMIT_MS = 500;
const NEWLINE = 10;
const RETURN = 13;

/** What the board sends down its line, with the faults that concern it. */
export class Output {
  readonly #shared: Shared;
  readonly #buffer = Buffer.alloc(CAPACITY);
  readonly #pause = new Int32Array(new SharedArrayBuffer(4));
  #length = 0;
  #previous = 0;
  #stalled = false;
  #sent = 0;
  #slowed = true;
  #diverted: ((byte: number) => void) | undefined;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** Text as the interpreter prints it: a bare newline becomes `\r\n`, as boards do. */
  print(bytes: Iterable<number>): void {
    for (const byte of bytes) {
      if (this.#diverted !== undefined) {
        this.#diverted(byte);
        continue;
      }
      if (byte === NEWLINE && this.#previous !== RETURN) this.#add(RETURN);
      this.#add(byte);
      this.#previous = byte;
    }
  }

  /** Bytes as the interpreter prints them to a binary stream: as they are. */
  printBinary(bytes: Iterable<number>): void {
    for (const byte of bytes) {
      if (this.#diverted === undefined) this.#add(byte);
      else this.#diverted(byte);
    }
    this.#previous = 0;
  }

  /** Bytes as they are, for the raw-paste protocol; never diverted. */
  send(...bytes: readonly number[]): void {
    for (const byte of bytes) this.#add(byte);
    this.flush();
  }

  /** Hands what is printed to `sink` instead, until called with nothing. */
  divert(sink?: (byte: number) => void): void {
    this.#diverted = sink;
  }

  /** An input was taken, so what is sent next is an answer, and may be slow. */
  answering(): void {
    this.#slowed = false;
  }

  flush(): void {
    if (this.#length === 0) return;
    const delay = this.#shared.get(CELL.slowMs);
    if (delay > 0 && !this.#slowed) this.#wait(delay);
    this.#slowed = true;
    const length = this.#drop(this.#length);
    this.#length = 0;
    this.#write(length);
  }

  #add(byte: number): void {
    this.#buffer[this.#length++] = byte;
    if (this.#length === CAPACITY) this.flush();
  }

  /** Loses one byte in so many: the same ones each time, so that a failing test can be repeated. */
  #drop(length: number): number {
    const oneIn = this.#shared.get(CELL.dropOneIn);
    if (oneIn === 0) return length;
    let kept = 0;
    for (let index = 0; index < length; index++)
      if (++this.#sent % oneIn !== 0) this.#buffer[kept++] = this.#buffer[index] ?? 0;
    return kept;
  }

  #write(length: number): void {
    let offset = 0;
    for (let waited = 0; offset < length; waited++) {
      const written = this.#shared.locked(CELL.lineLock, () => this.#attempt(offset, length));
      if (written === undefined) return;
      offset += written;
      if (written > 0) {
        this.#stalled = false;
        waited = 0;
        continue;
      }
      this.#stalled ||= waited > STALL_LIMIT_MS;
      if (this.#stalled) return;
      this.#wait(1);
    }
  }

  /** How many bytes went out, 0 when the line is full, undefined when there is none. */
  #attempt(offset: number, length: number): number | undefined {
    const line = this.#shared.get(CELL.line);
    if (line < 0) return undefined;
    try {
      return fs.writeSync(line, this.#buffer, offset, length - offset);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : undefined;
    }
  }

  #wait(ms: number): void {
    Atomics.wait(this.#pause, 0, 0, ms);
  }
}
