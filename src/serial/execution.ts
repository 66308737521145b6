import type { Dialogue } from './dialogue.ts';
import type { SerialLine } from './line.ts';
import { Program, type Handover, type ProgramSink } from './program.ts';

/** What a program printed: `stderr` is the traceback of the exception that ended it, else empty. Lines end in `\r\n`. */
export interface ExecResult {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Who wants output as it comes. */
export interface OutputListener {
  readonly onStdout?: ((bytes: Buffer) => void) | undefined;
  readonly onStderr?: ((bytes: Buffer) => void) | undefined;
}

/** `doubtful`: the program ended, and it is not certain where the board is now. `flood`: it printed too much. */
export type ExecutionEnd = 'clean' | 'doubtful' | 'restarted' | 'flood';

/** A program that prints without end would fill our memory. */
export const MOST_OUTPUT = 16 * 1024 * 1024;
/** Without flow control: so many bytes each so many ms, as the input buffers of old boards want it. */
const SLOW_BYTES = 256;
const SLOW_MS = 10;

/** One program on a board, with its output collected and its input held back until it runs. */
export class Execution implements Dialogue {
  readonly program: Program;
  readonly #line: SerialLine;
  readonly #listener: OutputListener;
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];
  #size = 0;
  #held: Buffer[] = [];
  #fed = false;
  #slow: NodeJS.Timeout | undefined;

  constructor(line: SerialLine, code: Buffer, handover: Handover, listener: OutputListener) {
    this.#line = line;
    this.#listener = listener;
    const sink: ProgramSink = {
      send: (bytes) => line.write(bytes),
      sendSlowly: (bytes) => this.#sendSlowly(bytes),
      stdout: (bytes) => this.#keep(this.#stdout, bytes, this.#listener.onStdout),
      stderr: (bytes) => this.#keep(this.#stderr, bytes, this.#listener.onStderr),
    };
    this.program = new Program(code, handover, sink);
  }

  start(): void {
    this.program.start();
  }

  /** Nothing more is sent. */
  stop(): void {
    clearTimeout(this.#slow);
  }

  feed(bytes: Buffer): void {
    this.program.feed(bytes);
    this.#passInput();
  }

  /** Input for the program. It waits while the program is still being handed over: it would become part of it. */
  input(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#passInput();
  }

  get done(): boolean {
    return this.program.done || this.#size > MOST_OUTPUT;
  }

  get brisk(): boolean {
    return this.program.brisk && this.#slow === undefined;
  }

  get waitingFor(): string {
    return this.program.waitingFor;
  }

  get #handedOver(): boolean {
    return this.program.handedOver && this.#slow === undefined;
  }

  get result(): ExecResult {
    return { stdout: Buffer.concat(this.#stdout), stderr: Buffer.concat(this.#stderr) };
  }

  get end(): ExecutionEnd {
    if (this.#size > MOST_OUTPUT) return 'flood';
    if (this.program.restarted) return 'restarted';
    // Input that the program did not read stands in front of whatever is sent next.
    return this.program.clean && !this.#fed ? 'clean' : 'doubtful';
  }

  #passInput(): void {
    if (!this.#handedOver || this.#held.length === 0) return;
    this.#fed = true;
    for (const bytes of this.#held) this.#line.write(bytes);
    this.#held = [];
  }

  #keep(parts: Buffer[], bytes: Buffer, callback: ((bytes: Buffer) => void) | undefined): void {
    if (bytes.length === 0 || this.#size > MOST_OUTPUT) return;
    this.#size += bytes.length;
    // The line uses its buffer again.
    const copy = Buffer.from(bytes);
    parts.push(copy);
    callback?.(copy);
  }

  #sendSlowly(bytes: Buffer): void {
    this.#line.write(bytes.subarray(0, SLOW_BYTES));
    const rest = bytes.subarray(SLOW_BYTES);
    this.#slow = rest.length === 0 ? undefined : setTimeout(() => this.#sendSlowly(rest), SLOW_MS);
  }
}
