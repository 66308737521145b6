import { Worker } from 'node:worker_threads';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Interrupt } from '../interpreter/interrupt.ts';
import { Shared, type FlashChange, type FromBoard, type WorkerSettings } from '../shared.ts';

/** What a core tells its board. */
export interface CoreEvents {
  onInterrupt(interrupt: Interrupt): void;
  onFlash(change: FlashChange): void;
  /** It can be talked to; not told if it ends before. */
  onUp(): void;
  /** It ended by itself: Python asked for a reset, or it died, before or after its first prompt. */
  onEnd(how: 'reset' | 'died-booting' | 'died'): void;
}

/** The interpreter thread of a board between two resets. */
export class Core {
  readonly shared = new Shared();
  readonly #worker: Worker;
  readonly #events: CoreEvents;
  #prompted = false;
  #over = false;

  constructor(
    settings: Omit<WorkerSettings, 'shared'>,
    prepare: (shared: Shared) => void,
    events: CoreEvents,
  ) {
    this.#events = events;
    prepare(this.shared);
    const workerData: WorkerSettings = { ...settings, shared: this.shared.buffers };
    // What JavaScript prints is not on the board's line, and must not be on the host's stdout either. The environment may hold secrets.
    this.#worker = new Worker(entry(), { workerData, stdout: true, stderr: true, env: {} });
    this.#worker.stdout.resume();
    this.#worker.stderr.resume();
    this.#worker.on('message', (message: FromBoard) => this.#receive(message));
    // Followed by 'exit', which is enough.
    this.#worker.on('error', () => undefined);
    this.#worker.on('exit', () => this.#end('died'));
  }

  /** Stops it wherever it is, also in an endless loop; what it had told before is told. */
  async terminate(): Promise<void> {
    this.#over = true;
    await this.#worker.terminate();
  }

  #receive(message: FromBoard): void {
    // Files that were closed before the power went are on the flash.
    if (message.kind === 'flash') this.#events.onFlash(message.change);
    if (this.#over) return;
    switch (message.kind) {
      case 'flash':
        break;
      case 'memory':
        this.#events.onInterrupt(new Interrupt(this.shared, message.buffer, message.addresses));
        break;
      case 'up':
        this.#events.onUp();
        break;
      case 'prompt':
        this.#prompted = true;
        break;
      case 'reset':
        this.#end('reset');
        break;
      case 'crashed':
        this.#end('died');
        break;
    }
  }

  #end(how: 'reset' | 'died'): void {
    if (this.#over) return;
    this.#over = true;
    void this.#worker.terminate();
    this.#events.onEnd(how === 'died' && !this.#prompted ? 'died-booting' : how);
  }
}

/** `worker.ts` beside the sources, `worker.js` beside what was built. */
function entry(): string {
  const here = fileURLToPath(import.meta.url);
  return path.join(path.dirname(here), '..', `worker${path.extname(here)}`);
}
