import type { RunFinished } from '../event/event.ts';
import type { Ms } from '../model/ids.ts';
import type { RunJob } from '../model/job.ts';
import type { OutcomeMessage, RunEnd } from './worker-host.ts';

const SIGNS_OF_EVIDENCE = 1000;

/** The outcome of a run whose worker did not live to tell one. */
export function outcomeOfDeath(
  job: RunJob,
  end: Extract<RunEnd, { kind: 'died' }>,
  durationMs: Ms,
): OutcomeMessage {
  const evidence = end.evidence?.slice(-SIGNS_OF_EVIDENCE);
  const { shortage } = end;
  return {
    kind: 'outcome',
    run: job.run.id,
    outcome: {
      verdict: 'error',
      expected: false,
      cause: shortage === undefined ? 'worker-died' : 'shortage',
      blame: 'lab',
      reason:
        shortage === undefined
          ? `The worker process died in the middle of the run: ${end.how}.`
          : `The system had nothing left to start its worker with: ${shortage}`,
      ...(evidence === undefined ? {} : { evidence }),
    },
    durationMs: Math.round(durationMs),
    suspect: job.bindings.map(({ tentacle }) => tentacle.id),
    healthy: false,
  };
}

/** The last event of a run; it carries only what it must. */
export function runFinished(job: RunJob, message: OutcomeMessage, willRetry: boolean): RunFinished {
  const { run } = job;
  const { verdict, expected, cause, blame, reason, evidence } = message.outcome;
  const kept = verdict === 'pass' || verdict === 'skip' ? undefined : message.reproduce;
  return {
    type: 'run-finished',
    order: run.order,
    run: run.id,
    attempt: run.attempt,
    verdict,
    expected,
    ...(cause === undefined ? {} : { cause }),
    ...(blame === undefined ? {} : { blame }),
    ...(reason === undefined ? {} : { reason }),
    ...(evidence === undefined ? {} : { evidence }),
    willRetry,
    ...(run.again === undefined ? {} : { again: run.again }),
    ...(message.tests === undefined ? {} : { tests: message.tests }),
    durationMs: message.durationMs,
    ...(message.times === undefined ? {} : { times: message.times }),
    ...(kept === undefined ? {} : { reproduce: kept }),
  };
}
