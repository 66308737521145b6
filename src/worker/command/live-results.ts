import type { ChannelEvent } from '../../audit/channel-line.ts';
import { ChannelReader } from '../../audit/channel-reader.ts';
import { together, Told } from '../../audit/told.ts';
import type { Collected } from '../../audit/collected.ts';
import { UniquePaths } from '../../audit/paths.ts';
import { TapLines } from '../../audit/tap-lines.ts';
import { unreachable } from '../../util/unreachable.ts';
import { emit, warn, type RunContext } from '../context.ts';
import { newSecret } from '../secret.ts';

/** The environment variable that names the event channel, and the one that tells what a marker begins with. */
export const EVENTS = 'TESTBED_EVENTS';
export const MARKER = 'TESTBED_MARKER';

/** What a command says of its tests while it runs: TAP on its stdout, events on its channel. Told to everybody at once. */
export class LiveResults {
  /** What each marker begins with: a secret of this run, so that no other output can hold one. */
  readonly marker = `#testbed:${newSecret()}:`;
  readonly #context: RunContext;
  readonly #told: Told;
  readonly #tap: TapLines | undefined;
  readonly #reader = new ChannelReader();

  static async open(context: RunContext): Promise<LiveResults> {
    const paths = new UniquePaths();
    const tap = context.job.spec.results === 'tap' ? await TapLines.open(paths) : undefined;
    return new LiveResults(context, tap, paths);
  }

  private constructor(context: RunContext, tap: TapLines | undefined, paths: UniquePaths) {
    this.#context = context;
    this.#tap = tap;
    this.#told = new Told(paths);
    context.collector.listen({
      marker: this.marker,
      tap,
      onTest: (test) => context.teller.said(test),
      onEvent: (event) => this.#event(event),
    });
  }

  /** Bytes of the event channel. */
  push(chunk: Buffer): void {
    for (const event of this.#reader.push(chunk)) this.#context.collector.event(event);
  }

  /** The process and everything that it started are gone, and all that they said was handed in. */
  end(): void {
    this.#reader.end();
    this.#context.collector.endOutput();
  }

  /** What TAP said; undefined where that is not how results come about. */
  get tap(): Collected | undefined {
    return this.#tap?.collected;
  }

  /** Adds what was said on the channel. `fate`: why a test that began did not finish. */
  with(results: Collected, fate: string): Collected {
    const { fault } = this.#reader;
    const { spec, run } = this.#context.job;
    const decides = spec.results === 'events';
    // Somebody may use descriptor 3 for something else; only where its events decide, it must be in order.
    if (fault !== undefined && !decides) warn(this.#context, `${run.id}: ${fault}.`);
    return together(results, this.#told.collected(fate, decides ? fault : undefined));
  }

  #event(event: ChannelEvent): void {
    const test = this.#told.add(event);
    if (test !== undefined) this.#context.teller.said(test);
    const { collector, masker, job } = this.#context;
    switch (event.type) {
      case 'measurement': {
        const { name, value, unit } = event;
        collector.noted(`measured ${name}: ${value} ${unit}`.trimEnd());
        const words = { name: masker.text(name), unit: masker.text(unit) };
        emit(this.#context, { type: 'measurement', run: job.run.id, ...words, value });
        return;
      }
      case 'note':
        return collector.noted(event.message);
      case 'error':
        return collector.noted(`error: ${event.message}`);
      case 'plan':
        return collector.noted(`plans ${event.tests} tests`);
      case 'test-started':
        return collector.noted(`begins ${event.path}`);
      case 'bail-out':
        return collector.noted(`bail-out: ${event.reason}`);
      case 'test-finished':
        return;
      default:
        unreachable(event);
    }
  }
}
