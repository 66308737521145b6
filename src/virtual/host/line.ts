import fs from 'node:fs';
import path from 'node:path';
import { CELL, type Shared } from '../shared.ts';
import { openPty, type Pty } from './pty.ts';

/** The device file of a board behind its stable symlink; there only while the board has power. */
export class Line {
  readonly link: string;
  readonly #onBytes: (bytes: Buffer) => void;
  #pty: Pty | undefined;
  #shared: Shared | undefined;

  constructor(link: string, onBytes: (bytes: Buffer) => void) {
    this.link = link;
    this.#onBytes = onBytes;
  }

  /** Such as `/dev/pts/7`; undefined: the device is not there. */
  get device(): string | undefined {
    return this.#pty?.path;
  }

  /** The device appears. */
  async open(): Promise<void> {
    this.show(await openPty());
  }

  /** A pty that was opened before appears; for a device that must come back under another path. */
  show(pty: Pty): void {
    this.#pty = pty;
    pty.input.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    // Reading fails when the line is taken away; there is nobody left to tell.
    pty.input.on('error', () => undefined);
    fs.mkdirSync(path.dirname(this.link), { recursive: true });
    const temporary = `${this.link}.${process.pid}`;
    fs.rmSync(temporary, { force: true });
    fs.symlinkSync(pty.path, temporary);
    fs.renameSync(temporary, this.link);
    this.#shared?.set(CELL.line, pty.master);
  }

  /** The device disappears; clients see a hang-up. */
  close(): void {
    const pty = this.#pty;
    if (pty === undefined) return;
    this.#pty = undefined;
    fs.rmSync(this.link, { force: true });
    // The number of the descriptor is free for others at once: nobody may be writing to it.
    if (this.#shared === undefined) pty.close();
    else {
      this.#shared.set(CELL.line, -1);
      this.#shared.locked(CELL.lineLock, () => pty.close());
    }
  }

  /** From now on this board's worker writes to the line; undefined: nobody does. */
  connect(shared: Shared | undefined): void {
    this.#shared = shared;
    shared?.set(CELL.line, this.#pty?.master ?? -1);
  }

  pause(): void {
    this.#pty?.input.pause();
  }

  resume(): void {
    this.#pty?.input.resume();
  }

  /** Sends bytes that the board did not; lost when nobody reads. */
  babble(text: string): void {
    if (this.#pty === undefined) return;
    try {
      fs.writeSync(this.#pty.master, text);
    } catch {
      // The line is full.
    }
  }
}
