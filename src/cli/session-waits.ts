import os from 'node:os';
import type { ProcessIdentity } from '../event/event.ts';
import type { HeldLease } from '../labstate/lease.ts';
import type { SessionConfig } from '../log/session-config.ts';
import type { OrderId } from '../model/ids.ts';
import type { Lab } from '../model/lab.ts';
import { HELD_BY_HAND } from '../dispatch/stall.ts';
import type { KeptNow } from '../overlord/kept-now.ts';
import type { RunUnderWay } from '../overlord/runs-now.ts';
import { TestBartender } from '../plan/bartender.ts';
import { planOrders } from '../plan/plan-orders.ts';
import { whyWaiting, type RunNow, type Wait } from '../plan/waits.ts';
import { UsageFault } from './command.ts';
import { heldTentacles } from './held-tentacles.ts';
import { planRequest } from './make-plan.ts';
import type { RecordedRequest } from './past-session.ts';

/**
 * Who waits for what in a session of another process, by what it left on disk: its plan without what is settled or runs, and
 * the leases of others. What only that process knows (firmware that is being built) is left out. Null: its plan can not be
 * made here.
 */
export async function waitsOfSession(session: {
  readonly config: SessionConfig<RecordedRequest>;
  readonly writer: ProcessIdentity;
  readonly settled: ReadonlySet<OrderId>;
  readonly runs: readonly RunUnderWay[];
  readonly kept: readonly KeptNow[];
}): Promise<Wait[] | null> {
  const { config, writer, runs, kept } = session;
  const { lab, request } = config;
  const settled = new Set([...session.settled, ...runs.map(({ order }) => order)]);
  try {
    const plan = planOrders(lab, { ...(await planRequest(lab, request)), settled });
    return whyWaiting(new TestBartender(plan).waiting(), {
      runs: runs.flatMap((run) => runNow(run, lab)),
      away: new Map([
        // Whoever asks for leases tells of a state directory that can not be read.
        ...heldTentacles(
          lab,
          (lease) => !isOf(lease, writer),
          () => undefined,
        ),
        ...kept.map(({ tentacle }) => [tentacle, HELD_BY_HAND] as const),
      ]),
      firmware: new Map(),
      resources: lab.resources,
      jobs: request.jobs,
      hostSlots: request.jobs ?? os.availableParallelism(),
    });
  } catch (error) {
    if (error instanceof UsageFault) return null;
    throw error;
  }
}

function runNow({ run, spec: name, tentacles, since }: RunUnderWay, { specs }: Lab): RunNow[] {
  const spec = specs.find((each) => each.name === name);
  return spec === undefined ? [] : [{ run, spec, tentacles, forMs: Date.now() - since }];
}

function isOf({ holder }: HeldLease, { pid, startTime, bootId }: ProcessIdentity): boolean {
  return holder.pid === pid && holder.startTime === startTime && holder.bootId === bootId;
}
