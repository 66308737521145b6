import type { Channel } from '../channel.ts';
import type { Collector } from '../collector.ts';
import type { Watch } from '../watch.ts';
import type { LiveResults } from './live-results.ts';
import type { Source } from './source.ts';

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
  readonly stdout: Source;
  readonly stderr: Source;
  readonly events: Source | undefined;
}

/** Reads what a test process says, no faster than the dispatcher takes what is told of it: the test waits, memory does not grow. */
export class Intake {
  readonly #listeners: Listeners;
  readonly #sources: readonly Source[];
  #slow = false;

  constructor({ stdout, stderr, events }: Sources, listeners: Listeners) {
    this.#listeners = listeners;
    this.#sources = events === undefined ? [stdout, stderr] : [stdout, stderr, events];
    const { collector, live } = listeners;
    events?.listen((chunk) => this.#heard(() => live.push(chunk)));
    stdout.listen((chunk) => this.#heard(() => collector.push('stdout', chunk)));
    stderr.listen((chunk) => this.#heard(() => collector.push('stderr', chunk)));
  }

  /** Everything of the test is gone: resolves when what it said was read. */
  async end(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.end()));
  }

  #heard(take: () => void): void {
    take();
    const { watch, channel } = this.#listeners;
    watch.output();
    if (!this.#slow && channel.full) void this.#wait(watch, channel);
  }

  async #wait(watch: Watch, channel: Channel): Promise<void> {
    this.#slow = true;
    watch.deaf = true;
    for (const source of this.#sources) source.pause();
    await channel.drained();
    this.#slow = false;
    watch.deaf = false;
    for (const source of this.#sources) source.resume();
  }
}
