import { randomBytes } from 'node:crypto';
import { BANNER, CTRL_A, CTRL_B, CTRL_C, CTRL_D, Expect } from './dialogue.ts';
import { Execution, MOST_OUTPUT, type ExecResult, type OutputListener } from './execution.ts';
import { SerialFault, readable, type SerialFaultKind } from './fault.ts';
import { getFile, putFile } from './files.ts';
import { openLine, type LineOptions, type SerialLine } from './line.ts';
import { pythonBytes } from './literal.ts';
import { SMALL, type Handover } from './program.ts';
import { Clock, Talk, type Limits, type TalkEnding } from './talk.ts';
import { within } from './within.ts';

export type ExecOptions = Limits & OutputListener;

/** A board that has to answer and is silent for so long will not. */
const STALL_MS = 5_000;
/** A board that knows raw-paste mode answers at once; one that does not may say anything. */
const OFFER_STALL_MS = 1_000;
/** A soft reset that was not even begun within this time was not heard. */
const RESET_STALL_MS = 2_000;
/** A sound board obeys at once. */
const INTERRUPT_MS = 5_000;
/** Long enough for a megabyte. */
const FILE_MS = 60_000;
/** The first wait for the raw REPL; each is twice as long as the one before. */
const FIRST_WAIT_MS = 200;
/** So many times a board is asked with two Ctrl-C only. */
const PATIENT_ATTEMPTS = 2;
/** Fits every board's input buffer, however little it reads. */
const MANY_INTERRUPTS = 64;

/**
 *     open ──Ctrl-C, Ctrl-A──▶ raw ──exec──▶ running ──clean end──▶ raw
 *                               ▲ ─reset─▶ unknown ◀──all else──────┘
 *                               └──Ctrl-C, Ctrl-A──┘
 */
type State = 'raw' | 'running' | 'unknown' | 'closed';

/**
 * A board's raw REPL on a port that is ours alone. One call at a time. Expected failures are thrown as `SerialFault`; the
 * call after a fault recovers the board by itself, unless the port is gone.
 */
export class Repl {
  readonly port: string;
  readonly #talk: Talk;
  readonly #line: SerialLine;
  #state: State = 'unknown';
  /** Whether the board knows raw-paste mode; undefined: it has not been asked. */
  #paste: boolean | undefined;
  #execution: Execution | undefined;
  /** Resolves when the running program's `exec` is over, however that was. */
  #ended: Promise<void> | undefined;

  private constructor(line: SerialLine) {
    this.port = line.path;
    this.#line = line;
    this.#talk = new Talk(line);
  }

  /** Opens the port, ends whatever the board is doing, and enters the raw REPL. The board is not reset. */
  static async open(options: LineOptions): Promise<Repl> {
    const clock = new Clock(options);
    const repl = new Repl(await openLine(options));
    try {
      await repl.#enter(clock);
    } catch (error) {
      await repl.close();
      throw error;
    }
    return repl;
  }

  /** Runs a program to its end. An exception in it is a result, not a fault. */
  async exec(code: string | Uint8Array, options: ExecOptions): Promise<ExecResult> {
    const clock = this.#begin(options);
    const program = transportable(code);
    const small = program.length < SMALL;
    if (this.#state !== 'raw') await this.#enter(clock);
    const handover: Handover = small || this.#paste === false ? 'plain' : 'paste';
    const done = await this.#run(program, handover, clock, options);
    if (done !== undefined) return done;
    // The board answered the offer of raw-paste mode with something else, or not at all.
    await this.#enter(clock);
    return (await this.#run(program, 'plain', clock, options)) ?? this.#bug('a plain program taken');
  }

  /** Restarts the interpreter: `boot.py` runs, files stay. */
  async softReset(limits: Limits): Promise<void> {
    const clock = this.#begin(limits);
    do {
      if (this.#state !== 'raw') await this.#enter(clock);
      this.#state = 'unknown';
      const reset = new Expect('did not come back from a soft reset', 'soft reboot\r\n', BANNER);
      const ending = await this.#hold(reset, { clock, stallMs: RESET_STALL_MS }, () =>
        this.#line.write(CTRL_D),
      );
      if (ending === 'overdue') throw this.#late(reset.waitingFor, clock.limitMs);
      if (ending === 'done') this.#state = 'raw';
    } while (this.#state !== 'raw');
  }

  /** Input for the running program. False: no program runs, and the bytes are dropped. */
  writeStdin(bytes: Uint8Array | string): boolean {
    this.#execution?.input(Buffer.from(bytes as string));
    return this.#execution !== undefined;
  }

  /**
   * Ends whatever the board is doing. A running program gets a Ctrl-C, and its `exec` a KeyboardInterrupt; this resolves
   * when that has ended. After a fault the board is brought back to its prompt.
   */
  async interrupt(limits: Limits = { limitMs: INTERRUPT_MS }): Promise<void> {
    const ended = this.#ended;
    if (this.#execution === undefined || ended === undefined) {
      const clock = this.#begin(limits);
      if (this.#state !== 'raw') await this.#enter(clock);
      return;
    }
    this.#execution.input(Buffer.from(CTRL_C));
    const ending = await within(ended, limits);
    if (ending === 'overdue') throw this.#late('did not end the program after Ctrl-C', limits.limitMs);
    if (ending === 'aborted')
      throw this.#fault('aborted', 'the wait for an interrupted program was given up');
  }

  /** Writes a file on the board and proves that it arrived whole. */
  async putFile(path: string, content: Uint8Array, limits: Limits = { limitMs: FILE_MS }): Promise<void> {
    await putFile(this, { path, content, ...limits });
  }

  /** Reads a file of the board and proves that it arrived whole. */
  async getFile(path: string, limits: Limits = { limitMs: FILE_MS }): Promise<Buffer> {
    return await getFile(this, { path, ...limits });
  }

  /** Leaves the board in its friendly REPL, where that can be, and lets go of the port. Never fails. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#line.write(this.#state === 'raw' ? `\r${CTRL_B}` : `\r${CTRL_C}${CTRL_C}\r${CTRL_B}`);
    this.#state = 'closed';
    // A board that does not read would hold up the closing for half a minute.
    if (this.#line.backlog > 0) await this.#line.discard();
    await this.#line.close();
  }

  #begin(limits: Limits): Clock {
    if (this.#state === 'closed' || this.#state === 'running') this.#bug(`an idle REPL, was ${this.#state}`);
    return new Clock(limits);
  }

  /** Undefined: the board did not take it in raw-paste mode. */
  async #run(
    code: Buffer,
    handover: Handover,
    clock: Clock,
    listener: OutputListener,
  ): Promise<ExecResult | undefined> {
    const execution = new Execution(this.#line, code, handover, listener);
    const asking = handover === 'paste' && this.#paste === undefined;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    this.#state = 'running';
    this.#execution = execution;
    this.#ended = ended;
    try {
      const stallMs = asking ? OFFER_STALL_MS : STALL_MS;
      const ending = await this.#hold(execution, { clock, stallMs }, () => execution.start());
      if (ending === 'stalled' && asking && execution.program.offering) {
        this.#paste = false;
        return undefined;
      }
      if (ending !== 'done')
        throw this.#late(execution.waitingFor, ending === 'stalled' ? stallMs : clock.limitMs);
      if (handover === 'paste') this.#paste = !execution.program.plainOnly;
      if (execution.end === 'flood')
        throw this.#fault('limit', `the program printed more than ${MOST_OUTPUT / 1024 / 1024} MB`);
      if (execution.end === 'restarted')
        throw this.#fault('restarted', 'the board restarted in the middle of the program');
      if (execution.end === 'clean') this.#state = 'raw';
      return execution.result;
    } finally {
      execution.stop();
      this.#execution = undefined;
      end();
      if (this.#state === 'running') this.#state = 'unknown';
    }
  }

  /** Enters the raw REPL from whatever state the board is in. */
  async #enter(clock: Clock): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS, attempt = 0; this.#state !== 'raw'; waitMs *= 2, attempt++) {
      if (await this.#tryEnter(clock, waitMs, attempt)) this.#state = 'raw';
      else if (clock.remainingMs === 0) throw this.#noRepl(clock.limitMs);
    }
  }

  /**
   * The banner alone proves little: it may answer an earlier attempt, or an earlier client, and more may be on their way.
   * So the board is then asked for a word that nobody can know; whatever it said before that is old.
   */
  async #tryEnter(clock: Clock, waitMs: number, attempt: number): Promise<boolean> {
    // What a deaf board has not taken by now need not wait there as well.
    if (this.#line.backlog > 0) await this.#line.discard();
    const waits = { clock, waitMs, stallMs: STALL_MS };
    const banner = new Expect('did not enter the raw REPL', BANNER);
    // Ctrl-C first, because a paste mode would swallow Ctrl-A; twice, for programs that catch one. Often, at last, for
    // programs that read with Ctrl-C switched off: a mounted filesystem whose other side is gone gives up by and by.
    const interrupts = CTRL_C.repeat(attempt < PATIENT_ATTEMPTS ? 2 : MANY_INTERRUPTS);
    const entered = await this.#hold(banner, waits, () => this.#line.write(`\r${interrupts}\r${CTRL_A}`));
    if (entered !== 'done') return false;
    const word = randomBytes(4).toString('hex');
    const echo = new Expect('did not answer in the raw REPL', `OK${word}`, '\x04\x04>');
    // A program may have left another `print` behind.
    const print = attempt % 2 === 0 ? 'print' : "__import__('sys').stdout.write";
    const answered = await this.#hold(echo, waits, () =>
      this.#line.write(`${print}('${word.slice(0, 4)}''${word.slice(4)}')${CTRL_D}`),
    );
    return answered === 'done';
  }

  async #hold(
    dialogue: Expect | Execution,
    waits: { readonly clock: Clock; readonly waitMs?: number; readonly stallMs: number },
    begin: () => void,
  ): Promise<TalkEnding> {
    const { clock, stallMs } = waits;
    const waitMs = Math.min(waits.waitMs ?? Infinity, clock.remainingMs);
    return await this.#talk.hold(dialogue, { waitMs, stallMs, signal: clock.signal }, begin);
  }

  #late(what: string, limitMs: number): SerialFault {
    const deaf = this.#line.backlog > 0 ? '; it does not read what is sent to it' : '';
    return this.#fault('limit', `the board ${what} within ${limitMs} ms${deaf}`);
  }

  #noRepl(limitMs: number): SerialFault {
    const said = readable(this.#talk.heard);
    const heard = said === '' ? 'the board says nothing' : `what the board says is "${said}"`;
    const advice = 'reset it or power it off and on; is it running MicroPython?';
    return this.#fault(
      'no-repl',
      `no answer from a MicroPython REPL within ${limitMs} ms; ${heard}; ${advice}`,
    );
  }

  #fault(kind: SerialFaultKind, message: string): SerialFault {
    const said = readable(this.#talk.heard);
    return new SerialFault(kind, this.port, message, { evidence: said === '' ? undefined : said });
  }

  #bug(expected: string): never {
    throw new Error(`Internal error: expected ${expected}: ${this.port}`);
  }
}

/** Control characters steer the REPL, so a program that holds some travels as a literal; an empty one would be a soft reset. */
function transportable(code: string | Uint8Array): Buffer {
  const bytes = Buffer.from(code as string);
  if (bytes.length === 0) return Buffer.from('\n');
  return bytes.some((byte) => byte >= 1 && byte <= 5) ? Buffer.from(`exec(${pythonBytes(bytes)})`) : bytes;
}
