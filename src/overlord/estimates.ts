import type { SessionStarted } from '../event/event.ts';
import type { Ms, OrderId, SpecName } from '../model/ids.ts';

interface SpecTally {
  readonly estimateMs: Ms;
  /** Orders that are not settled. */
  left: number;
  /** Of the runs that settled their orders, all together. */
  took: Ms;
  finished: number;
}

/** Guesses when a session will be over, from the plan's estimates and, as they come, from what runs really took. */
export class Estimates {
  readonly #specs = new Map<SpecName, SpecTally>();
  readonly #running = new Map<OrderId, { readonly spec: SpecName; readonly at: number | undefined }>();
  #startedAt: number | undefined;
  #busyMs: Ms = 0;

  plan(event: SessionStarted): void {
    this.#startedAt ??= event.at;
    for (const { spec, orders, estimateMs } of event.plan.specs)
      if (!this.#specs.has(spec)) this.#specs.set(spec, { estimateMs, left: orders, took: 0, finished: 0 });
  }

  /** The session goes on after a pause in which nothing ran. */
  resumed(at: number | undefined): void {
    this.#running.clear();
    this.#startedAt = at;
    this.#busyMs = 0;
  }

  started(order: OrderId, spec: SpecName, at: number | undefined): void {
    this.#running.set(order, { spec, at });
  }

  finished(order: OrderId, durationMs: Ms, settled: boolean): void {
    const run = this.#running.get(order);
    this.#running.delete(order);
    this.#busyMs += durationMs;
    const spec = run === undefined ? undefined : this.#specs.get(run.spec);
    if (spec === undefined || !settled) return;
    spec.took += durationMs;
    spec.finished++;
    spec.left--;
  }

  /** An order that needs no run any more. */
  dropped(spec: SpecName): void {
    const entry = this.#specs.get(spec);
    if (entry !== undefined) entry.left--;
  }

  /** Ms until all is done, at this epoch ms; undefined as long as nothing is known. */
  etaMs(now: number): Ms | undefined {
    if (this.#startedAt === undefined || this.#running.size === 0) return undefined;
    const pace = this.#pace();
    let work = 0;
    for (const spec of this.#specs.values()) work += spec.left * each(spec, pace);
    let [soFar, longest] = [this.#busyMs, 0];
    for (const { spec, at } of this.#running.values()) {
      const ran = at === undefined ? 0 : Math.max(0, now - at);
      const expected = each(this.#specs.get(spec), pace);
      soFar += ran;
      work -= Math.min(ran, expected);
      longest = Math.max(longest, expected - ran);
    }
    const elapsed = Math.max(1, now - this.#startedAt);
    // How many runs went on at the same time, on average; at the start, how many do now.
    const atOnce = Math.max(1, elapsed < 10_000 ? this.#running.size : soFar / elapsed);
    return Math.max(0, Math.round(Math.max(work / atOnce, longest)));
  }

  /** How long runs took, as a part of what was estimated for them; 1 until one has ended. */
  #pace(): number {
    let [took, estimated] = [0, 0];
    for (const spec of this.#specs.values()) {
      took += spec.took;
      estimated += spec.finished * spec.estimateMs;
    }
    return estimated === 0 ? 1 : took / estimated;
  }
}

/** What one run of a spec takes, ms: the mean of those that ended; until then its estimate, scaled by how others fared. */
function each(spec: SpecTally | undefined, pace: number): Ms {
  if (spec === undefined) return 0;
  return spec.finished > 0 ? spec.took / spec.finished : spec.estimateMs * pace;
}
