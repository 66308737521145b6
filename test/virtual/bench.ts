import { constants, mkdtempSync, openSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import tty from 'node:tty';
import type { VirtualFault } from '../../src/model/lab.ts';
import { virtualRequest } from '../../src/tentacle/virtual-client.ts';
import { startVirtualHost, type VirtualHost } from '../../src/tentacle/virtual-host.ts';
import {
  virtualBoardDirectory,
  type VirtualAnswer,
  type VirtualRequest,
  type VirtualState,
  type VirtualStatus,
} from '../../src/tentacle/virtual-protocol.ts';

type WithoutTentacle<T> = T extends unknown ? Omit<T, 'tentacle'> : never;

/** A host of virtual boards with a state directory of its own. */
export class Bench implements AsyncDisposable {
  readonly state: string;
  readonly host: VirtualHost;
  readonly #temporary: boolean;

  private constructor(state: string, host: VirtualHost, temporary: boolean) {
    this.state = state;
    this.host = host;
    this.#temporary = temporary;
  }

  /** `faults` by tentacle; `state`: another host's, which then cleans up. */
  static async start(faults: Record<string, VirtualFault[]> = { v0: [] }, state?: string): Promise<Bench> {
    const stateDirectory = state ?? mkdtempSync(path.join(os.tmpdir(), 'testbed-virtual-test-'));
    const tentacles = Object.entries(faults).map(([id, list]) => ({ id, faults: list }));
    const host = await startVirtualHost({ stateDirectory, lab: 'bench', tentacles, cookie: 'test' });
    return new Bench(stateDirectory, host, state === undefined);
  }

  directory(tentacle = 'v0'): string {
    return virtualBoardDirectory(this.state, 'bench', tentacle);
  }

  async ask(request: WithoutTentacle<VirtualRequest>, tentacle = 'v0'): Promise<VirtualAnswer> {
    return await virtualRequest(this.host.socket, { ...request, tentacle }, { limitMs: 20_000 });
  }

  /** What `ask` answers, which has to be a yes. */
  async do(request: WithoutTentacle<VirtualRequest>, tentacle = 'v0'): Promise<VirtualStatus> {
    const answer = await this.ask(request, tentacle);
    if (!answer.ok) throw new Error(`${request.op}: ${answer.reason}: ${answer.message}`);
    return answer.status;
  }

  /** Resolves once the board is in this state; asks again and again, since nobody tells. */
  async becomes(state: VirtualState, tentacle = 'v0'): Promise<VirtualStatus> {
    for (const end = performance.now() + 15_000; performance.now() < end; await delay(5)) {
      const status = await this.do({ op: 'status' }, tentacle);
      if (status.state === state) return status;
    }
    throw new Error(`${tentacle} did not become ${state}`);
  }

  /** Powers a board on and takes its line, at the raw REPL's prompt. */
  async raw(tentacle = 'v0'): Promise<Wire> {
    const wire = Wire.open((await this.do({ op: 'power-on' }, tentacle)).port);
    await wire.enterRaw();
    return wire;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.close();
    if (this.#temporary) rmSync(this.state, { recursive: true, force: true });
  }
}

export const RAW_PROMPT = 'raw REPL; CTRL-B to exit\r\n>';

/** A serial line as any other program would open it, byte for byte (latin1). */
export class Wire implements AsyncDisposable {
  readonly #tty: tty.ReadStream;
  #received = '';
  #look: () => void = () => undefined;
  /** Resolves when the device goes away, or was closed here. */
  readonly gone: Promise<void>;

  private constructor(line: tty.ReadStream) {
    this.#tty = line;
    this.gone = new Promise((resolve) => {
      line.on('close', () => resolve());
    });
    line.on('data', (bytes: Buffer) => {
      this.#received += bytes.toString('latin1');
      this.#look();
    });
    // A hang-up reads as an error; it is told by `gone`.
    line.on('error', () => undefined);
  }

  static open(file: string): Wire {
    const { O_NOCTTY, O_NONBLOCK, O_RDWR } = constants;
    return new Wire(new tty.ReadStream(openSync(realpathSync(file), O_RDWR | O_NOCTTY | O_NONBLOCK)));
  }

  send(text: string): void {
    this.#tty.write(Buffer.from(text, 'latin1'));
  }

  /** Takes what came up to and with the text. */
  async until(text: string, limitMs = 15_000): Promise<string> {
    const found = (): boolean => this.#received.includes(text);
    const failure = new Error();
    if (!found())
      await new Promise<void>((resolve, reject) => {
        const limit = setTimeout(() => {
          failure.message = `${JSON.stringify(text)} did not come, but ${JSON.stringify(this.#received)}`;
          reject(failure);
        }, limitMs);
        this.#look = () => {
          if (!found()) return;
          clearTimeout(limit);
          resolve();
        };
      });
    const end = this.#received.indexOf(text) + text.length;
    const taken = this.#received.slice(0, end);
    this.#received = this.#received.slice(end);
    return taken;
  }

  async enterRaw(): Promise<void> {
    this.send('\r\x03\x03\r\x01');
    await this.until(RAW_PROMPT);
  }

  /** Starts a program and waits until it says so; it goes on running. */
  async run(program: string): Promise<void> {
    this.send(`print("runs")\n${program}\x04`);
    await this.until('OKruns\r\n');
  }

  /** Runs a program to its end: what it printed, then its traceback. */
  async exec(program: string): Promise<{ readonly out: string; readonly error: string }> {
    this.send(`${program}\x04`);
    await this.until('OK');
    const out = (await this.until('\x04')).slice(0, -1);
    const error = (await this.until('\x04>')).slice(0, -2);
    return { out, error };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#tty.destroy();
    await this.gone;
  }
}

/** Whether a path leads somewhere. */
export function isThere(file: string): boolean {
  try {
    realpathSync(file);
    return true;
  } catch {
    return false;
  }
}
