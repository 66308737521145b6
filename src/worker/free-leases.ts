import { setTimeout as delay } from 'node:timers/promises';
import { breakLease } from '../labstate/break-lease.ts';
import { readLease } from '../labstate/lease.ts';
import type { Ms } from '../model/ids.ts';
import type { RunJob, WorkerSetup } from '../model/job.ts';

/** The kernel closes the pipes of a killed process a moment before it calls it dead. */
const DYING_MS = 200;

/** A run that a worker got, and when, in epoch ms: what was leased later is not of this run. */
export interface GotJob {
  readonly job: RunJob;
  readonly at: number;
}

/**
 * The dispatcher is gone, and what this worker did for it is ended: if it was killed, the leases of the run's tentacles are
 * freed, so that the bench is as if nothing had been. What fails is left to the next session, which breaks them.
 *
 * @param othersMs so long other workers of the session may take to end theirs: a lease that a stage keeps is used by several in
 *   turn, and this worker may not be the last
 */
export async function freeLeases(
  { stateDirectory, benchCookie }: WorkerSetup,
  { job, at }: GotJob,
  othersMs: Ms,
): Promise<void> {
  await Promise.allSettled(job.bindings.map(({ tentacle }) => free(tentacle.leaseKey)));

  async function free(key: string): Promise<void> {
    const limit = performance.now() + DYING_MS;
    for (;;) {
      const held = readLease(stateDirectory, key);
      if (held === undefined || held.holder.cookie !== benchCookie || held.holder.since > at) return;
      if (held.liveness === 'dead') {
        await delay(othersMs);
        // Each of them ended what was its own, as this one did.
        return void (await breakLease(stateDirectory, held, () => Promise.resolve()));
      }
      if (performance.now() >= limit) return;
      await delay(5);
    }
  }
}
