import { EXIT } from './exit-codes.ts';

/** How a command ends that a signal ended. */
export const EXIT_OF = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hungUp } as const;

type Interrupting = keyof typeof EXIT_OF;

/**
 * Hears the first signal that asks a command to end; the next one ends the process at once, but not without what it does at its
 * exit, such as to put the terminal in order. Once disposed of, signals do what they always do.
 */
export class Interruption implements Disposable {
  /** Resolves when it comes, if ever. */
  readonly came: Promise<void>;
  readonly #controller = new AbortController();
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (this.exit !== undefined) process.exit(this.exit);
    this.#controller.abort(signal);
  };

  constructor() {
    this.came = new Promise((resolve) => this.signal.addEventListener('abort', () => resolve()));
    for (const signal of Object.keys(EXIT_OF)) process.on(signal, this.#onSignal);
  }

  /** Aborted when it comes. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Which one it was; undefined: none yet. */
  get by(): Interrupting | undefined {
    return this.signal.aborted ? (this.signal.reason as Interrupting) : undefined;
  }

  /** How a command ends that was asked to; undefined: it was not. */
  get exit(): number | undefined {
    return this.by === undefined ? undefined : EXIT_OF[this.by];
  }

  /** A key that asks for the end is a Ctrl-C. */
  leave(): void {
    this.#onSignal('SIGINT');
  }

  [Symbol.dispose](): void {
    for (const signal of Object.keys(EXIT_OF)) process.off(signal, this.#onSignal);
  }
}
