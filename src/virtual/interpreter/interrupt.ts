import { CELL, type InterruptAddresses, type Shared } from '../shared.ts';

const EXECUTING = 3;
const IDLE = 1;
const PENDING = 0;
/** Where an exception object keeps its traceback; one that is not cleared grows with every Ctrl-C. */
const TRACEBACK_OFFSET = 8;

/**
 * Ctrl-C from another thread. This build of the interpreter never asks anybody whether it should stop, but its VM looks at
 * a word of its memory on every jump: the exception that `mp_sched_keyboard_interrupt()` leaves there. The memory is
 * shared, so the host writes it. Both sides go through one lock, or else an interrupt that comes as the code ends hits the next command.
 */
export class Interrupt {
  readonly #shared: Shared;
  readonly #addresses: InterruptAddresses;
  readonly #words: Int32Array;
  readonly #halves: Int16Array;

  constructor(shared: Shared, buffer: SharedArrayBuffer, addresses: InterruptAddresses) {
    this.#shared = shared;
    this.#addresses = addresses;
    this.#words = new Int32Array(buffer);
    this.#halves = new Int16Array(buffer);
  }

  /** Whether Python code runs that has not called `micropython.kbd_intr(-1)`. */
  get executing(): boolean {
    return this.#word(this.#addresses.interruptCharacter) === EXECUTING;
  }

  /** Whether an interrupt was put in and not yet raised. */
  get pending(): boolean {
    return this.#word(this.#addresses.pending) !== 0;
  }

  /** Host: raises KeyboardInterrupt in what runs. False: nothing runs, so the byte is ordinary input. */
  raise(): boolean {
    return this.#shared.locked(CELL.interruptLock, () => {
      if (this.#shared.get(CELL.busy) === 0 || !this.executing) return false;
      const { exception, pending, scheduler } = this.#addresses;
      Atomics.store(this.#words, (exception + TRACEBACK_OFFSET) >> 2, 0);
      Atomics.store(this.#words, pending >> 2, exception);
      // While a scheduled callback runs the state is another one, and the interpreter comes to the exception by itself.
      Atomics.compareExchange(this.#halves, scheduler >> 1, IDLE, PENDING);
      this.#shared.wake();
      return true;
    });
  }

  /** Board: runs `act` as interruptible, and takes back an interrupt that came too late for it. */
  around<T>(act: () => T): T {
    this.#shared.set(CELL.busy, 1);
    try {
      return act();
    } finally {
      this.#shared.locked(CELL.interruptLock, () => {
        this.#shared.set(CELL.busy, 0);
        if (this.pending) {
          Atomics.store(this.#words, this.#addresses.pending >> 2, 0);
          Atomics.compareExchange(this.#halves, this.#addresses.scheduler >> 1, PENDING, IDLE);
        }
      });
    }
  }

  /** Board: as if the REPL had started code; for what is run around the REPL, such as `main.py`. */
  markExecuting(executing: boolean): void {
    Atomics.store(this.#words, this.#addresses.interruptCharacter >> 2, executing ? EXECUTING : -1);
  }

  #word(address: number): number {
    return Atomics.load(this.#words, address >> 2);
  }
}
