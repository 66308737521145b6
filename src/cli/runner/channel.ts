import type { Socket } from 'node:net';

/** Above so many bytes that the other side has not taken, what is only for the screen is left out. */
const MOST_WAITING = 1024 * 1024;

/** One end of a connection with a runner: messages as lines of JSON, both ways. */
export class Channel<In, Out> {
  /** Resolves when nothing more will come. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #onMessage: ((message: In) => void) | undefined;
  /** What came before anybody listened. */
  readonly #early: In[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    // It is followed by 'close', which is enough.
    socket.on('error', () => undefined);
    let begun = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (begun + text).split('\n');
      begun = lines.pop() ?? '';
      for (const line of lines) if (!socket.destroyed) this.#heard(line);
    });
  }

  /** Tells every message from now on, those first that came before. */
  listen(onMessage: (message: In) => void): void {
    this.#onMessage = onMessage;
    for (const message of this.#early.splice(0)) onMessage(message);
  }

  send(message: Out): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  /** The same for what is not missed when the other side is slow. */
  sendIfRoom(message: Out): void {
    if (this.#socket.writableLength < MOST_WAITING) this.send(message);
  }

  /** Nothing more is sent; the other side gets what was. */
  end(): void {
    this.#socket.end();
  }

  /** Ends it at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #heard(line: string): void {
    let message: In;
    try {
      message = JSON.parse(line) as In;
    } catch {
      // Whoever talks so is no testbed.
      return this.destroy();
    }
    if (this.#onMessage === undefined) this.#early.push(message);
    else this.#onMessage(message);
  }
}
