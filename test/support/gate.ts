import { createServer, type Server, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './rig.ts';

/** A test command that has started and waits to be told how to end. */
export interface Held {
  readonly name: string;
  readonly pid: number;
  release(code: number): void;
}

/** Steers test commands over a socket, so that a test knows that one is running, and decides when it ends. */
export class Gate implements AsyncDisposable {
  readonly #directory = mkdtempSync(path.join(os.tmpdir(), 'testbed-gate-'));
  readonly #socket = path.join(this.#directory, 'gate');
  readonly #arrived: Held[] = [];
  readonly #waiting: ((held: Held) => void)[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((socket) => this.#welcome(socket));
  }

  static async open(): Promise<Gate> {
    const gate = new Gate();
    await new Promise<void>((resolve) => gate.#server.listen(gate.#socket, resolve));
    return gate;
  }

  /** argv of a command that this gate holds; a deaf one hears no TERM. */
  command(name: string, how?: 'deaf'): string[] {
    const held = path.join(root, 'test/support/fixtures/held.mjs');
    return [process.execPath, held, this.#socket, name, ...(how === undefined ? [] : [how])];
  }

  /** The same in Python, for the interpreter of a stage. */
  pythonCommand(name: string, how?: 'deaf'): string[] {
    const held = path.join(root, 'test/support/fixtures/held.py');
    return ['${python}', held, this.#socket, name, ...(how === undefined ? [] : [how])];
  }

  /** The next command that starts, in order of arrival. */
  arrival(): Promise<Held> {
    const held = this.#arrived.shift();
    if (held !== undefined) return Promise.resolve(held);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #welcome(socket: Socket): void {
    // A test that is killed while it is told to end: readline passes that on.
    const lines = createInterface({ input: socket });
    for (const side of [socket, lines]) side.on('error', () => undefined);
    lines.on('line', (line) => {
      const { name, pid } = JSON.parse(line) as { name: string; pid: number };
      const held: Held = { name, pid, release: (code) => void socket.write(String(code)) };
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#arrived.push(held);
      else waiting(held);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
