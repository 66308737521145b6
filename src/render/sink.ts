import type { OutputStream } from './renderer.ts';

/** A stream that may be closed by its reader at any time (`| head`); then there is nothing left to say, quietly. */
export class Sink {
  readonly stream: OutputStream;
  #closed = false;

  constructor(stream: OutputStream) {
    this.stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#closed = true;
      // Whoever owns the stream decides about other faults; this listener only keeps EPIPE from ending the process.
      if (error.code !== 'EPIPE' && stream.listenerCount('error') === 1) throw error;
    });
  }

  /** Nobody reads any more. */
  get closed(): boolean {
    return this.#closed;
  }

  line(text: string): void {
    if (!this.#closed) this.stream.write(`${text}\n`);
  }
}
