import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { TestbedEvent } from '../event/event.ts';
import { toLine } from '../event/wire.ts';
import type { FromWorker } from '../model/job.ts';

/** The descriptor on which the dispatcher reads; the test process never inherits it. */
const DESCRIPTOR = 3;
/** Above so many unread bytes, progress is dropped and those who can wait do. */
const FULL = 256 * 1024;
/** So long an event may wait for others: every write wakes the dispatcher, and a short run is then one write. */
const TOGETHER_MS = 10;

/** The worker's way out: event lines and messages, in order, never blocking the event loop on a reader that is slow. */
export class Channel {
  readonly #socket: Socket | undefined;
  /** Lines that leave together. */
  #batch = '';
  #timer: NodeJS.Timeout | undefined;

  /** `onGone` is called when nobody reads any more. */
  constructor(onGone: () => void) {
    try {
      this.#socket = new Socket({ fd: DESCRIPTOR, readable: false, writable: true });
      this.#socket.on('error', onGone);
    } catch {
      // A regular file, when a worker is tried out by hand: writes to it never wait.
    }
  }

  event(event: TestbedEvent): void {
    this.#write(toLine(event));
  }

  message(message: FromWorker): void {
    if (message.kind === 'progress' && this.full) return;
    this.#write(JSON.stringify(message));
    // Somebody waits for it.
    this.flush();
  }

  get full(): boolean {
    return (this.#socket?.writableLength ?? 0) + this.#batch.length > FULL;
  }

  /** Resolves when the reader has caught up, or at once. */
  async drained(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined || !this.full || socket.destroyed) return;
    this.flush();
    if (socket.writableLength === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.once('drain', resolve).once('close', resolve);
    await promise;
    socket.off('drain', resolve).off('close', resolve);
  }

  /** Sends what is waiting, for one who is about to leave. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#batch;
    this.#batch = '';
    if (lines === '') return;
    if (this.#socket !== undefined) this.#socket.write(lines);
    else writeSync(DESCRIPTOR, lines);
  }

  #write(line: string): void {
    this.#timer ??= setTimeout(() => this.flush(), TOGETHER_MS);
    this.#batch += `${line}\n`;
  }
}
