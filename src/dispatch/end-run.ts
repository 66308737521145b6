import type { TentacleId } from '../model/ids.ts';
import type { Order, TestRun } from '../model/order.ts';
import type { Outcome } from '../model/verdict.ts';
import type { Unschedulable } from '../plan/plan-orders.ts';
import { runCookie } from '../process/cookie.ts';
import { endStrays } from '../process/strays.ts';
import type { Again } from './attempts.ts';
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
  { job, startedAt, stoppedByHand }: Serving,
  { end, leaving }: { readonly end: Extract<RunEnd, { kind: 'died' }>; readonly leaving: WhyLeaving },
): Promise<OutcomeMessage> {
  await Promise.all([endStrays(runCookie(cookie, job.run.id)), desk.powerOff(job.bindings)]);
  const message = outcomeOfDeath(job, end, performance.now() - startedAt);
  const why = leaving()?.cause;
  if (why !== 'interrupted' && why !== 'disk' && !stoppedByHand) return message;
  // We may have killed it ourselves; a run that was cut off is no attempt and nobody's fault, whoever did it.
  const { blame: _, ...outcome } = message.outcome;
  return { ...message, outcome: { ...outcome, cause: 'interrupted' } };
}

/**
 * Everything of a run is over: says so, offers the order again if it is due, and frees what the run held. Gives the order
 * back to the caller when nobody is left who could take it.
 */
export function endRun(service: Service, ended: Through, leaving: WhyLeaving): Unschedulable | undefined {
  const { desk, recorder, bartender, inFlight, stages, shortage } = service;
  const through = withStageDeath(service, ended, leaving);
  const { serving, message } = through;
  const { order, job } = serving;
  inFlight.remove(serving);
  if (message.outcome.cause !== 'shortage') shortage.over();
  desk.forgetFirmware(message.suspect);
  if (message.outcome.verdict === 'error' || message.suspect.length > 0) desk.doubt(tentaclesOf(job.run));
  if (job.run.again === true) {
    endAgain(service, through, leaving);
    return undefined;
  }
  const byHand = serving.stoppedByHand && message.outcome.cause === 'interrupted';
  const cutOff = byHand || isCutOff(message.outcome, leaving());
  const waits = !cutOff && isShort(service, through, leaving);
  const retry = !cutOff && !waits && isRetried(service, through, leaving);
  const willRetry = cutOff || waits || retry;
  recorder.recordSurely(runFinished(job, message, willRetry));
  if (retry && leaving() === undefined) {
    const { run } = job;
    recorder.record({ type: 'run-retried', order: order.id, run: run.id, attempt: run.attempt + 1 });
  }
  if (byHand) notRun(service, order);
  // A tentacle is not to blame for what went wrong on this computer.
  const erredOn = retry && message.outcome.cause !== 'stage-died' ? tentaclesOf(job.run) : [];
  const nobody = willRetry && !byHand ? bartender.giveBack(order, erredOn) : undefined;
  if (!willRetry || byHand) {
    bartender.done(order);
    stages.settled(order.spec);
  }
  if (!willRetry && isFailed(message.outcome)) service.failed.add(order, job.run.attempt);
  release(service, through);
  return nobody;
}

/** What somebody asked for by hand settles nothing, and is tried no more than once. */
function endAgain(service: Service, { serving, message }: Through, leaving: WhyLeaving): void {
  const { recorder, bartender, stages, failed } = service;
  const { order, job } = serving;
  const { outcome } = message;
  recorder.recordSurely(runFinished(job, message, false));
  bartender.done(order);
  stages.settled(order.spec);
  const cutOff = isCutOff(outcome, leaving()) || (serving.stoppedByHand && outcome.cause === 'interrupted');
  failed.over(order, job.run.attempt, !cutOff && !isFailed(outcome));
  release(service, { serving, message });
}

function isFailed({ verdict, expected }: Outcome): boolean {
  return !expected && (verdict === 'fail' || verdict === 'error');
}

/** A run whose stage died under it did not get what it was promised: what else it came to says nothing, unless it passed. */
function withStageDeath({ stages }: Service, through: Through, leaving: WhyLeaving): Through {
  const { serving, message } = through;
  const { verdict, cause } = message.outcome;
  if (serving.hostStages.length === 0 || verdict === 'pass' || verdict === 'skip') return through;
  if ((leaving() !== undefined || serving.stoppedByHand) && cause === 'interrupted') return through;
  const lost = stages.lostBy(serving);
  if (lost === undefined) return through;
  const outcome: Outcome = {
    verdict: 'error',
    expected: false,
    cause: 'stage-died',
    blame: 'lab',
    reason: `The stage "${lost.stage}" died in the middle of the run: ${lost.reason}`,
    ...(lost.evidence === undefined ? {} : { evidence: lost.evidence }),
  };
  return { ...through, message: { ...message, outcome } };
}

/** A person stopped it: its order is not offered again in this session. */
function notRun({ recorder, attempts }: Service, order: Order): void {
  attempts.done(order);
  const reason = 'Its run was stopped by hand.';
  recorder.recordSurely({
    type: 'order-not-run',
    order: order.id,
    spec: order.spec,
    cause: 'interrupted',
    reason,
  });
}

/** It was stopped because the session ends, or met the full disk that ends it: no attempt. */
function isCutOff({ cause }: Outcome, leaving: Leaving | undefined): boolean {
  if (leaving === undefined) return false;
  return cause === 'interrupted' || (cause === 'disk' && leaving.cause === 'disk');
}

/** Whether an order waits because the system had nothing left to start it with: no attempt. */
function isShort(
  { shortage, inFlight, recorder, pool }: Service,
  {
    serving: {
      job: { run },
    },
    message: {
      outcome: { cause, reason },
    },
  }: Through,
  leaving: WhyLeaving,
): boolean {
  if (cause !== 'shortage') return false;
  if (leaving() !== undefined) return true;
  const waits = shortage.met(inFlight.size);
  pool.endIdle();
  if (waits && shortage.tell())
    recorder.record({
      type: 'warning',
      run: run.id,
      message: `${run.id} waits, and so may others. ${reason}`,
    });
  return waits;
}

function isRetried(
  { attempts }: Service,
  { serving: { order, job }, message, died }: Through,
  leaving: WhyLeaving,
): boolean {
  const why = whyAgain(message.outcome, died);
  if (leaving() === undefined && why !== undefined) return attempts.again(order, job.spec, why);
  attempts.done(order);
  return false;
}

/** Undefined: offering it again would change nothing. */
function whyAgain({ verdict, cause, expected }: Outcome, died: boolean): Again | undefined {
  if (cause === 'stage-died' || cause === 'stage-failed') return cause;
  if (died && cause !== 'shortage') return 'worker-died';
  // What was not built will not be there in a minute either, and a shortage was waited for.
  if (verdict === 'error') return cause === 'build-failed' || cause === 'shortage' ? undefined : 'error';
  return verdict === 'fail' && !expected ? 'fail' : undefined;
}

/** Frees the tentacles of a run, but those that are held for the next run of a stage, or for a person. */
function release(
  { desk, recorder, stages, holds }: Service,
  { serving, message }: Pick<Through, 'serving' | 'message'>,
): void {
  const { left = [], kept: staged = [], ...told } = message;
  // The worker may have heard of it too late to forget the stage.
  const forHand = holds.wants(serving);
  const ended = { ...told, left: forHand ? [...left, ...staged] : left, kept: forHand ? [] : staged };
  const held = stages.ended(serving, ended);
  const kept = holds.keep(serving, ended.left);
  const ids = tentaclesOf(serving.job.run).filter((id) => !held.has(id) && !kept.has(id));
  desk.release(ids);
  for (const tentacle of ids) recorder.record({ type: 'tentacle-released', tentacle });
}

function tentaclesOf({ bindings }: TestRun): readonly TentacleId[] {
  return bindings.map(({ tentacle }) => tentacle);
}
