import { constants, openSync } from 'node:fs';
import { DescriptorPort } from './descriptor-port.ts';
import type { Port } from './port.ts';

/** So often somebody is looked for at the other end, ms. */
const LOOK_MS = 100;

/** A named pipe: takes nothing until somebody reads it, and never waits for that. */
export class PipePort implements Port {
  readonly flushed = true;
  readonly #file: string;
  #port: DescriptorPort | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Somebody has opened it. */
  get opened(): boolean {
    return this.#port !== undefined;
  }

  write(bytes: Uint8Array): number {
    this.#port ??= open(this.#file);
    return this.#port?.write(bytes) ?? 0;
  }

  whenReady(ready: () => void): void {
    if (this.#port === undefined) setTimeout(ready, LOOK_MS);
    else this.#port.whenReady(ready);
  }

  close(): void {
    this.#port?.close();
  }
}

function open(file: string): DescriptorPort | undefined {
  try {
    return new DescriptorPort(openSync(file, constants.O_WRONLY | constants.O_NONBLOCK), true);
  } catch (error) {
    // Nobody has it open for reading.
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return undefined;
    throw error;
  }
}
