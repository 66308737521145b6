import { closeSync, constants, openSync, writeSync } from 'node:fs';
import type { Port } from './port.ts';

/** So long until a full pipe or a stopped terminal is asked again, ms: longer each time, because a reader may be away for long. */
const SOONEST_MS = 1;
const LATEST_MS = 50;

/**
 * A port on a descriptor that does not block. Asked again by a timer rather than told by the system: that needs no handle
 * of Node's, which would put the descriptor of everybody who shares the terminal into another mode.
 */
export class DescriptorPort implements Port {
  readonly flushed = true;
  readonly #owned: boolean;
  #descriptor: number;
  #waitMs = SOONEST_MS;

  /** @param owned it is closed with the port */
  constructor(descriptor: number, owned: boolean) {
    this.#descriptor = descriptor;
    this.#owned = owned;
  }

  write(bytes: Uint8Array): number {
    try {
      const written = writeSync(this.#descriptor, bytes);
      this.#waitMs = SOONEST_MS;
      return written;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      return 0;
    }
  }

  whenReady(ready: () => void): void {
    setTimeout(ready, this.#waitMs);
    this.#waitMs = Math.min(2 * this.#waitMs, LATEST_MS);
  }

  close(): void {
    if (this.#owned && this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }
}

/** Opens a terminal or pipe that is open already once more: only so it has a "do not block" of its own. Undefined where that is not possible. */
export function openAgain(descriptor: number): number | undefined {
  try {
    return openSync(
      `/proc/self/fd/${descriptor}`,
      constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
  } catch {
    // No /proc, or another user's terminal.
    return undefined;
  }
}
