import type { Writable } from 'node:stream';
import type { Port } from './port.ts';

/** So much may wait inside a stream, bytes; the rest waits where it can be counted and dropped. */
const MOST_INSIDE = 64 * 1024;

/** A port on a stream of Node's: a socket, or whatever a caller passed in. */
export class StreamPort implements Port {
  readonly #stream: Writable;
  readonly #owned: boolean;
  #error: Error | undefined;
  #ready: (() => void) | undefined;

  /** @param owned it is destroyed with the port */
  constructor(stream: Writable, owned: boolean) {
    this.#stream = stream;
    this.#owned = owned;
    stream.on('error', (error: Error) => {
      this.#error = error;
      this.#wake();
    });
    stream.on('drain', () => this.#wake());
    stream.on('close', () => this.#wake());
  }

  get flushed(): boolean {
    return this.#stream.writableLength === 0 || this.#stream.destroyed;
  }

  write(bytes: Uint8Array): number {
    if (this.#error !== undefined) throw this.#error;
    if (this.#stream.destroyed) throw Object.assign(new Error('closed'), { code: 'ERR_STREAM_DESTROYED' });
    if (this.#stream.writableLength >= MOST_INSIDE) return 0;
    this.#stream.write(bytes);
    return bytes.length;
  }

  whenReady(ready: () => void): void {
    this.#ready = ready;
    if (!this.#stream.writableNeedDrain) setImmediate(() => this.#wake());
  }

  close(): void {
    if (this.#owned) this.#stream.destroy();
  }

  #wake(): void {
    const ready = this.#ready;
    this.#ready = undefined;
    ready?.();
  }
}
