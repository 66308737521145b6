import net from 'node:net';
import { socketOf } from './address.ts';

/** A connection to an interpreter of a stage: what it says, line by line, and what it is asked. */
export class Lines {
  /** Resolves when nobody is at the other end any more. */
  readonly closed: Promise<void>;
  readonly #socket: net.Socket;
  #begun = '';
  readonly #read: string[] = [];
  #waiting: ((line: string | undefined) => void) | undefined;
  #over = false;

  /** @param address as the interpreter announced it */
  static to(address: string): Lines {
    return new Lines(net.connect(socketOf(address)));
  }

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#socket.setEncoding('utf8').on('data', (text: string) => this.#heard(text));
    this.#socket.on('error', () => undefined);
    this.closed = new Promise((resolve) =>
      this.#socket.once('close', () => {
        this.#over = true;
        this.#waiting?.(undefined);
        resolve();
      }),
    );
  }

  /** Asks with these parts, none of which may hold a NUL byte. */
  ask(parts: readonly string[]): void {
    const text = Buffer.from(parts.join('\0'));
    const size = Buffer.alloc(4);
    size.writeUInt32BE(text.length);
    this.#socket.write(Buffer.concat([size, text]));
  }

  /** The next line, for one who waits at a time; undefined: none will come. */
  async next(): Promise<string | undefined> {
    const line = this.#read.shift();
    if (line !== undefined || this.#over) return line;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.#waiting = resolve;
    return await promise;
  }

  /** The words of the next line; none when it does not come, or not before the signal, and then this is closed. */
  async answer(signal: AbortSignal): Promise<readonly string[]> {
    const close = (): void => this.close();
    signal.addEventListener('abort', close);
    if (signal.aborted) close();
    const line = await this.next();
    signal.removeEventListener('abort', close);
    return line?.split(' ') ?? [];
  }

  close(): void {
    this.#socket.destroy();
  }

  #heard(text: string): void {
    const lines = (this.#begun + text).split('\n');
    this.#begun = lines.pop() ?? '';
    this.#read.push(...lines);
    const waiting = this.#waiting;
    const line = waiting === undefined ? undefined : this.#read.shift();
    if (line === undefined) return;
    this.#waiting = undefined;
    waiting?.(line);
  }
}
