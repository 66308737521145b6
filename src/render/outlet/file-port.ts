import { constants, ftruncateSync, openSync } from 'node:fs';
import { DescriptorPort } from './descriptor-port.ts';
import type { Port } from './port.ts';

/** A file. What it held before is gone only when something is written, or at the end: not by a command line that came to nothing. */
export class FilePort implements Port {
  readonly flushed = true;
  readonly #descriptor: number;
  readonly #port: DescriptorPort;
  #emptied = false;

  /** Makes the file if it is not there; throws what the system says when it can not be opened. */
  constructor(file: string) {
    const { O_WRONLY, O_CREAT, O_NOCTTY, O_NONBLOCK } = constants;
    this.#descriptor = openSync(file, O_WRONLY | O_CREAT | O_NOCTTY | O_NONBLOCK);
    this.#port = new DescriptorPort(this.#descriptor, true);
  }

  write(bytes: Uint8Array): number {
    this.#empty();
    return this.#port.write(bytes);
  }

  whenReady(ready: () => void): void {
    this.#port.whenReady(ready);
  }

  close(): void {
    this.#empty();
    this.#port.close();
  }

  #empty(): void {
    if (this.#emptied) return;
    this.#emptied = true;
    try {
      ftruncateSync(this.#descriptor);
    } catch (error) {
      // A device has no length.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
    }
  }
}
