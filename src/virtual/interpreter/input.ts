import { CELL, type Shared } from '../shared.ts';
import type { Output } from './output.ts';

/** What comes up the line to the board, and the ways to wait for it. */
export class Input {
  readonly #shared: Shared;
  readonly #output: Output;
  readonly #interrupted: () => boolean;

  constructor(shared: Shared, output: Output, interrupted: () => boolean) {
    this.#shared = shared;
    this.#output = output;
    this.#interrupted = interrupted;
  }

  get available(): boolean {
    return this.#shared.available > 0;
  }

  take(): number | undefined {
    this.#output.answering();
    return this.#shared.take();
  }

  /** Blocks this thread until a byte is there (true), or an interrupt or the limit (false). */
  waitBlocking(limitMs = Infinity): boolean {
    this.#output.flush();
    const end = performance.now() + limitMs;
    for (;;) {
      const seen = this.#shared.get(CELL.wake);
      if (this.available) return true;
      if (this.#interrupted()) return false;
      const left = end - performance.now();
      if (left <= 0) return false;
      Atomics.wait(this.#shared.cells, CELL.wake, seen, left);
    }
  }

  /** Resolves when a byte is there; meanwhile timers and promises of the interpreter's asyncio go on. */
  async wait(): Promise<void> {
    this.#output.flush();
    while (!this.available) {
      const seen = this.#shared.get(CELL.wake);
      if (this.available) return;
      await Atomics.waitAsync(this.#shared.cells, CELL.wake, seen).value;
    }
  }

  /** Sleeps for a ms, or until something comes. */
  nap(): void {
    this.#output.flush();
    Atomics.wait(this.#shared.cells, CELL.wake, this.#shared.get(CELL.wake), 1);
  }
}
