import type { Ending } from '../../audit/ending.ts';
import type { TestProcess } from '../../process/test-process.ts';
import { interrupted, type RunContext } from '../context.ts';
import { atMost, type Expiry } from '../watch.ts';

/** So long a kill waits for boards to lose their power. */
const POWER_MS = 500;

/**
 * Ends a test process for the first reason that comes, and remembers it. Whatever the reason, before anybody is killed the boards
 * lose their power, where they have a switch: a process that is killed while it holds a USB serial port may leave it unusable.
 */
export class Ender {
  readonly #context: RunContext;
  readonly #child: TestProcess;
  readonly #cutPower: (() => Promise<void>) | undefined;
  #ending: Ending | undefined;
  #work: Promise<number> | undefined;
  #powerTimer: NodeJS.Timeout | undefined;
  #powerless: Promise<unknown> | undefined;

  constructor(context: RunContext, child: TestProcess, cutPower: (() => Promise<void>) | undefined) {
    this.#context = context;
    this.#child = child;
    this.#cutPower = cutPower;
  }

  /** Why we ended it; undefined while it ends by itself. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  expire(expiry: Expiry): void {
    const { timeoutMs, silenceMs, graceMs } = this.#context.job.spec;
    const { lastLine } = this.#context.collector;
    const limitMs = expiry === 'timeout' ? timeoutMs : (silenceMs ?? 0);
    this.#begin({ kind: expiry, limitMs, ...(lastLine === '' ? {} : { lastLine }) }, async () => {
      await this.#power();
      return this.#child.end({ graceMs });
    });
  }

  stopSoon(): void {
    const { graceMs } = this.#context.job.spec;
    this.#begin(interrupted('the test phase'), () => {
      // It is asked to end with its boards still there; before it is killed they lose their power.
      if (this.#cutPower !== undefined) {
        this.#powerTimer = setTimeout(() => void this.#power(), graceMs * 0.75);
      }
      return this.#child.end({ graceMs });
    });
  }

  stopNow(): void {
    this.#begin(interrupted('the test phase'), () => this.kill());
    void this.kill();
  }

  /** As fast as can be, with the power off first; resolves with the number of strays when all are gone. */
  async kill(): Promise<number> {
    if (this.#cutPower !== undefined) await atMost(POWER_MS, this.#power());
    return await this.#child.kill();
  }

  /** When the process itself is gone: waits until the rest is. Resolves with the number of strays. */
  async finish(): Promise<number> {
    if (this.#work === undefined && this.#cutPower !== undefined && this.#child.mayHaveLeft())
      await this.#power();
    const strays = await (this.#work ?? this.#child.sweep());
    clearTimeout(this.#powerTimer);
    return strays;
  }

  async #power(): Promise<void> {
    this.#powerless ??= this.#cutPower?.();
    await this.#powerless;
  }

  #begin(ending: Ending, work: () => Promise<number>): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#context.collector.note(`Ending the test process: ${ending.kind}.`);
    this.#work = work();
  }
}
