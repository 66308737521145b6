import { readSync, writeSync } from 'node:fs';
import { SerialFault, readable, type PortHolder } from './fault.ts';
import { holderOf } from './holder.ts';
import { within } from './within.ts';

/** Whoever listens to a line. */
export interface LineListener {
  /** Bytes came; the buffer is only valid during the call. */
  data(bytes: Buffer): void;
  /** The other side is gone; nothing comes any more. */
  gone(fault: SerialFault): void;
}

export interface LineOptions {
  readonly path: string;
  /** Of the opening; ms. */
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Of no meaning to USB boards; default 115200. */
  readonly baudRate?: number | undefined;
}

/** What we use of a port of serialport's binding, on Linux and macOS. */
interface Port {
  readonly fd: number | null;
  readonly poller: {
    on(event: 'readable' | 'writable', callback: (error: Error | null) => void): unknown;
    /** Waits for these events instead of those it waited for until now; all end with the first that comes. */
    poll(events: number): void;
  };
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Events of the poller. */
const READABLE = 1;
const WRITABLE = 2;

/**
 * An open serial port, ours alone (flock, as pyserial's `exclusive=True`). Bytes are read and written without a thread
 * pool in between: the descriptor does not block, and serialport's own poller says when it is ready. That halves the time
 * of an exchange with a board and takes a fifth of the CPU of serialport's stream.
 */
export class SerialLine {
  readonly path: string;
  readonly #port: Port;
  readonly #buffer = Buffer.allocUnsafe(64 * 1024);
  readonly #unwritten: Buffer[] = [];
  #listener: LineListener | undefined;
  #ended: SerialFault | undefined;
  #closed = false;

  constructor(path: string, port: Port) {
    this.path = path;
    this.#port = port;
    port.poller.on('readable', (error) => this.#ready(error, () => this.#readIn()));
    port.poller.on('writable', (error) => this.#ready(error, () => this.#writeOut()));
    this.#await();
  }

  /** Set once the other side is gone. */
  get ended(): SerialFault | undefined {
    return this.#ended;
  }

  /** Bytes that the kernel has not taken yet, because the board does not read. */
  get backlog(): number {
    return this.#unwritten.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  /** There is one listener at a time; bytes that come while there is none are dropped. */
  listen(listener: LineListener | undefined): void {
    this.#listener = listener;
    if (this.#ended !== undefined) listener?.gone(this.#ended);
  }

  /** Hands bytes to the kernel, now or as soon as it takes them. Never blocks, never throws: a loss is told by `gone`. */
  write(bytes: Uint8Array | string): void {
    if (this.#closed || this.#ended !== undefined) return;
    const buffer = Buffer.from(bytes as string);
    const waiting = this.#unwritten.length > 0;
    this.#unwritten.push(buffer);
    if (waiting) return;
    this.#writeOut();
    if (this.#unwritten.length > 0) this.#await();
  }

  /** Forgets what the kernel has not taken, and what it holds in both directions. */
  async discard(): Promise<void> {
    this.#unwritten.length = 0;
    // Fails when the other side is gone; that is told by `gone`.
    if (!this.#closed) await this.#port.flush().catch(() => undefined);
  }

  /** Lets go of the port. Never fails. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener = undefined;
    this.#unwritten.length = 0;
    await this.#port.close().catch(() => undefined);
  }

  /** What the poller waits for is always said as a whole: one wait would end the other. */
  #await(): void {
    if (this.#closed || this.#ended !== undefined) return;
    this.#port.poller.poll(this.#unwritten.length > 0 ? READABLE | WRITABLE : READABLE);
  }

  #ready(error: Error | null, act: () => void): void {
    if (this.#closed || this.#ended !== undefined) return;
    if (error === null) act();
    else this.#end();
    this.#await();
  }

  #readIn(): void {
    const { fd } = this.#port;
    if (fd === null) return;
    let count: number;
    try {
      count = readSync(fd, this.#buffer);
    } catch (error) {
      if (!isLater(error)) this.#end();
      return;
    }
    // A terminal that is hung up reads as end of file, again and again.
    if (count === 0) this.#end();
    else this.#listener?.data(this.#buffer.subarray(0, count));
  }

  #writeOut(): void {
    const { fd } = this.#port;
    if (fd === null) return;
    for (let next = this.#unwritten[0]; next !== undefined; next = this.#unwritten[0]) {
      try {
        const count = writeSync(fd, next);
        if (count === next.length) this.#unwritten.shift();
        else this.#unwritten[0] = next.subarray(count);
      } catch (error) {
        if (isLater(error)) return;
        this.#end();
      }
    }
  }

  #end(): void {
    if (this.#ended !== undefined) return;
    this.#ended = new SerialFault(
      'gone',
      this.path,
      'the port is gone: the board was unplugged, lost its power, or crashed together with its USB',
    );
    this.#unwritten.length = 0;
    this.#listener?.gone(this.#ended);
  }
}

/** Opens a port for ourselves alone, raw and with empty buffers. Throws `SerialFault`. */
export async function openLine(options: LineOptions): Promise<SerialLine> {
  const { path, limitMs, signal } = options;
  const { SerialPort } = await import('serialport');
  // Control lines are left alone: a pty has none, and lowering them resets some boards.
  const opening: Promise<Port> = SerialPort.binding
    .open({ path, baudRate: options.baudRate ?? 115200, lock: true })
    .then((port) => port as unknown as Port);
  let port: Port | 'overdue' | 'aborted';
  try {
    port = await within(opening, { limitMs, signal });
  } catch (error) {
    throw await faultOf(error, path);
  }
  if (typeof port === 'string') {
    // Too late is as good as never.
    void opening.then((late) => late.close()).catch(() => undefined);
    if (port === 'aborted') throw new SerialFault('aborted', path, 'opening the port was given up');
    const advice = 'its driver in the kernel may be stuck; unplug the board';
    throw new SerialFault('limit', path, `the port did not open within ${limitMs} ms; ${advice}`);
  }
  const line = new SerialLine(path, port);
  // What the board said to nobody, or to the one before us.
  await line.discard();
  return line;
}

/** serialport says what went wrong in words only. */
async function faultOf(error: unknown, path: string): Promise<SerialFault> {
  const said = error instanceof Error ? error.message : String(error);
  if (/lock port|Resource temporarily unavailable|Resource busy|resource busy/.test(said)) {
    const holder = await holderOf(path);
    return new SerialFault('busy', path, `the port is in use by ${describe(holder)}`, { holder });
  }
  if (/No such|No such device/.test(said))
    return new SerialFault('missing', path, 'there is no such port; is the board connected and powered?');
  if (/ermission denied|Operation not permitted/.test(said)) {
    const advice = 'add yourself to the group that owns it (often `dialout`), then log in again';
    return new SerialFault('denied', path, `you may not open the port; ${advice}`);
  }
  if (/Inappropriate ioctl|Not a typewriter|Is a directory/i.test(said))
    return new SerialFault('missing', path, 'this is not a serial port');
  if (/Input\/output error/.test(said))
    return new SerialFault('gone', path, 'the port is there, but nothing is behind it any more');
  return new SerialFault('missing', path, `the port can not be opened: ${readable(Buffer.from(said))}`);
}

function describe(holder: PortHolder | undefined): string {
  if (holder === undefined) return 'another process, which this user may not see';
  if (holder.pid === process.pid) return `this process itself (pid ${holder.pid})`;
  return `pid ${holder.pid}${holder.command === '' ? '' : ` (${holder.command})`}; end it first`;
}

function isLater(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'EAGAIN' || code === 'EINTR';
}
