import { SerialFault } from '../../serial/fault.ts';
import type { Place } from '../board/place.ts';
import { Instance } from './multitest-instance.ts';
import type { ReplRun } from './repl-run.ts';
import { testLimits } from './test-limits.ts';

/** An instance that says nothing for so long hangs, where the spec says nothing: upstream's own limit. */
const SILENCE_MS = 10_000;

/** What a multi-test came to. */
export interface MultitestEnd {
  /** `--- instance0 ---`, its lines, and so on: what `.exp` is compared with. */
  readonly output: string;
  readonly skipped: boolean;
  /** It asked for something that this runner can not do. */
  readonly unsupported: string | undefined;
  /** Boards whose program did not end by itself. */
  readonly hung: readonly Place[];
  /** What became of ports and boards that failed. */
  readonly faults: ReadonlyMap<Place, unknown>;
}

/**
 * One test on several boards at once. Each board runs the whole file and then its own `instanceN()`:
 *
 *     for each in turn:  starting ──next──▶ ready          (its globals go into the programs of those after it)
 *     then, all at once: ready ──▶ running ──▶ over        (what one broadcasts is typed to all others)
 *
 * The first exception, silence or fault ends it for all.
 */
export class Multitest {
  readonly #run: ReplRun;
  readonly #instances: readonly Instance[];
  readonly #globals: string[] = [];
  readonly #cut = new AbortController();
  readonly #faults = new Map<Place, unknown>();
  #skipped = false;
  #unsupported: string | undefined;
  /** All have said `next`: from here on, messages are passed on at once. */
  #relaying = false;

  constructor(run: ReplRun, places: readonly Place[], source: string) {
    this.#run = run;
    this.#instances = places.map((place, number) => new Instance(place, number, source));
  }

  async run(): Promise<MultitestEnd> {
    const { limit, context } = this.#run;
    const { testMs, silenceMs = SILENCE_MS } = testLimits(this.#run);
    const signal = AbortSignal.any([limit.signal, this.#cut.signal]);
    const programs: Promise<void>[] = [];
    await Promise.all(this.#instances.map((instance) => this.#guard(instance, instance.reset(signal))));
    for (const instance of this.#instances) {
      if (signal.aborted) break;
      const program = instance.start({
        globals: this.#globals,
        limitMs: testMs,
        silenceMs,
        signal,
        onOutput: (chunk) => context.collector.push('stdout', chunk),
        onLine: () => this.#relay(instance),
      });
      programs.push(this.#guard(instance, program));
      await instance.ready;
      this.#take(instance);
    }
    this.#relaying = true;
    for (const instance of this.#instances) this.#relay(instance);
    await Promise.all(programs);
    for (const instance of this.#instances) this.#take(instance);
    return {
      output: this.#instances.map((instance) => instance.section).join(''),
      skipped: this.#skipped,
      unsupported: this.#unsupported,
      hung: this.#instances.filter(({ hung }) => hung).map(({ place }) => place),
      faults: this.#faults,
    };
  }

  /** A fault of one board ends the test for all; what cutting off looks like from inside is none. */
  async #guard(instance: Instance, work: Promise<void>): Promise<void> {
    try {
      await work;
      if (instance.failed) this.#cut.abort();
    } catch (fault) {
      const ours = fault instanceof SerialFault && (fault.kind === 'aborted' || this.#cut.signal.aborted);
      if (!ours) this.#faults.set(instance.place, fault);
      this.#cut.abort();
    }
  }

  #relay(instance: Instance): void {
    if (this.#relaying) this.#take(instance);
  }

  /** Acts on the messages of an instance that were not acted on. Before all are ready, it stops at `next`. */
  #take(instance: Instance): void {
    for (const { word, argument } of instance.messages(this.#relaying)) {
      switch (word) {
        case 'next':
          break;
        case 'set':
          this.#globals.push(argument);
          break;
        case 'skip':
          this.#skipped = true;
          this.#cut.abort();
          break;
        case 'broadcast':
          for (const other of this.#instances) if (other !== instance) other.hear(argument);
          break;
        case 'metric':
          this.#run.context.collector.note(`instance${instance.number}: metric ${argument}`);
          break;
        case 'reboot':
          this.#unsupported =
            'It calls multitest.expect_reboot(), which `results: repl` can not do: ' +
            "run it by MicroPython's run-multitests.py with `results: micropython`.";
          this.#cut.abort();
          break;
      }
    }
  }
}
