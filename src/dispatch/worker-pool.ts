import type { WorkerSetup } from '../model/job.ts';
import { Worker } from './worker-host.ts';

/** The workers of a bench: made when they are needed, kept warm while they are healthy. */
export class WorkerPool {
  readonly #entry: string | undefined;
  #setup: WorkerSetup | undefined;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();

  /** @param entry the workers' program; undefined: the one that belongs to this dispatcher */
  constructor(entry: string | undefined) {
    this.#entry = entry;
  }

  /** How many there are, and how many of them have nothing to do. */
  get size(): { readonly all: number; readonly idle: number } {
    return { all: this.#all.size, idle: this.#idle.length };
  }

  /** What runs and stages share from now on; who is busy is told when it is taken again. */
  renew(setup: WorkerSetup): void {
    this.#setup = setup;
  }

  /** An idle worker, the one that was used last, or a new one; it knows the current setup. */
  take(): Worker {
    const setup = this.#setup;
    if (setup === undefined) throw new Error('Internal error: expected a setup for workers, was none');
    for (;;) {
      const worker = this.#idle.pop();
      if (worker === undefined) return this.#start(setup);
      // It may have died while it had nothing to do: that is nobody's run.
      if (worker.state !== 'idle') continue;
      if (worker.setup !== setup) worker.setUp(setup);
      return worker;
    }
  }

  /** After a run or stage: kept if it is healthy. */
  giveBack(worker: Worker): void {
    if (worker.state === 'idle') this.#idle.push(worker);
  }

  /** Ends those who have nothing to do: each holds threads and open files that others may lack. */
  endIdle(): void {
    for (const worker of this.#idle.splice(0)) void worker.end();
  }

  /** Ends all, kindly first; resolves when they are gone. */
  async end(): Promise<void> {
    this.#idle.length = 0;
    await Promise.all([...this.#all].map((worker) => worker.end()));
  }

  /** Kills all at once. */
  kill(reason: string): void {
    for (const worker of this.#all) worker.kill(reason);
  }

  #start(setup: WorkerSetup): Worker {
    const worker = new Worker(setup, this.#entry);
    this.#all.add(worker);
    void worker.gone.then(() => this.#all.delete(worker));
    return worker;
  }
}
