/**
 * What the host's main thread and a board's worker thread share: bytes on their way to the board, the state of faults, and
 * enough of the interpreter's insides to interrupt it. A worker that executes Python does not come back to its event loop, so
 * nothing that must reach it at once can be a message.
 */
export interface SharedBuffers {
  readonly control: SharedArrayBuffer;
  readonly ring: SharedArrayBuffer;
  /** UTF-8, closed by a zero byte: the version that the board claims, empty for the true one. */
  readonly claim: SharedArrayBuffer;
}

/** Cells of `control`, as 32-bit integers. */
export const CELL = {
  /** Where the host writes in the ring next. */
  head: 0,
  /** Where the board reads in the ring next. */
  tail: 1,
  /** Counts what the board may be waiting for: bytes and interrupts. */
  wake: 2,
  /** Counts bytes that the board took, for a host that waits for room. */
  room: 3,
  /** 1 while the interpreter works on a byte. */
  busy: 4,
  /** Held while an interrupt is put in, and while it is taken back. */
  interruptLock: 5,
  /** Held while the worker writes to the line, and while the host changes the line. */
  lineLock: 6,
  /** Descriptor of the pty's master; -1 without a line. */
  line: 7,
  /** Counts the interpreters of this thread: what the host knows of an older one is about memory that nobody uses. */
  generation: 8,
  /** Faults: 0 is none. */
  slowMs: 9,
  dropOneIn: 10,
  fullFilesystem: 11,
} as const;

const RING_BYTES = 65_536;
const CLAIM_BYTES = 128;
/** The other side holds a lock for microseconds; one that was terminated with it never gives it back. */
const LOCK_TRIES = 10_000_000;

/** The view of the shared memory that both threads have. */
export class Shared {
  readonly buffers: SharedBuffers;
  readonly cells: Int32Array;
  readonly #ring: Uint8Array;
  readonly #claim: Uint8Array;

  constructor(buffers?: SharedBuffers) {
    this.buffers = buffers ?? {
      control: new SharedArrayBuffer(64),
      ring: new SharedArrayBuffer(RING_BYTES),
      claim: new SharedArrayBuffer(CLAIM_BYTES),
    };
    this.cells = new Int32Array(this.buffers.control);
    this.#ring = new Uint8Array(this.buffers.ring);
    this.#claim = new Uint8Array(this.buffers.claim);
  }

  get(cell: number): number {
    return Atomics.load(this.cells, cell);
  }

  set(cell: number, value: number): void {
    Atomics.store(this.cells, cell, value);
  }

  /** Bytes that wait for the board. */
  get available(): number {
    return (this.get(CELL.head) - this.get(CELL.tail)) & (RING_BYTES - 1);
  }

  /** Host only. False: the ring is full, the byte is not in it. The board sees it after `wake`. */
  push(byte: number): boolean {
    if (this.available === RING_BYTES - 1) return false;
    const head = this.get(CELL.head);
    this.#ring[head] = byte;
    this.set(CELL.head, (head + 1) & (RING_BYTES - 1));
    return true;
  }

  /** Board only; undefined: nothing waits. */
  take(): number | undefined {
    if (this.available === 0) return undefined;
    const tail = this.get(CELL.tail);
    const byte = this.#ring[tail];
    this.set(CELL.tail, (tail + 1) & (RING_BYTES - 1));
    if ((tail & 1023) === 0) {
      Atomics.add(this.cells, CELL.room, 1);
      Atomics.notify(this.cells, CELL.room);
    }
    return byte;
  }

  /** Lets a waiting board look again. */
  wake(): void {
    Atomics.add(this.cells, CELL.wake, 1);
    Atomics.notify(this.cells, CELL.wake);
  }

  /** Runs `act` alone; a lock that is never given back (its holder was terminated) is ignored. */
  locked<T>(lock: number, act: () => T): T {
    for (let tries = 0; tries < LOCK_TRIES; tries++)
      if (Atomics.compareExchange(this.cells, lock, 0, 1) === 0) break;
    try {
      return act();
    } finally {
      this.set(lock, 0);
    }
  }

  get claim(): string {
    const bytes = Buffer.from(this.#claim);
    return bytes.toString('utf8', 0, bytes.indexOf(0));
  }

  set claim(version: string) {
    this.#claim.fill(0).set(Buffer.from(version).subarray(0, CLAIM_BYTES - 1));
  }
}

/** What a worker is started with. */
export interface WorkerSettings {
  readonly shared: SharedBuffers;
  readonly tentacle: string;
  /** Path of the module that loads the interpreter. */
  readonly loader: string;
  /** The interpreter, compiled once per host. */
  readonly module: WebAssembly.Module;
  readonly files: readonly FlashEntry[];
}

/** A file, or a directory where `data` is absent; `path` is absolute on the board. */
export interface FlashEntry {
  readonly path: string;
  readonly data?: Uint8Array;
}

/** One lasting change of a board's filesystem; told when it happens, since the power may go at any time. */
export type FlashChange =
  | { readonly kind: 'written'; readonly path: string; readonly data: Uint8Array }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'removed'; readonly path: string }
  | { readonly kind: 'renamed'; readonly path: string; readonly to: string };

/** Addresses in the interpreter's memory that an interrupt needs; found by `interpreter/probe.ts`. */
export interface InterruptAddresses {
  /** Word: the pending exception, 0 is none. */
  readonly pending: number;
  /** Half word: the scheduler's state; 1 idle, 0 pending. */
  readonly scheduler: number;
  /** Word: the byte that interrupts; 3 while code runs, -1 at the REPL. */
  readonly interruptCharacter: number;
  /** The KeyboardInterrupt object, what `pending` becomes. */
  readonly exception: number;
}

/** From a worker to its host. */
export type FromBoard =
  /** The interpreter is there; its memory does not move, it only grows. */
  | { readonly kind: 'memory'; readonly buffer: SharedArrayBuffer; readonly addresses: InterruptAddresses }
  /** Can be interrupted over the line from now on; `boot.py` comes next. */
  | { readonly kind: 'up' }
  /** `boot.py` and `main.py` are through: the REPL reads. */
  | { readonly kind: 'prompt' }
  | { readonly kind: 'flash'; readonly change: FlashChange }
  /** `machine.reset()`: the worker waits for its end. */
  | { readonly kind: 'reset' }
  /** The interpreter trapped, as a board in a hard fault: the worker waits for its end. */
  | { readonly kind: 'crashed' };
