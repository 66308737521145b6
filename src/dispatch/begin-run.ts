import type { RunStarted } from '../event/event.ts';
import { LabStateFault } from '../labstate/fault.ts';
import type { Ms, StageName, TentacleId } from '../model/ids.ts';
import type { RunJob } from '../model/job.ts';
import type { Order, TestRun } from '../model/order.ts';
import type { Decision } from '../plan/bench-state.ts';
import { testIdOf } from '../plan/ids.ts';
import type { Service } from './service.ts';
import { Serving } from './serving.ts';

/** What a worker may take beyond all limits of a run. */
const HUNG_AFTER_MS = 30_000;

/** What became of a decision. */
export type Begun =
  /** It is told and in flight; its job is still to be sent. */
  | { readonly kind: 'serving'; readonly serving: Serving }
  /** The bartender has the order again: somebody else was faster, or the log can not grow. */
  | { readonly kind: 'given-back' }
  /** The same, and these tentacles can not be leased at all; the reason continues "tentacle 2731 …". */
  | { readonly kind: 'no-leases'; readonly ids: readonly TentacleId[]; readonly reason: string }
  /** There is no firmware for it, and there will be none: the order is done with. */
  | { readonly kind: 'build-failed'; readonly order: Order; readonly reason: string }
  /** The stage that it starts from does not get ready: the order is done with. */
  | {
      readonly kind: 'stage-failed';
      readonly order: Order;
      readonly reason: string;
      readonly evidence?: string;
    };

/** Claims what a decision needs, and makes the run of it. Synchronous: nobody gets in between. */
export function beginRun(service: Service, { order, bindings: chosen }: Decision): Begun {
  const { desk, bartender, recorder, attempts, failed, inFlight, pool, session } = service;
  const fault = desk.firmwareFault(chosen);
  if (fault !== undefined) {
    bartender.done(order);
    return { kind: 'build-failed', order, reason: fault };
  }
  const ids = chosen.map(({ tentacle }) => tentacle);
  const unstaged = refuseUnstaged(service, order, chosen);
  if (unstaged !== undefined) return unstaged;
  const held = new Set(ids.filter((tentacle) => desk.keeps(tentacle)));
  const refused = claim(service, order, ids);
  if (refused !== undefined) return refused;
  const bindings = desk.withFirmware(chosen);
  const again = failed.nextAttempt(order);
  const attempt = again ?? attempts.next(order);
  const id = testIdOf(order, bindings, attempt);
  const asked = again === undefined ? {} : { again: true as const };
  const run: TestRun = { id, order: order.id, spec: order.spec, attempt, ...asked, bindings };
  for (const tentacle of ids) if (!held.has(tentacle)) recorder.record({ type: 'tentacle-leased', tentacle });
  if (!recorder.record(runStarted(run))) {
    // Nobody was told of this run, so there was none.
    bartender.giveBack(order);
    for (const tentacle of ids)
      if (held.has(tentacle)) desk.keep(tentacle);
      else desk.release([tentacle]);
    return { kind: 'given-back' };
  }
  const { hostStages, ...job } = jobOf(service, run);
  const serving = new Serving({
    order,
    job,
    worker: pool.take(),
    hostStages,
    hungAfterMs: hungAfterMs(session),
  });
  inFlight.add(serving);
  return { kind: 'serving', serving };
}

/** Tests of what hangs can not wait so long, and say so in the environment. */
function hungAfterMs({ options, env }: Service['session']): Ms {
  return options.hungAfterMs ?? (Number(env['TESTBED_HUNG_AFTER_MS']) || HUNG_AFTER_MS);
}

/**
 * A stage that the order starts from is given up. On a tentacle, the order may be served on another one: it is offered once
 * more, and who then still offers this one has no other.
 */
function refuseUnstaged(
  { stages, bartender }: Service,
  order: Order,
  chosen: Decision['bindings'],
): Begun | undefined {
  const unstaged = stages.obstacle(order, chosen);
  if (unstaged === undefined) return undefined;
  const { elsewhere, ...why } = unstaged;
  if (elsewhere !== undefined && !stages.refusedBefore(order, elsewhere)) {
    bartender.giveBack(order, [elsewhere]);
    return { kind: 'given-back' };
  }
  bartender.done(order);
  return { kind: 'stage-failed', order, ...why };
}

/** Takes the leases; undefined when they are ours. */
function claim({ desk, bartender }: Service, order: Order, ids: readonly TentacleId[]): Begun | undefined {
  try {
    if (desk.claim(ids).ok) return undefined;
    bartender.giveBack(order);
    return { kind: 'given-back' };
  } catch (error) {
    if (!(error instanceof LabStateFault)) throw error;
    bartender.giveBack(order);
    return { kind: 'no-leases', ids, reason: `can not be leased: ${error.message}` };
  }
}

function runStarted({ id, order, attempt, spec, again, bindings }: TestRun): RunStarted {
  const told = bindings.map(({ role, tentacle, boardVariant, firmware }) => ({
    role,
    tentacle,
    boardVariant,
    ...(firmware === undefined ? {} : { firmware: firmware.sha256 }),
  }));
  return {
    type: 'run-started',
    order,
    run: id,
    attempt,
    spec,
    ...(told.length === 0 ? {} : { bindings: told }),
    ...(again === undefined ? {} : { again }),
  };
}

function jobOf(
  { session: { plan, lab, directory }, desk, spec, stages }: Service,
  run: TestRun,
): RunJob & { readonly hostStages: readonly StageName[] } {
  return {
    run,
    spec: spec(run.spec),
    directory: `${directory}/runs/${run.id}`,
    tests: plan.selection.tests,
    extraArguments: plan.selection.extraArguments(run.spec),
    expectations: lab.expectations,
    ...stages.forRun(run, desk.jobBindings(run.bindings)),
  };
}
