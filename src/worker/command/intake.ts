import type { Readable } from 'node:stream';
import type { Channel } from '../channel.ts';
import type { Collector } from '../collector.ts';
import type { EventPipe } from '../event-pipe.ts';
import { atMost, type Watch } from '../watch.ts';
import { drain, DRAIN_MS } from './drain.ts';
import type { LiveResults } from './live-results.ts';

/** Who hears what a test process says. */
export interface Listeners {
  readonly collector: Collector;
  readonly live: LiveResults;
  readonly watch: Watch;
  /** Tests are told there as they come. */
  readonly channel: Channel;
}

/** What a test process says it with. */
export interface Sources {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly pipe: EventPipe | undefined;
}

/** Reads what a test process says, no faster than the dispatcher takes what is told of it: the test waits, memory does not grow. */
export class Intake {
  readonly #listeners: Listeners;
  readonly #sources: readonly (Readable | EventPipe)[];
  readonly #streams: readonly Readable[];
  readonly #closed: Promise<unknown>;
  #slow = false;
  #wasSlow = false;

  constructor({ stdout, stderr, pipe }: Sources, listeners: Listeners) {
    this.#listeners = listeners;
    this.#streams = [stdout, stderr];
    this.#sources = pipe === undefined ? this.#streams : [...this.#streams, pipe];
    const { collector, live } = listeners;
    pipe?.listen((chunk) => this.#heard(() => live.push(chunk)));
    this.#closed = Promise.all([
      drain(stdout, (chunk) => this.#heard(() => collector.push('stdout', chunk))),
      drain(stderr, (chunk) => this.#heard(() => collector.push('stderr', chunk))),
    ]);
  }

  /** Everything of the test is gone: resolves when what it printed was read. */
  async end(): Promise<void> {
    do {
      // What we did not read, because the dispatcher was slow, is still there.
      this.#wasSlow = this.#slow;
      if ((await atMost(DRAIN_MS, this.#closed)) !== undefined) break;
    } while (this.#wasSlow);
    for (const stream of this.#streams) stream.destroy();
  }

  #heard(take: () => void): void {
    take();
    const { watch, channel } = this.#listeners;
    watch.output();
    if (!this.#slow && channel.full) void this.#wait(watch, channel);
  }

  async #wait(watch: Watch, channel: Channel): Promise<void> {
    this.#slow = true;
    this.#wasSlow = true;
    watch.deaf = true;
    for (const source of this.#sources) source.pause();
    await channel.drained();
    this.#slow = false;
    watch.deaf = false;
    for (const source of this.#sources) source.resume();
  }
}
