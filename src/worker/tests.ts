import { applyExpectations } from '../audit/expectations.ts';
import type { TestResult } from '../model/verdict.ts';
import type { Channel } from './channel.ts';
import type { Collector } from './collector.ts';
import type { Masker } from '../log/mask.ts';
import type { RunJob } from '../model/job.ts';

/** `YYYY-MM-DD` where the lab is: on which days an expectation excuses is said in its people's days. */
export function today(): string {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()]
    .map((value) => String(value).padStart(2, '0'))
    .join('-');
}

/** Whose tests are told, and to whom. */
export interface TellerOptions {
  readonly job: RunJob;
  readonly channel: Channel;
  readonly masker: Masker;
  readonly collector: Collector;
}

/**
 * Says each judged test once, as soon as its expectation is certain: only whether a pass is a surprise depends on the
 * other tests of a run, so such a pass waits for the end.
 */
export class TestTeller {
  readonly #run: TellerOptions;
  readonly #told = new Set<string>();

  constructor(run: TellerOptions) {
    this.#run = run;
  }

  /** A test was carried out and judged by itself, and there is time to wait for whoever reads. */
  async live(test: TestResult): Promise<void> {
    this.said(test);
    await this.#run.channel.drained();
  }

  /** A test was judged by itself. */
  said(test: TestResult): void {
    const { spec, bindings, expectations } = this.#run.job;
    const boardVariant = bindings[0]?.boardVariant;
    const context = {
      spec: spec.name,
      label: spec.label,
      today: today(),
      ...(boardVariant === undefined ? {} : { boardVariant }),
    };
    const [applied] = applyExpectations([test], context, expectations).tests;
    if (applied === undefined || (applied.verdict === 'pass' && !applied.expected)) return;
    this.#tell(applied);
  }

  /** All tests, with expectations applied to the whole: tells those that were not told. */
  end(tests: readonly TestResult[]): void {
    for (const test of tests) if (!this.#told.has(test.path)) this.#tell(test);
  }

  #tell(test: TestResult): void {
    this.#told.add(test.path);
    const { job, channel, masker, collector } = this.#run;
    const masked = { ...test, path: masker.text(test.path) };
    const { reason, exceptionClass } = test;
    const told = {
      ...masked,
      ...(reason === undefined ? {} : { reason: masker.text(reason) }),
      ...(exceptionClass === undefined ? {} : { exceptionClass: masker.text(exceptionClass) }),
    };
    collector.test(told);
    const binding = job.bindings[0];
    const firmware = binding?.firmware;
    channel.event({
      type: 'test-finished',
      run: job.run.id,
      ...told,
      ...(binding === undefined ? {} : { boardVariant: binding.boardVariant }),
      ...(firmware === undefined ? {} : { firmware: firmware.sha256 }),
      ...(firmware?.commit === undefined ? {} : { commit: firmware.commit }),
      ...(firmware?.dirty === undefined ? {} : { dirty: firmware.dirty }),
    });
  }
}
