import os from 'node:os';
import type { RunId, StageName } from '../model/ids.ts';
import type { RunJob } from '../model/job.ts';
import type { Lab } from '../model/lab.ts';
import type { TestRunSpec } from '../model/plan.ts';
import { Resources, usesOf } from '../plan/resources.ts';
import type { RunNow } from '../plan/waits.ts';
import type { Serving } from './serving.ts';

/** The runs in flight, and what they keep from others: places and named resources. Tentacles are the desk's. */
export class InFlight {
  /** Runs at the same time, at most; undefined: host-only runs one per core, others as tentacles allow. */
  readonly jobs: number | undefined;
  readonly #resources: Resources;
  readonly #serving = new Map<RunId, Serving>();
  #hostRuns = 0;

  /** @param resources how many there are of what specs use */
  constructor(jobs: number | undefined, resources: Lab['resources']) {
    this.jobs = jobs;
    this.#resources = new Resources(resources);
  }

  get size(): number {
    return this.#serving.size;
  }

  /** True when no run at all may begin. */
  get full(): boolean {
    return this.jobs !== undefined && this.size >= this.jobs;
  }

  /** True when a host-only run may begin. */
  get hostSlots(): boolean {
    return !this.full && this.#hostRuns < this.hostPlaces;
  }

  /** Host-only runs at the same time, at most. */
  get hostPlaces(): number {
    return this.jobs ?? os.availableParallelism();
  }

  /** What runs now. */
  get runs(): readonly RunNow[] {
    const now = performance.now();
    return [...this.#serving.values()].map(({ job: { run, spec }, startedAt }) => ({
      run: run.id,
      spec,
      tentacles: run.bindings.map(({ tentacle }) => tentacle),
      forMs: now - startedAt,
    }));
  }

  /** True when nothing that a run of this spec uses is in the way. */
  resourcesFree(spec: TestRunSpec): boolean {
    return this.#resources.free(usesOf(spec));
  }

  add(serving: Serving): void {
    const { job } = serving;
    this.#serving.set(job.run.id, serving);
    this.#resources.take(usesOf(job.spec));
    if (isHostOnly(job)) this.#hostRuns++;
  }

  remove({ job }: Serving): void {
    this.#serving.delete(job.run.id);
    this.#resources.giveBack(usesOf(job.spec));
    if (isHostOnly(job)) this.#hostRuns--;
  }

  /** Those that need this host stage up. */
  on(stage: StageName): readonly Serving[] {
    return [...this.#serving.values()].filter(({ hostStages }) => hostStages.includes(stage));
  }

  /** All of them. */
  get all(): Iterable<Serving> {
    return this.#serving.values();
  }

  /** One of them; undefined when it is over. */
  get(run: RunId): Serving | undefined {
    return this.#serving.get(run);
  }

  /** Ends one run by hand; nothing, when it is over already. */
  stopRun(run: RunId): void {
    this.#serving.get(run)?.stopByHand();
  }

  stop(how: 'soon' | 'now'): void {
    for (const serving of this.#serving.values()) serving.stop(how);
  }
}

function isHostOnly({ bindings }: RunJob): boolean {
  return bindings.length === 0;
}
