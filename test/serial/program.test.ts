import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BANNER, Expect } from '../../src/serial/dialogue.ts';
import { Program, type Handover } from '../../src/serial/program.ts';

/** How a board of the protocol's specification answers the offer of raw-paste mode. */
type Offer = 'accepts' | 'declines' | 'never heard of it';

interface Script {
  readonly code: Buffer;
  readonly handover: Handover;
  readonly offer: Offer;
  readonly window: number;
  /** Bytes of the program after which the board wants no more; undefined: takes all. */
  readonly enough: number | undefined;
  readonly noise: string;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly softReset: boolean;
}

/** The board's side of the specification: bytes in, bytes out. It notes whether more was sent than it allowed. */
class Model {
  readonly #script: Script;
  #mode: 'raw' | 'paste' | 'draining' | 'over' = 'raw';
  #line: number[] = [];
  #granted = 0;
  overrun = false;
  taken: Buffer = Buffer.alloc(0);
  said: Buffer = Buffer.alloc(0);

  constructor(script: Script) {
    this.#script = script;
  }

  hear(bytes: Buffer): void {
    for (const byte of bytes) this.#byte(byte);
  }

  /** Everything that it says next, and forgets. */
  speech(): Buffer {
    const { said } = this;
    this.said = Buffer.alloc(0);
    return said;
  }

  #say(text: Buffer | string): void {
    this.said = Buffer.concat([this.said, Buffer.from(text as string)]);
  }

  #byte(byte: number): void {
    if (this.#mode === 'raw') this.#raw(byte);
    else if (this.#mode === 'paste') this.#paste(byte);
    else if (this.#mode === 'draining' && byte === 4) this.#run();
    else if (this.#mode === 'over') this.overrun = true;
  }

  #raw(byte: number): void {
    if (byte === 4) {
      this.#say(`${this.#script.noise}OK`);
      this.taken = Buffer.from(this.#line);
      this.#run();
    } else if (byte === 1) this.#offered();
    else this.#line.push(byte);
  }

  #offered(): void {
    const { offer, window, noise } = this.#script;
    expect(Buffer.from(this.#line).toString()).toBe('\x05A');
    this.#line = [];
    if (offer === 'never heard of it') this.#say(BANNER);
    else if (offer === 'declines') this.#say('R\x00>');
    else {
      this.#say(noise);
      this.#say(Buffer.of(0x52, 1, window & 255, window >> 8, 1));
      this.#mode = 'paste';
      this.#granted = 2 * window;
      if (this.#script.enough === 0) this.#refuse();
    }
  }

  #paste(byte: number): void {
    if (byte === 4) {
      this.#say('\x04');
      this.taken = Buffer.from(this.#line);
      return this.#run();
    }
    if (this.#granted-- === 0) this.overrun = true;
    this.#line.push(byte);
    if (this.#line.length === this.#script.enough) return this.#refuse();
    if (this.#line.length % this.#script.window === 0) {
      this.#say('\x01');
      this.#granted += this.#script.window;
    }
  }

  #refuse(): void {
    this.#say('\x04');
    this.#mode = 'draining';
  }

  #run(): void {
    const { stdout, stderr, softReset } = this.#script;
    this.#mode = 'over';
    this.#say(Buffer.concat([stdout, Buffer.of(4), stderr, Buffer.of(4)]));
    this.#say(softReset ? Buffer.concat([Buffer.from('MPY: soft reboot\r\n> boot.py\r\n'), BANNER]) : '>');
  }
}

/** As long as a program is: left to itself, fast-check likes short ones. */
const long = fc
  .integer({ min: 1, max: 700 })
  .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
const printed = fc
  .oneof(fc.constant(new Uint8Array()), long)
  .map((all) => Buffer.from(all.map((byte) => (byte === 4 ? 5 : byte))));
const scripts: fc.Arbitrary<Script> = fc.record({
  code: long.map((all) => Buffer.from(all.map((byte) => Math.max(6, byte)))),
  handover: fc.constantFrom('plain', 'paste'),
  offer: fc.constantFrom('accepts', 'accepts', 'accepts', 'declines', 'never heard of it'),
  window: fc.constantFrom(1, 7, 64, 256, 1024),
  enough: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined }),
  noise: fc.constantFrom('', 'I (5) wifi: R up\r\n', 'raw REPL'),
  stdout: printed,
  stderr: printed,
  softReset: fc.boolean(),
});

test('a program and its output pass whole, however the bytes are cut', () => {
  fc.assert(
    fc.property(scripts, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (script, cuts) => {
      const board = new Model(script);
      const out = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
      let slow = 0;
      const program = new Program(script.code, script.handover, {
        send: (bytes) => board.hear(Buffer.from(bytes as string)),
        sendSlowly: (bytes) => {
          slow = bytes.length;
          board.hear(bytes);
        },
        stdout: (bytes) => (out.stdout = Buffer.concat([out.stdout, bytes])),
        stderr: (bytes) => (out.stderr = Buffer.concat([out.stderr, bytes])),
      });
      program.start();
      for (let speech = board.speech(); speech.length > 0; speech = Buffer.concat([speech, board.speech()])) {
        const cut = Math.min(speech.length, cuts.next().value);
        program.feed(speech.subarray(0, cut));
        speech = speech.subarray(cut);
      }
      const pasted = script.handover === 'paste' && script.offer === 'accepts';
      const refused = pasted && script.enough !== undefined && script.enough <= script.code.length;
      expect(program.done).toBe(true);
      expect(program.clean).toBe(true);
      expect(out).toEqual({ stdout: script.stdout, stderr: script.stderr });
      expect(board.overrun).toBe(false);
      if (!refused) expect(board.taken).toEqual(script.code);
      expect(program.plainOnly).toBe(script.handover === 'paste' && !pasted);
      if (slow > 0) expect(slow).toBeGreaterThan(256);
      else expect(pasted || script.code.length < 256).toBe(true);
    }),
    { numRuns: 500 },
  );
});

const none = (): void => undefined;

test('a restart is seen wherever its bytes are cut', () => {
  const said = Buffer.from(
    'OKsome output\r\nMicroPython v1.29.0; x\r\nType "help()" for more information.\r\n>>> ',
  );
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: said.length - 1 }), { maxLength: 6 }), (cuts) => {
      const program = new Program(Buffer.from('x'), 'plain', {
        send: none,
        sendSlowly: none,
        stdout: none,
        stderr: none,
      });
      program.start();
      const edges = [0, ...cuts.toSorted((a, b) => a - b), said.length];
      edges.slice(1).forEach((edge, index) => {
        expect(program.restarted).toBe(false);
        program.feed(said.subarray(edges[index], edge));
      });
      expect(program.restarted).toBe(true);
    }),
  );
});

test('texts are found one after the other, wherever they are cut', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.integer({ min: 1, max: 9 }), (before, between, size) => {
      fc.pre(
        !before.includes('first') &&
          !between.includes('second') &&
          !`${before}first`.startsWith('firstfirst'),
      );
      const said = Buffer.from(`${before}first${between}second`);
      const expecting = new Expect('did not', 'first', 'second');
      for (let at = 0; at < said.length; at += size) {
        expect(expecting.done).toBe(false);
        expecting.feed(said.subarray(at, at + size));
      }
      expect(expecting.done).toBe(true);
    }),
  );
});
