import type { Interpreter } from './interpreter.ts';
import { escapedScript } from './prelude.ts';

const CTRL_A = 1;
const CTRL_B = 2;
const CTRL_C = 3;
const CTRL_D = 4;
const CTRL_E = 5;
const LETTER_A = 0x41;
const PROMPT = 0x3e;
/** How much a client may send before the next go-ahead. */
const WINDOW = 1_024;
const RAW_BANNER = 'raw REPL; CTRL-B to exit\r\n>';

/**
 *              ^A at an empty line               ^E A ^A
 *     friendly ──────────────────▶ raw ────────────────────────▶ raw paste
 *              ◀────────────────── ◀ ─ script runs, or is given up ─
 *                      ^B
 *
 * The interpreter has both modes of the REPL itself, and they are used; only raw paste is done here, because it reads the
 * port's standard input, which this port does not have.
 */
export class Repl {
  readonly #interpreter: Interpreter;
  #mode: 'friendly' | 'raw' = 'friendly';
  /** Bytes of the line in raw mode; raw paste is asked for at its beginning only. */
  #length = 0;
  /** The beginning of `^E A ^A`, not yet given to the interpreter. */
  #held: number[] = [];

  constructor(interpreter: Interpreter) {
    this.#interpreter = interpreter;
  }

  /** Runs the board's own files and comes to a prompt: silently in raw mode, where a client asked for the reset. */
  boot(): void {
    const { output } = this.#interpreter;
    this.#interpreter.runFile('boot.py');
    if (this.#mode === 'friendly') {
      this.#interpreter.runFile('main.py');
      this.#interpreter.startRepl();
    } else {
      output.divert(() => undefined);
      this.#interpreter.startRepl();
      this.#interpreter.process(CTRL_A);
      output.divert();
      output.print(Buffer.from(RAW_BANNER));
    }
    this.#length = 0;
    this.#held = [];
    output.flush();
  }

  /** Takes one byte from the line. */
  async feed(byte: number): Promise<void> {
    if (this.#mode === 'friendly') await this.#feedFriendly(byte);
    else await this.#feedRaw(byte);
  }

  async #feedFriendly(byte: number): Promise<void> {
    if (byte !== CTRL_A) {
      await this.#process(byte);
      return;
    }
    // In the middle of a line it is a key of the line editor, so what it does shows in what is printed.
    const printed: number[] = [];
    this.#interpreter.output.divert((printedByte) => void printed.push(printedByte));
    const reset = this.#interpreter.process(byte);
    this.#interpreter.output.divert();
    this.#interpreter.output.print(printed);
    if (Buffer.from(printed).includes(RAW_BANNER)) {
      this.#mode = 'raw';
      this.#length = 0;
    }
    if (reset) await this.#softReset();
  }

  async #feedRaw(byte: number): Promise<void> {
    const held = this.#held;
    const expected = [CTRL_E, LETTER_A, CTRL_A][held.length];
    if (byte === expected && this.#length === 0) {
      this.#held = [...held, byte];
      if (this.#held.length === 3) {
        this.#held = [];
        await this.#rawPaste();
      }
      return;
    }
    this.#held = [];
    for (const each of [...held, byte]) await this.#processRaw(each);
  }

  async #processRaw(byte: number): Promise<void> {
    const isCommand = byte >= CTRL_A && byte <= CTRL_D;
    this.#length = isCommand ? 0 : this.#length + 1;
    if (byte === CTRL_B) this.#mode = 'friendly';
    await this.#process(byte);
  }

  async #process(byte: number): Promise<void> {
    if (this.#interpreter.process(byte)) await this.#softReset();
  }

  async #softReset(): Promise<void> {
    this.#interpreter.output.print(Buffer.from('MPY: soft reboot\n'));
    await this.#interpreter.restart();
    this.boot();
  }

  async #rawPaste(): Promise<void> {
    const { output } = this.#interpreter;
    output.send(0x52, 1, WINDOW & 0xff, WINDOW >> 8, 1);
    const script = this.#receive();
    output.send(CTRL_D);
    if (script === undefined) {
      output.print(Buffer.from('\x04Traceback (most recent call last):\nKeyboardInterrupt: \n\x04>'));
    } else if (script.length === 0) {
      output.send(CTRL_D, CTRL_D, PROMPT);
    } else {
      const isPlain = script.every((byte) => byte < CTRL_A || byte > CTRL_D);
      for (const byte of isPlain ? script : Buffer.from(escapedScript(script)))
        this.#interpreter.process(byte);
      this.#swallow('OK'.length);
      await this.#process(CTRL_D);
    }
    output.flush();
  }

  /** The whole script; undefined: the client gave up with Ctrl-C. */
  #receive(): Uint8Array | undefined {
    const { input, output } = this.#interpreter;
    const script: number[] = [];
    for (;;) {
      input.waitBlocking();
      const byte = input.take();
      if (byte === undefined) continue;
      if (byte === CTRL_D) return Uint8Array.from(script);
      if (byte === CTRL_C) return undefined;
      script.push(byte);
      if (script.length % WINDOW === 0) output.send(CTRL_A);
    }
  }

  #swallow(bytes: number): void {
    const { output } = this.#interpreter;
    let left = bytes;
    output.divert(() => {
      if (--left === 0) output.divert();
    });
  }
}
