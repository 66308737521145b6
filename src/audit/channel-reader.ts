import { isUtf8 } from 'node:buffer';
import { readChannelLine, type ChannelEvent } from './channel-line.ts';

/** No event needs more; a longer line is passed over, up to its newline. */
const LONGEST_LINE = 64 * 1024;
const NEWLINE = 0x0a;

/** Reads the bytes of an event channel, whatever they are. Memory is bounded; what is no event is counted, not thrown. */
export class ChannelReader {
  #rest: Buffer[] = [];
  #restBytes = 0;
  #lines = 0;
  #faults = 0;
  #firstFault: string | undefined;

  /** The events of the lines that these bytes complete. */
  push(chunk: Buffer): ChannelEvent[] {
    const events: ChannelEvent[] = [];
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, from);
      if (end < 0) break;
      this.#hold(chunk.subarray(from, end));
      const event = this.#line();
      if (event !== undefined) events.push(event);
      from = end + 1;
    }
    this.#hold(chunk.subarray(from));
    return events;
  }

  /** No more bytes will come: a line without its newline is torn, and may be half of one. */
  end(): void {
    if (this.#restBytes === 0) return;
    this.#lines++;
    this.#fault('is cut off: its newline never came');
    this.#forget();
  }

  /** What was no event, as a sentence; undefined: everything was. */
  get fault(): string | undefined {
    if (this.#firstFault === undefined) return undefined;
    const more = this.#faults > 1 ? ` (and ${this.#faults - 1} more)` : '';
    return `${this.#firstFault}${more}`;
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#restBytes += bytes.length;
    // A copy: a view would keep the whole chunk alive.
    if (this.#restBytes <= LONGEST_LINE) this.#rest.push(Buffer.from(bytes));
    else this.#rest.length = 0;
  }

  #line(): ChannelEvent | undefined {
    this.#lines++;
    const bytes = this.#restBytes;
    const line = Buffer.concat(this.#rest);
    this.#forget();
    if (bytes > LONGEST_LINE) return this.#fault(`is longer than ${LONGEST_LINE / 1024} KB`);
    if (!isUtf8(line)) return this.#fault('is not UTF-8');
    const text = line.toString();
    if (text.trim() === '') return undefined;
    const event = readChannelLine(text);
    return 'fault' in event ? this.#fault(event.fault) : event;
  }

  #fault(what: string): undefined {
    this.#faults++;
    this.#firstFault ??= `Line ${this.#lines} of the event channel ${what}`;
  }

  #forget(): void {
    this.#rest = [];
    this.#restBytes = 0;
  }
}
