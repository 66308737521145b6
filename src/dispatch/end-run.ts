import type { TentacleId } from '../model/ids.ts';
import type { TestRun } from '../model/order.ts';
import type { Outcome } from '../model/verdict.ts';
import type { Unschedulable } from '../plan/plan-orders.ts';
import { runCookie } from '../process/cookie.ts';
import { endStrays } from '../process/strays.ts';
import type { Leaving } from './leaving.ts';
import { outcomeOfDeath, runFinished } from './run-finished.ts';
import type { Service } from './service.ts';
import type { Serving } from './serving.ts';
import type { OutcomeMessage, RunEnd } from './worker-host.ts';

/** A run that is through: what it came to, and whether its worker lived to say so. */
export interface Through {
  readonly serving: Serving;
  readonly message: OutcomeMessage;
  readonly died: boolean;
}

/** Asked again and again: while a run ends, a full disk may end the session. */
type WhyLeaving = () => Leaving | undefined;

/** What a dead worker can not end any more, we do; resolves when nothing of the run is left. */
export async function afterDeath(
  { desk, cookie }: Service,
  { job, startedAt }: Serving,
  { end, leaving }: { readonly end: Extract<RunEnd, { kind: 'died' }>; readonly leaving: WhyLeaving },
): Promise<OutcomeMessage> {
  await Promise.all([endStrays(runCookie(cookie, job.run.id)), desk.powerOff(job.bindings)]);
  const message = outcomeOfDeath(job, end, performance.now() - startedAt);
  const why = leaving()?.cause;
  if (why !== 'interrupted' && why !== 'disk') return message;
  // We may have killed it ourselves; a run that was cut off is no attempt, whoever did it.
  return { ...message, outcome: { ...message.outcome, cause: 'interrupted', blame: 'lab' } };
}

/**
 * Everything of a run is over: says so, offers the order again if it is due, and frees what the run held. Gives the order
 * back to the caller when nobody is left who could take it.
 */
export function endRun(service: Service, through: Through, leaving: WhyLeaving): Unschedulable | undefined {
  const { desk, recorder, bartender, inFlight } = service;
  const { serving, message } = through;
  const { order, job } = serving;
  inFlight.remove(serving);
  desk.forgetFirmware(message.suspect);
  if (message.outcome.verdict === 'error') desk.doubt(tentaclesOf(job.run));
  const cutOff = isCutOff(message.outcome, leaving());
  const retry = !cutOff && isRetried(service, through, leaving);
  const willRetry = cutOff || retry;
  recorder.recordSurely(runFinished(job, message, willRetry));
  if (retry && leaving() === undefined) {
    const { run } = job;
    recorder.record({ type: 'run-retried', order: order.id, run: run.id, attempt: run.attempt + 1 });
  }
  const nobody = willRetry ? bartender.giveBack(order, retry ? tentaclesOf(job.run) : []) : undefined;
  if (!willRetry) bartender.done(order);
  release(service, job.run);
  return nobody;
}

/** It was stopped because the session ends, or met the full disk that ends it: no attempt. */
function isCutOff({ cause }: Outcome, leaving: Leaving | undefined): boolean {
  if (leaving === undefined) return false;
  return cause === 'interrupted' || (cause === 'disk' && leaving.cause === 'disk');
}

function isRetried(
  { attempts }: Service,
  { serving: { order, job }, message, died }: Through,
  leaving: WhyLeaving,
): boolean {
  if (leaving() !== undefined || !isWorthRetrying(message.outcome)) {
    attempts.done(order);
    return false;
  }
  return attempts.again(order, job.spec, died ? 'worker-died' : 'error');
}

/** What was not built will not be there in a minute either. */
function isWorthRetrying({ verdict, cause }: Outcome): boolean {
  return verdict === 'error' && cause !== 'build-failed';
}

function release({ desk, recorder }: Service, run: TestRun): void {
  const ids = tentaclesOf(run);
  desk.release(ids);
  for (const tentacle of ids) recorder.record({ type: 'tentacle-released', tentacle });
}

function tentaclesOf({ bindings }: TestRun): readonly TentacleId[] {
  return bindings.map(({ tentacle }) => tentacle);
}
