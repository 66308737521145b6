import type { WorkerSetup } from '../model/job.ts';
import { Worker } from './worker-host.ts';

/** The workers of a session: made when they are needed, kept warm while they are healthy. */
export class WorkerPool {
  readonly #entry: string | undefined;
  #setup: WorkerSetup;
  readonly #idle: Worker[] = [];
  readonly #all = new Map<Worker, WorkerSetup>();

  /** @param entry the workers' program; undefined: the one that belongs to this dispatcher */
  constructor(setup: WorkerSetup, entry: string | undefined) {
    this.#setup = setup;
    this.#entry = entry;
  }

  /** An idle worker, the one that was used last, or a new one. */
  take(): Worker {
    for (;;) {
      const worker = this.#idle.pop();
      // It may have died while it had nothing to do: that is nobody's run.
      if (worker === undefined) return this.#start();
      if (worker.state === 'idle') return worker;
    }
  }

  /** After a run: kept if it is healthy and knows the current setup. */
  giveBack(worker: Worker): void {
    if (worker.state !== 'idle') return;
    if (this.#all.get(worker) === this.#setup) this.#idle.push(worker);
    else void worker.end();
  }

  /** From now on workers get this setup; those with another one end after their run. */
  renew(setup: WorkerSetup): void {
    this.#setup = setup;
    for (const worker of this.#idle.splice(0)) void worker.end();
  }

  /** Ends all, kindly first; resolves when they are gone. */
  async end(): Promise<void> {
    this.#idle.length = 0;
    await Promise.all([...this.#all.keys()].map((worker) => worker.end()));
  }

  /** Kills all at once. */
  kill(reason: string): void {
    for (const worker of this.#all.keys()) worker.kill(reason);
  }

  #start(): Worker {
    const worker = new Worker(this.#setup, this.#entry);
    this.#all.set(worker, this.#setup);
    void worker.gone.then(() => this.#all.delete(worker));
    return worker;
  }
}
