import net from 'node:net';

/** Abstract, so that no file can stay behind, and as long as can be: then all versions of libuv mean the same by it. */
function socketOf(address: string): string {
  return `\0${`testbed-${address}`.padEnd(107, '-')}`;
}

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
  constructor(address: string) {
    this.#socket = net.connect(socketOf(address));
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
