import type { RunId, TentacleId } from '../model/ids.ts';
import type { JobBinding, LeftBoard } from '../model/job.ts';
import type { DispatcherRequest } from './dispatcher-request.ts';
import type { Serving } from './serving.ts';

/** Whom it works with and tells. */
export interface HandHoldsRequest extends Pick<DispatcherRequest, 'desk' | 'recorder'> {
  readonly onChange: () => void;
  readonly onBug: (bug: unknown) => void;
}

/**
 * Tentacles that a person wants to look at: they stay ours when their run is over, and serve nobody.
 *
 *     a run has it ── ask() ⇄ ask() ── the run ends ──▶ kept ── letGo() ──▶ leaving ── its power is off ──▶ free
 */
export class HandHolds {
  readonly #request: HandHoldsRequest;
  readonly #asked = new Set<RunId>();
  readonly #kept = new Map<TentacleId, JobBinding>();
  readonly #leaving = new Map<TentacleId, Promise<void>>();

  constructor(request: HandHoldsRequest) {
    this.#request = request;
  }

  /** Those that a person looks at. */
  get kept(): readonly TentacleId[] {
    return [...this.#kept.keys()];
  }

  /** A tentacle is about to be free. */
  get expecting(): boolean {
    return this.#leaving.size > 0;
  }

  /** The tentacles of this run are to stay when it is over; asked once more, they are not. True when they are. */
  ask({ worker, job }: Serving): boolean {
    const wanted = !this.#asked.delete(job.run.id);
    if (wanted) this.#asked.add(job.run.id);
    worker.leaveOn(wanted);
    return wanted;
  }

  /** Whether the tentacles of this run are to stay. */
  wants({ job }: Serving): boolean {
    return this.#asked.has(job.run.id);
  }

  /** The run is over: these of its tentacles are not released. `left` are boards that are on, which is not so of all. */
  keep({ job }: Serving, left: readonly LeftBoard[]): ReadonlySet<TentacleId> {
    const { id: run } = job.run;
    const wanted = this.#asked.delete(run);
    const kept = new Set<TentacleId>();
    for (const binding of job.bindings) {
      const { id: tentacle } = binding.tentacle;
      const board = left.find((each) => each.tentacle === tentacle);
      if (!wanted && board === undefined) continue;
      kept.add(tentacle);
      this.#kept.set(tentacle, binding);
      // Whoever changed their mind when it was too late for the teardown gets it now.
      if (!wanted) {
        this.#off(tentacle, binding);
        continue;
      }
      const port = board?.port;
      this.#request.recorder.record({
        type: 'tentacle-kept',
        tentacle,
        after: run,
        ...(port === undefined ? {} : { port }),
      });
    }
    return kept;
  }

  /** What a run did to a board, and a person after it, nobody knows: it is off, and its firmware forgotten, before it is free. */
  letGo(tentacle: TentacleId): void {
    const binding = this.#kept.get(tentacle);
    if (binding === undefined) return;
    this.#request.recorder.record({ type: 'tentacle-let-go', tentacle });
    this.#off(tentacle, binding);
  }

  /** Nobody is to look at anything any more, not at what still runs either. */
  letAllGo(serving: Iterable<Serving>): void {
    for (const each of serving) if (this.wants(each)) this.ask(each);
    for (const tentacle of this.kept) this.letGo(tentacle);
  }

  /** Resolves when all that is leaving is gone. */
  async close(): Promise<void> {
    for (const tentacle of this.kept) this.letGo(tentacle);
    await Promise.all(this.#leaving.values());
  }

  #off(tentacle: TentacleId, binding: JobBinding): void {
    const { desk, recorder, onChange, onBug } = this.#request;
    this.#kept.delete(tentacle);
    const off = async (): Promise<void> => {
      await desk.powerOff([binding]);
      desk.forgetFirmware([tentacle]);
      desk.release([tentacle]);
      recorder.record({ type: 'tentacle-released', tentacle });
      this.#leaving.delete(tentacle);
    };
    this.#leaving.set(tentacle, off().catch(onBug).then(onChange));
  }
}
