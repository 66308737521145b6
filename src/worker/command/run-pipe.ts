import { closeSync, constants, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { atMost } from '../watch.ts';
import { DRAIN_MS } from './drain.ts';
import type { Source } from './source.ts';

/** As much as a pipe holds; more can only come from somebody who still writes, and nobody of the test does. */
const MOST_LEFT = 1024 * 1024;

const block = Buffer.alloc(16 * 1024);

/**
 * A pipe on which one test process after the other says something: to make pipes for each run, and streams to read them, costs
 * 0.2 ms and more. Each gets a writing end of its own, so flags that one sets are not the next
 * one's, and a pipe that anybody still has open for writing when the test is gone serves nobody else.
 */
export class RunPipe implements Source {
  readonly #reading: number;
  #writing: number;
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #take: ((chunk: Buffer) => void) | undefined;
  #spent = false;

  /** @param file a fifo; its name may be taken away afterwards. Throws what the system says. */
  constructor(file: string) {
    this.#reading = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      this.#writing = this.#open();
    } catch (fault) {
      closeSync(this.#reading);
      throw fault;
    }
    this.#socket = new Socket({ fd: this.#reading, readable: true, writable: false });
    this.#socket.on('data', (chunk: Buffer) => this.#take?.(chunk));
    this.#socket.on('error', () => undefined);
    this.#closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
  }

  /** Its writing end, for the test process to inherit; the next one gets another. */
  get descriptor(): number {
    return this.#writing;
  }

  /** It serves nobody else: somebody was left who may write, or the system had no descriptor left to open it once more. */
  get spent(): boolean {
    return this.#spent;
  }

  /** How a process that does not inherit it can open it; a fifo. It has no other name, so nothing can stay behind. */
  get name(): string {
    return `/proc/${process.pid}/fd/${this.#writing}`;
  }

  /** Hands on what comes from now on. */
  listen(take: (chunk: Buffer) => void): void {
    this.#take = take;
    this.#socket.resume();
  }

  /** The reader has enough for now. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The test is gone: hands on what it wrote last, and, if somebody can still write, what comes in a moment. */
  async end(): Promise<void> {
    if (this.#finish()) return;
    this.#socket.resume();
    await atMost(DRAIN_MS, this.#closed);
    this.#socket.destroy();
  }

  close(): void {
    this.#socket.destroy();
    if (!this.#spent) closeSync(this.#writing);
  }

  /** Hands on what is there. True: that was all, nobody is left who could write. */
  #finish(): boolean {
    // Until it is open again its number may be anybody's.
    this.#spent = true;
    closeSync(this.#writing);
    // What was read while the reader had enough comes before what is still in the pipe; each read is heard as data.
    while (this.#socket.read() !== null);
    if (!this.#drain()) return false;
    this.#take = undefined;
    this.#renew();
    return true;
  }

  /** A writing end for the next one; without one it is spent, and whoever needs a pipe hears why none can be made. */
  #renew(): void {
    try {
      this.#writing = this.#open();
      this.#spent = false;
    } catch {
      // There are too many open files, on this system or in this process.
    }
  }

  /** Whether the end was there, which is when nobody has it open for writing. */
  #drain(): boolean {
    for (let left = MOST_LEFT; left > 0;) {
      const read = readNow(this.#reading);
      if (read === 0) return true;
      if (read === undefined) return false;
      left -= read;
      this.#take?.(Buffer.from(block.subarray(0, read)));
    }
    return false;
  }

  /** By its place in `/proc`, a pipe can be opened once more. */
  #open(): number {
    return openSync(`/proc/self/fd/${this.#reading}`, constants.O_WRONLY);
  }
}

/** How many bytes are there, up to a block of them; 0: the end, undefined: nothing now. */
function readNow(descriptor: number): number | undefined {
  try {
    return readSync(descriptor, block);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw fault;
  }
}
