import os from 'node:os';
import type { RunId } from '../model/ids.ts';
import type { RunJob } from '../model/job.ts';
import type { Uses } from '../model/plan.ts';
import { Resources } from '../plan/resources.ts';
import type { Serving } from './serving.ts';

/** The runs in flight, and what they keep from others: places and named resources. Tentacles are the desk's. */
export class InFlight {
  readonly #jobs: number | undefined;
  readonly #resources = new Resources();
  readonly #serving = new Map<RunId, Serving>();
  #hostRuns = 0;

  /** @param jobs runs at the same time, at most; undefined: host-only runs one per core, others as tentacles allow */
  constructor(jobs: number | undefined) {
    this.#jobs = jobs;
  }

  get size(): number {
    return this.#serving.size;
  }

  /** True when no run at all may begin. */
  get full(): boolean {
    return this.#jobs !== undefined && this.size >= this.#jobs;
  }

  /** True when a host-only run may begin. */
  get hostSlots(): boolean {
    return !this.full && this.#hostRuns < (this.#jobs ?? os.availableParallelism());
  }

  /** True when a run with these uses may begin. */
  resourcesFree(uses: Uses): boolean {
    return this.#resources.free(uses);
  }

  add(serving: Serving): void {
    const { job } = serving;
    this.#serving.set(job.run.id, serving);
    this.#resources.take(job.spec.uses);
    if (isHostOnly(job)) this.#hostRuns++;
  }

  remove({ job }: Serving): void {
    this.#serving.delete(job.run.id);
    this.#resources.giveBack(job.spec.uses);
    if (isHostOnly(job)) this.#hostRuns--;
  }

  stop(how: 'soon' | 'now'): void {
    for (const serving of this.#serving.values()) serving.stop(how);
  }
}

function isHostOnly({ bindings }: RunJob): boolean {
  return bindings.length === 0;
}
