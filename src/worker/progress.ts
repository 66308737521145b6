import type { RunId } from '../model/ids.ts';
import type { Channel } from './channel.ts';

/** So long at least between two messages. */
const EVERY_MS = 100;

/** Tells the last line of a run while it runs. A run that ends sooner than the first message is due tells none. */
export class Progress {
  readonly #channel: Channel;
  readonly #run: RunId;
  readonly #lastLine: () => string;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(channel: Channel, run: RunId, lastLine: () => string) {
    this.#channel = channel;
    this.#run = run;
    this.#lastLine = lastLine;
  }

  output(): void {
    if (this.#stopped) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#channel.message({ kind: 'progress', run: this.#run, text: this.#lastLine() });
    }, EVERY_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}
