import type { WorkerSetup } from '../model/job.ts';
import { Worker } from './worker-host.ts';

/** The workers of a bench: made when they are needed, kept warm while they are healthy. */
export class WorkerPool {
  readonly #cookie: string;
  readonly #entry: string | undefined;
  #setup: WorkerSetup | undefined;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();

  /**
   * @param cookie of the bench: in the environment of each worker
   * @param entry the workers' program; undefined: the one that belongs to this dispatcher
   */
  constructor(cookie: string, entry: string | undefined) {
    this.#cookie = cookie;
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

  /** Starts one that somebody will take once there is a setup: Node starts no faster than labs and plans are read. */
  startEarly(): void {
    this.#idle.push(this.#start());
  }

  /** An idle worker, the one that was used last, or a new one; it knows the current setup. */
  take(): Worker {
    const setup = this.#setup;
    if (setup === undefined) throw new Error('Internal error: expected a setup for workers, was none');
    for (;;) {
      const worker = this.#idle.pop() ?? this.#start();
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

  #start(): Worker {
    const worker = new Worker(this.#cookie, this.#entry);
    this.#all.add(worker);
    void worker.gone.then(() => this.#all.delete(worker));
    return worker;
  }
}
