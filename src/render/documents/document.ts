import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Shortest time between two versions of a file, ms. */
const INTERVAL_MS = 1000;
/** A version may take at most this part of the time until the next. */
const SHARE = 20;

/**
 * A file that is whole at every moment: written beside itself and renamed, at most once a second, and less often when
 * it takes long. When it can not be written that is told once, and the session goes on.
 */
export class Document {
  readonly #file: string;
  readonly #render: () => string;
  readonly #onFault: (message: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #nextAt = 0;
  #failed = false;
  #written = false;

  constructor(file: string, render: () => string, onFault: (message: string) => void) {
    this.#file = file;
    this.#render = render;
    this.#onFault = onFault;
  }

  /** The newest version is in the file. */
  get written(): boolean {
    return this.#written;
  }

  /** What it is made from has changed. */
  touch(): void {
    this.#written = false;
    if (this.#timer !== undefined || this.#failed) return;
    const wait = this.#nextAt - performance.now();
    if (wait <= 0) {
      this.flush();
      return;
    }
    this.#timer = setTimeout(() => this.flush(), wait);
    this.#timer.unref();
  }

  /** Writes it now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const began = performance.now();
    const fresh = `${this.#file}.new`;
    try {
      writeFileSync(fresh, this.#render());
      renameSync(fresh, this.#file);
      this.#written = true;
    } catch (error) {
      rmSync(fresh, { force: true });
      const first = !this.#failed;
      // Before telling: what is told may come back as a change of this document.
      this.#failed = true;
      if (first) this.#onFault(`${this.#file} can not be written: ${(error as Error).message}`);
    }
    const now = performance.now();
    this.#nextAt = now + Math.max(INTERVAL_MS, (now - began) * SHARE);
  }
}
