import { count } from '../text.ts';
import { isGone, type Port } from './port.ts';

/** So much waits for a reader, bytes; what comes then is dropped and counted, or waits in the log. */
const MOST_WAITING = 1024 * 1024;
/** What a source is counted as while it waits: it holds a path, not the text. */
const SOURCE_BYTES = 256;
/** So much is written before others get their turn, bytes. */
const AT_ONCE = 64 * 1024;
const STALL_CHECK_MS = 50;

/** Text that is made when there is room for it, such as the output of a run, read from its file. */
type Source = Iterator<string, void, void>;

/** How an outlet behaves. */
export interface OutletOptions {
  /** For messages: `stderr`, or the path. */
  readonly name: string;
  /** Told once, when it can not be written any more; a reader that is gone from a screen is not told. */
  readonly onFault: (message: string) => void;
  /** How long the end waits for a reader that reads nothing, ms; absent: until `hurry`. */
  readonly patienceMs?: number;
  /** A reader that goes away is a fault: somebody asked for the whole of it. */
  readonly whole?: boolean;
}

/**
 * A bounded queue in front of a port: whoever writes never waits, however slow the reader is.
 *
 *     open ── port throws ──▶ closed (nothing more is written)
 *       └──── end(): written, or nobody reads ──▶ closed
 */
export class Outlet {
  readonly #port: Port;
  readonly #options: OutletOptions;
  readonly #queue: (Buffer | Source)[] = [];
  #waiting = 0;
  #dropped = 0;
  #pumping = false;
  #state: 'open' | 'closed' = 'open';
  #progressAt = performance.now();
  #hurried = false;
  #ended = false;
  readonly #watchers = new Set<() => void>();
  readonly #last: (() => Promise<void>)[] = [];

  constructor(port: Port, options: OutletOptions) {
    this.#port = port;
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Nothing is written any more. */
  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** It was brought to its end: all is written, or given up. */
  get ended(): boolean {
    return this.#ended;
  }

  /** So much waits already that more would be dropped. */
  get congested(): boolean {
    return this.#waiting >= MOST_WAITING;
  }

  /** There is room for a good deal. */
  get roomy(): boolean {
    return this.#state === 'open' && this.#waiting < MOST_WAITING / 2;
  }

  /** Nothing waits. */
  get idle(): boolean {
    return this.#queue.length === 0;
  }

  /** A line; dropped and counted when too much waits already. */
  line(text: string): void {
    if (this.#state === 'closed') return;
    if (this.congested) {
      this.#dropped++;
      return;
    }
    this.#tellDropped();
    this.#add(Buffer.from(`${text}\n`));
  }

  /** Text as it is, such as a frame of a screen; false when it is dropped because the one before it still waits. */
  frame(text: string): boolean {
    if (this.#state === 'closed' || this.congested) return false;
    this.#add(Buffer.from(text));
    return true;
  }

  /** A few bytes at once, past all that waits; whatever the terminal does not take now is not missed. */
  urgent(text: string): void {
    if (this.#state === 'closed') return;
    try {
      this.#port.write(Buffer.from(text));
    } catch {
      // It is gone: then nobody needs it in order.
    }
  }

  /** Lines that are made one by one when there is room for them; each without its newline. */
  lines(source: Source): void {
    if (this.#state === 'closed') return;
    if (this.congested) {
      this.#dropped++;
      return;
    }
    this.#tellDropped();
    this.#add(source);
  }

  /** Calls back each time that something was written, and when it is closed. */
  watch(watcher: () => void): void {
    this.#watchers.add(watcher);
  }

  /** Resolves once there is room; false when it is closed, or its reader has read nothing for too long. */
  async room(): Promise<boolean> {
    return await this.#until(() => this.roomy);
  }

  /** Carried out when the end has come, before what waits then is written. */
  atEnd(last: () => Promise<void>): void {
    this.#last.push(last);
  }

  /** Waits no longer for any reader. */
  hurry(): void {
    this.#hurried = true;
  }

  /** Resolves once all is written, or nobody reads it; then it is closed. True when all was written. */
  async end(): Promise<boolean> {
    this.#progressAt = performance.now();
    try {
      for (const last of this.#last) await last();
    } catch (error) {
      this.#close(`${this.name} can not be brought to its end: ${(error as Error).message}`);
    }
    this.#tellDropped();
    const written = await this.#until(() => this.idle && this.#port.flushed);
    if (!written && !this.closed) this.#close(`${this.name} was not read to its end`);
    this.#state = 'closed';
    this.#ended = true;
    this.#port.close();
    return written;
  }

  async #until(fits: () => boolean): Promise<boolean> {
    const { patienceMs = Number.POSITIVE_INFINITY } = this.#options;
    while (!fits()) {
      if (this.closed || this.#hurried || performance.now() - this.#progressAt > patienceMs) return false;
      await this.#change();
    }
    return true;
  }

  /** Resolves when something was written, and now and then. */
  async #change(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, STALL_CHECK_MS);
    this.#watchers.add(resolve);
    await promise;
    clearTimeout(timer);
    this.#watchers.delete(resolve);
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const text = `… ${count(this.#dropped, 'line')} left out: nobody read on; "testbed log" has all of them\n`;
    this.#dropped = 0;
    this.#add(Buffer.from(text));
  }

  #add(item: Buffer | Source): void {
    this.#queue.push(item);
    this.#waiting += sizeOf(item);
    if (!this.#pumping) this.#pump();
  }

  readonly #pump = (): void => {
    this.#pumping = true;
    try {
      let left = AT_ONCE;
      while (this.#queue.length > 0 && this.#state === 'open') {
        if (left <= 0) {
          setImmediate(this.#pump);
          return;
        }
        const bytes = this.#next();
        if (bytes === undefined) continue;
        const written = this.#port.write(bytes);
        if (written === 0) {
          this.#port.whenReady(this.#pump);
          return;
        }
        this.#wrote(bytes, written);
        left -= written;
      }
    } catch (error) {
      const quiet = isGone(error) && this.#options.whole !== true;
      this.#close(quiet ? undefined : `${this.name} can not be written: ${(error as Error).message}`);
    }
    this.#pumping = false;
  };

  /** What is to be written now; of a source, a piece is put before it. */
  #next(): Buffer | undefined {
    const [first] = this.#queue;
    if (first === undefined || Buffer.isBuffer(first)) return first;
    let text = '';
    while (text.length < AT_ONCE) {
      const line = lineOf(first);
      if (line === undefined) {
        this.#queue.shift();
        this.#waiting -= SOURCE_BYTES;
        break;
      }
      text += `${line}\n`;
    }
    if (text === '') return undefined;
    const piece = Buffer.from(text);
    this.#queue.unshift(piece);
    this.#waiting += piece.length;
    return piece;
  }

  #wrote(bytes: Buffer, written: number): void {
    this.#progressAt = performance.now();
    this.#waiting -= written;
    if (written < bytes.length) this.#queue[0] = bytes.subarray(written);
    else this.#queue.shift();
    for (const watcher of this.#watchers) watcher();
  }

  #close(fault: string | undefined): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    for (const item of this.#queue) if (!Buffer.isBuffer(item)) item.return?.();
    this.#queue.length = 0;
    this.#waiting = 0;
    if (fault !== undefined) this.#options.onFault(fault);
    for (const watcher of this.#watchers) watcher();
  }
}

/** The next line of a source; one that can not be read says so, and is over then. */
function lineOf(source: Source): string | undefined {
  try {
    const { done, value } = source.next();
    return done === true ? undefined : value;
  } catch (error) {
    return `… the rest can not be read: ${(error as Error).message}`;
  }
}

function sizeOf(item: Buffer | Source): number {
  return Buffer.isBuffer(item) ? item.length : SOURCE_BYTES;
}
