import { unreachable } from '../util/unreachable.ts';
import { BANNER, CTRL_A, CTRL_D, Finder, type Dialogue } from './dialogue.ts';

/** Where the parts of a program's exchange go. Buffers are only valid during the call. */
export interface ProgramSink {
  send(bytes: Buffer | string): void;
  /** In small portions with pauses: nothing holds the sender back but the clock. */
  sendSlowly(bytes: Buffer): void;
  stdout(bytes: Buffer): void;
  stderr(bytes: Buffer): void;
}

/** How a program is handed over: all at once, or in raw-paste mode with its flow control. */
export type Handover = 'plain' | 'paste';

/** A plain program of so many bytes fits into every board's input buffer. */
export const SMALL = 256;

/** The prompt of the friendly REPL after a start: in the middle of a program it means that the board has restarted. */
const STARTED = 'Type "help()" for more information.\r\n>>> ';

type State =
  'offer' | 'window' | 'paste' | 'accept' | 'stdout' | 'stderr' | 'prompt' | 'reboot' | 'done' | 'restarted';

/**
 * One program on the raw REPL.
 *
 *     paste ─▶ offer ──R 01──▶ window ──size──▶ paste ──04──▶ stdout ──04──▶ stderr ──04──▶ prompt ──'>'──▶ done
 *                │                                 ▲ │01        ▲ │                           │               ▲
 *                │ R 00, or the banner             └─┘          │ └─friendly REPL─▶ restarted │ "soft reboot" │
 *                ▼                                              │                             ▼               │
 *     plain ─▶ accept ───────────────OK─────────────────────────┘                          reboot ──banner────┘
 *
 * Where the board is to answer, anything else that it says is taken for noise: babbling boards exist.
 */
export class Program implements Dialogue {
  readonly #code: Buffer;
  readonly #sink: ProgramSink;
  #state: State;
  readonly #started = new Finder(STARTED);
  #last = 0;
  #window = 0;
  #allowed = 0;
  #sent = 0;
  #ended = false;
  #clean = true;
  #noise = '';
  #plainOnly = false;
  #sizeBytes = 0;
  #banner = new Finder(BANNER);

  /** Call `start` next. */
  constructor(code: Buffer, handover: Handover, sink: ProgramSink) {
    this.#code = code;
    this.#sink = sink;
    this.#state = handover === 'paste' ? 'offer' : 'accept';
  }

  start(): void {
    if (this.#state === 'offer') this.#sink.send(`\x05A${CTRL_A}`);
    else this.#sendPlain();
  }

  get done(): boolean {
    return this.#state === 'done' || this.#state === 'restarted';
  }

  /** The board has, or will have, the whole program: what is sent from now on is input for it. */
  get handedOver(): boolean {
    return this.#ended;
  }

  /** The board restarted before the program's end. */
  get restarted(): boolean {
    return this.#state === 'restarted';
  }

  /** The board does not know raw-paste mode. */
  get plainOnly(): boolean {
    return this.#plainOnly;
  }

  /** The board has not answered the offer of raw-paste mode. */
  get offering(): boolean {
    return this.#state === 'offer';
  }

  /** False: bytes came in an order that leaves doubt where the board is now. */
  get clean(): boolean {
    return this.#clean;
  }

  get brisk(): boolean {
    return this.#state !== 'stdout' && this.#state !== 'reboot';
  }

  get waitingFor(): string {
    switch (this.#state) {
      case 'offer':
      case 'window':
      case 'accept':
        return 'did not take the program';
      case 'paste':
        return `stopped taking the program at byte ${this.#sent} of ${this.#code.length}`;
      case 'stdout':
        return 'did not come to the end of the program';
      case 'stderr':
      case 'prompt':
        return 'did not come back to its prompt after the program';
      case 'reboot':
        return 'did not come back from the soft reset that the program asked for';
      case 'done':
      case 'restarted':
        return 'did nothing wrong';
      default:
        return unreachable(this.#state);
    }
  }

  feed(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && !this.done) at += this.#step(bytes.subarray(at));
  }

  /** Takes the first bytes; gives how many. */
  #step(bytes: Buffer): number {
    const byte = bytes[0] ?? 0;
    switch (this.#state) {
      case 'offer':
        return this.#offered(bytes);
      case 'window':
        return this.#sized(byte);
      case 'paste':
        return this.#pasted(byte);
      case 'accept':
        return this.#accepted(bytes);
      case 'stdout':
      case 'stderr':
        return this.#output(bytes);
      case 'prompt':
        return this.#prompted(byte);
      case 'reboot':
        return this.#rebooted(bytes);
      case 'done':
      case 'restarted':
        return bytes.length;
      default:
        return unreachable(this.#state);
    }
  }

  #offered(bytes: Buffer): number {
    const before = this.#last;
    const byte = bytes[0] ?? 0;
    this.#last = byte;
    if (before === 0x52 && byte === 1) {
      this.#state = 'window';
    } else if ((before === 0x52 && byte === 0) || this.#banner.feed(bytes.subarray(0, 1)) !== undefined) {
      this.#plainOnly = true;
      this.#state = 'accept';
      this.#last = 0;
      this.#sendPlain();
    }
    return 1;
  }

  /** Two bytes, low one first. */
  #sized(byte: number): number {
    this.#window |= byte << (8 * this.#sizeBytes++);
    if (this.#sizeBytes === 2) {
      this.#state = 'paste';
      this.#allowed = this.#window;
      this.#sendMore();
    }
    return 1;
  }

  #pasted(byte: number): number {
    if (byte === 1) {
      this.#allowed += this.#window;
      this.#sendMore();
    } else if (byte === 4) {
      // The board has all, or wants no more: a syntax error, or no memory. It waits for the end in any case.
      if (!this.#ended) this.#sink.send(CTRL_D);
      this.#ended = true;
      this.#state = 'stdout';
    }
    return 1;
  }

  #sendMore(): void {
    if (this.#ended) return;
    const part = this.#code.subarray(this.#sent, this.#sent + this.#allowed);
    this.#sent += part.length;
    this.#allowed -= part.length;
    this.#ended = this.#sent === this.#code.length;
    if (this.#ended) this.#sink.send(Buffer.concat([part, Buffer.from(CTRL_D)]));
    else if (part.length > 0) this.#sink.send(part);
  }

  #sendPlain(): void {
    const bytes = Buffer.concat([this.#code, Buffer.from(CTRL_D)]);
    this.#ended = true;
    if (bytes.length <= SMALL) this.#sink.send(bytes);
    else this.#sink.sendSlowly(bytes);
  }

  #accepted(bytes: Buffer): number {
    const byte = bytes[0] ?? 0;
    if (this.#last === 0x4f && byte === 0x4b) this.#state = 'stdout';
    this.#last = byte;
    return 1;
  }

  #output(bytes: Buffer): number {
    const end = bytes.indexOf(4);
    const part = end === -1 ? bytes : bytes.subarray(0, end);
    if (this.#state === 'stdout') {
      const restart = this.#started.feed(part);
      this.#sink.stdout(restart === undefined ? part : part.subarray(0, restart));
      if (restart !== undefined) this.#state = 'restarted';
      else if (end !== -1) this.#state = 'stderr';
    } else {
      this.#sink.stderr(part);
      if (end !== -1) this.#state = 'prompt';
    }
    return end === -1 ? bytes.length : end + 1;
  }

  #prompted(byte: number): number {
    if (byte === 0x3e) {
      this.#state = 'done';
      return 1;
    }
    // Noise, a program that printed 04 itself, or the soft reset after SystemExit.
    this.#clean = false;
    this.#noise = (this.#noise + String.fromCharCode(byte)).slice(-32);
    if (this.#noise.endsWith('soft reboot')) {
      this.#banner = new Finder(BANNER);
      this.#state = 'reboot';
    }
    return 1;
  }

  #rebooted(bytes: Buffer): number {
    const end = this.#banner.feed(bytes);
    if (end === undefined) return bytes.length;
    this.#clean = true;
    this.#state = 'done';
    return end;
  }
}
