import type { Readable } from 'node:stream';
import { atMost } from '../watch.ts';
import { drain, DRAIN_MS } from './drain.ts';

/** What a test process says on one of its pipes. */
export interface Source {
  /** Hands on what comes from now on. */
  listen(take: (chunk: Buffer) => void): void;
  /** The reader has enough for now. */
  pause(): void;
  resume(): void;
  /** The test is gone: resolves when what it wrote last was handed on. */
  end(): Promise<void>;
}

/** A pipe that was made for one process. */
export class StreamSource implements Source {
  readonly #stream: Readable;
  #closed: Promise<void> | undefined;
  #unread = false;

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  listen(take: (chunk: Buffer) => void): void {
    this.#closed = drain(this.#stream, take);
  }

  pause(): void {
    this.#unread = true;
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  async end(): Promise<void> {
    do {
      // What was not read because the reader had enough is still there.
      this.#unread = this.#stream.isPaused();
      if (this.#closed !== undefined) await atMost(DRAIN_MS, this.#closed);
    } while (this.#unread && !this.#stream.closed);
    this.#stream.destroy();
  }
}
