import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, readSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

/** As much as a pipe holds; more can only come from somebody who still writes, and nobody of the test does. */
const MOST_LEFT = 1024 * 1024;

const block = Buffer.alloc(16 * 1024);

/**
 * The pipe behind the event channel of test processes. One serves many runs, because most never write to it; after the first run
 * that did, the next gets a new one, so that nobody whom an earlier run left behind is heard in a later one.
 */
export class EventPipe {
  /** How a process that does not inherit it can open it; a fifo. */
  readonly name: string;
  /** Its writing end, for the test process to inherit. */
  readonly descriptor: number;
  readonly #reading: number;
  readonly #socket: Socket;
  #take: ((chunk: Buffer) => void) | undefined;
  #used = false;

  constructor(reading: number, writing: number) {
    this.#reading = reading;
    this.descriptor = writing;
    // Its name in a directory was taken away, so nothing can stay behind, however this process ends.
    this.name = `/proc/${process.pid}/fd/${writing}`;
    this.#socket = new Socket({ fd: reading, readable: true, writable: false });
    this.#socket.on('data', (chunk: Buffer) => this.#heard(chunk));
    this.#socket.on('error', () => undefined);
  }

  /** Hands on what comes from now on. */
  listen(take: (chunk: Buffer) => void): void {
    this.#take = take;
  }

  /** The reader has enough for now. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /**
   * The test is gone: hands on what it wrote last, and listens no more. True: it was used, and should be closed. To be called in
   * a later phase of the event loop than the one in which the end of the test was heard: by then a first byte was heard, too.
   */
  finish(): boolean {
    if (this.#used || this.#socket.isPaused()) this.#drain();
    this.#take = undefined;
    return this.#used;
  }

  close(): void {
    this.#socket.destroy();
    closeSync(this.descriptor);
  }

  #drain(): void {
    // What was read while the reader had enough comes before what is still in the pipe; each read is heard as data.
    while (this.#socket.read() !== null);
    for (let left = MOST_LEFT; left > 0;) {
      const read = readNow(this.#reading);
      if (read === 0) return;
      left -= read;
      this.#heard(Buffer.from(block.subarray(0, read)));
    }
  }

  #heard(chunk: Buffer): void {
    this.#used = true;
    this.#take?.(chunk);
  }
}

/** How many bytes are there, up to a block of them; 0: nothing is. */
function readNow(descriptor: number): number {
  try {
    return readSync(descriptor, block);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw fault;
  }
}

/** The pipe of this worker, while no run has used it. */
let spare: EventPipe | undefined;
/** There is no `mkfifo` here, so there will be no pipe. */
let impossible = false;

/**
 * A pipe for one run; undefined where there can be none: a test then has no event channel. While it is made, a moment only, it
 * has a name in the run's directory.
 */
export async function takeEventPipe(directory: string): Promise<EventPipe | undefined> {
  if (!impossible) spare ??= await makeEventPipe(join(directory, 'events.fifo'));
  return spare;
}

/** The run is over, and everything that it started is gone. */
export function giveEventPipeBack(pipe: EventPipe): void {
  if (!pipe.finish()) return;
  pipe.close();
  spare = undefined;
}

async function makeEventPipe(file: string): Promise<EventPipe | undefined> {
  try {
    if (!(await makeFifo(file))) return undefined;
    const reading = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    return new EventPipe(reading, openSync(file, constants.O_WRONLY));
  } catch {
    // Out of descriptors, or the directory went: whoever comes next to them says so.
    return undefined;
  } finally {
    rmSync(file, { force: true });
  }
}

/** Node has no call for it. */
function makeFifo(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('mkfifo', ['-m', '600', file], { stdio: 'ignore' });
    child.once('error', () => {
      impossible = true;
      resolve(false);
    });
    child.once('exit', (code) => resolve(code === 0));
  });
}
