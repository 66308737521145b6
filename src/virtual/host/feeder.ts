import { CELL, type Shared } from '../shared.ts';
import type { Interrupt } from '../interpreter/interrupt.ts';
import type { Line } from './line.ts';

const CTRL_C = 3;
/** A program that reads nothing for so long, with a full ring before it, is taken for one that does not read. */
const STALL_LIMIT_MS = 500;

/** Brings bytes from the line to the board: Ctrl-C to what runs, all else into the ring, with back pressure when it is full. */
export class Feeder {
  readonly #line: Line;
  #shared: Shared | undefined;
  #interrupt: Interrupt | undefined;
  /** Which of the thread's interpreters `#interrupt` is for. */
  #generation = 0;
  /** Where the board stood in the ring when it was found not to read; true of it as long as it stands there. */
  #stalledAt: number | undefined;
  /** Bytes that found no room yet. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(line: Line) {
    this.#line = line;
  }

  /** Feeds this board from now on; without one bytes are lost. */
  connect(shared: Shared | undefined): void {
    this.#shared = shared;
    this.#interrupt = undefined;
    this.#generation = 0;
    this.#stalledAt = undefined;
    this.#rest = Buffer.alloc(0);
    this.#line.resume();
  }

  interruptWith(interrupt: Interrupt): void {
    this.#interrupt = interrupt;
    this.#generation++;
    if (this.#shared !== undefined) this.#push(this.#shared);
  }

  feed(bytes: Buffer): void {
    if (this.#shared === undefined) return;
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#push(this.#shared);
  }

  #push(shared: Shared): void {
    // The board has a new interpreter, and the message about it is on its way: a Ctrl-C could hit the old one.
    if (shared.get(CELL.generation) > this.#generation) return;
    const bytes = this.#rest;
    const room = shared.get(CELL.room);
    let index = 0;
    for (; index < bytes.length; index++) {
      const byte = bytes[index] ?? 0;
      if (byte === CTRL_C && this.#interrupt?.raise()) continue;
      if (shared.push(byte)) continue;
      // A program that runs and does not read: lost, as on a UART, or else a Ctrl-C behind it would never arrive.
      if (this.#interrupt?.executing && shared.get(CELL.tail) === this.#stalledAt) continue;
      break;
    }
    this.#rest = bytes.subarray(index);
    shared.wake();
    if (this.#rest.length > 0) void this.#waitForRoom(shared, room);
  }

  /** The kernel holds back the client until the board has read something, or is found not to read. */
  async #waitForRoom(shared: Shared, seen: number): Promise<void> {
    this.#line.pause();
    const tail = shared.get(CELL.tail);
    const outcome = await Atomics.waitAsync(shared.cells, CELL.room, seen, STALL_LIMIT_MS).value;
    if (this.#shared !== shared) return;
    this.#stalledAt = outcome === 'timed-out' && shared.get(CELL.tail) === tail ? tail : undefined;
    this.#line.resume();
    this.#push(shared);
  }
}
