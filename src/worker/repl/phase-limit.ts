import type { Ending } from '../../audit/ending.ts';
import { interrupted, type RunContext } from '../context.ts';
import { LONGEST_DELAY_MS } from '../../util/longest-delay.ts';

/** The limit of a test phase that has no process: it ends what is being done, and says why nothing more is begun. */
export class PhaseLimit {
  readonly #context: RunContext;
  readonly #over = new AbortController();
  readonly #timer: NodeJS.Timeout;
  /** Aborted when the phase's time is up, or the run was told to stop. */
  readonly signal: AbortSignal;

  constructor(context: RunContext) {
    this.#context = context;
    this.signal = AbortSignal.any([this.#over.signal, context.stop.soon]);
    const { timeoutMs } = context.job.spec;
    this.#timer = setTimeout(() => this.#over.abort(), Math.min(timeoutMs, LONGEST_DELAY_MS));
  }

  /** Why the phase was cut off; undefined when it was not. */
  get ending(): Ending | undefined {
    const { stop, collector, job } = this.#context;
    if (stop.state !== 'going') return interrupted('the test phase');
    if (!this.#over.signal.aborted) return undefined;
    const { lastLine } = collector;
    return {
      kind: 'timeout',
      limitMs: job.spec.timeoutMs,
      ...(lastLine === '' ? {} : { lastLine }),
    };
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
