import type { ReadyHook } from '../model/hook.ts';
import { startHook, type HookRun } from './hook-run.ts';

/** So much waits for a hook, bytes; what comes then is left out, and counted. */
const MOST_WAITING = 1024 * 1024;
/** So many failures in a row, and it is not started any more. */
const MOST_FAILURES = 3;

/** What a queue needs to know besides its hook. */
interface HookContext {
  /** Of all hooks of the session. */
  readonly cookie: string;
  /** Told what a person should know, a sentence. */
  readonly warn: (message: string) => void;
}

/**
 * The records that wait for one hook, and its process, of which there is one at a time: it gets all that wait when it is started.
 *
 *     idle ── a record ──▶ running ── ends, nothing waits ──▶ idle
 *                           │ ▲ └── failed thrice in a row ──▶ given up
 *                           └─┘ ends, records wait
 */
export class HookQueue {
  readonly #hook: ReadyHook;
  readonly #context: HookContext;
  #waiting: string[] = [];
  #bytes = 0;
  /** Records that it was not given. */
  #leftOut = 0;
  #failures = 0;
  #toldFailure = false;
  #toldSlow = false;
  #givenUp = false;
  #run: HookRun | undefined;
  #serving: Promise<void> | undefined;

  constructor(hook: ReadyHook, context: HookContext) {
    this.#hook = hook;
    this.#context = context;
  }

  get name(): string {
    return this.#hook.name;
  }

  get busy(): boolean {
    return this.#serving !== undefined;
  }

  /** A record, as it stands in the log, without its newline. */
  take(line: string): void {
    const bytes = Buffer.byteLength(line) + 1;
    if (this.#givenUp || this.#bytes + bytes > MOST_WAITING) {
      this.#leaveOut(1);
      return;
    }
    this.#waiting.push(line);
    this.#bytes += bytes;
    this.#serving ??= this.#serve();
  }

  /** Resolves once all that it was given is done with, and tells what it was not given. */
  async finish(): Promise<void> {
    await this.#serving;
    if (this.#leftOut > 0)
      this.#context.warn(
        `The hook "${this.name}" was not told of ${this.#leftOut} of its records; "testbed log" has all of them.`,
      );
  }

  /** Ends what runs at once; nothing is started any more. */
  async abandon(): Promise<void> {
    this.#givenUp = true;
    this.#waiting = [];
    await this.#run?.kill();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    // All that comes at the same moment goes to the same process.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0 && !this.#givenUp) {
      const records = this.#waiting;
      this.#waiting = [];
      this.#bytes = 0;
      this.#run = startHook(this.#hook, { cookie: this.#context.cookie, records });
      const failure = await this.#run.ended;
      this.#run = undefined;
      if (failure === undefined) this.#failures = 0;
      else if (!this.#givenUp) this.#failed(failure);
    }
    this.#serving = undefined;
  }

  #failed(failure: string): void {
    this.#failures++;
    this.#givenUp = this.#failures >= MOST_FAILURES;
    if (this.#givenUp) {
      this.#leaveOut(this.#waiting.length);
      this.#waiting = [];
      this.#context.warn(
        `The hook "${this.name}" failed ${MOST_FAILURES} times in a row and is not started any more in this session: ${failure}`,
      );
    } else if (!this.#toldFailure) this.#context.warn(`The hook "${this.name}" failed: ${failure}`);
    this.#toldFailure = true;
  }

  #leaveOut(count: number): void {
    this.#leftOut += count;
    if (this.#givenUp || this.#toldSlow) return;
    this.#toldSlow = true;
    this.#context.warn(
      `The hook "${this.name}" does not keep up: what comes while 1 MB waits for it is left out. Tell it less in "on:", or let it end sooner.`,
    );
  }
}
