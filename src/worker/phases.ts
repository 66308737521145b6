import type { Ending } from '../audit/ending.ts';
import type { Phase } from '../event/event.ts';
import type { Ms, TentacleId } from '../model/ids.ts';
import { emit, interrupted, since, type PhaseRecord, type RunContext } from './context.ts';
import { sayMs } from './watch.ts';

/** A step did what it should, found it done, or ends the run. */
export type StepEnd = 'done' | 'kept' | Ending;

/** Where a step takes place, and how long it may. */
export interface StepOptions {
  readonly phase: Phase;
  readonly limitMs: Ms;
  /** The signal that ends the step early; a flash, for one, is not cut off by `soon`. */
  readonly stop: AbortSignal;
  /** Set where a run has several tentacles, or the step is not the whole run's. */
  readonly tentacle?: TentacleId;
  /** Who is waited for, in messages: `tentacle 2731`. */
  readonly who: string;
}

/** Past its limit, a step has so long to obey its signal before it is left to itself. */
const OBEY_MS = 1000;

/**
 * Carries out one step with its events, its limit and its stop. `action` throws its expected failures as faults that
 * `toEnding` knows; others are bugs and go on up.
 */
export async function step(
  context: RunContext,
  options: StepOptions,
  action: (signal: AbortSignal) => Promise<StepEnd>,
  toEnding: (fault: unknown) => Ending | undefined,
): Promise<Ending | undefined> {
  const { phase, limitMs } = options;
  const start = beginPhase(context, phase, options.tentacle);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limitMs);
  const signal = AbortSignal.any([options.stop, limit.signal]);
  let end: StepEnd;
  try {
    end = await Promise.race([action(signal), ignored(signal)]);
  } catch (fault) {
    const known = toEnding(fault);
    // A fault while we stopped is what stopping looks like from inside.
    if (known === undefined && !signal.aborted) throw fault;
    end = known ?? IGNORED;
  } finally {
    clearTimeout(timer);
  }
  if (typeof end === 'object' && options.stop.aborted) end = interrupted(`the ${phase} phase`);
  else if (end === IGNORED) end = overdue(phase, limitMs, options.who);
  endPhase(context, phase, start, typeof end === 'object' ? 'failed' : end, options.tentacle);
  return typeof end === 'object' ? end : undefined;
}

/** Says that a phase began; gives the time for `endPhase`. */
export function beginPhase(context: RunContext, phase: Phase, tentacle?: TentacleId): number {
  emit(context, { type: 'phase-started', run: context.job.run.id, ...place(tentacle), phase });
  const start = performance.now();
  context.times.begin(phase, start);
  return start;
}

/** Says that a phase ended. */
export function endPhase(
  context: RunContext,
  phase: Phase,
  start: number,
  ending: PhaseRecord['ending'],
  tentacle?: TentacleId,
): void {
  const durationMs = since(start);
  context.times.end(phase, performance.now());
  emit(context, {
    type: 'phase-finished',
    run: context.job.run.id,
    ...place(tentacle),
    phase,
    ending,
    durationMs,
  });
  context.phases.push({ phase, ...place(tentacle), ending, ms: durationMs });
}

function place(tentacle: TentacleId | undefined): { readonly tentacle?: TentacleId } {
  return tentacle === undefined ? {} : { tentacle };
}

const IGNORED: Ending = { kind: 'finished' };

/** Resolves a while after the signal: whoever has not obeyed by then is not waited for. */
function ignored(signal: AbortSignal): Promise<Ending> {
  return new Promise((resolve) => {
    const wait = () => setTimeout(() => resolve(IGNORED), OBEY_MS).unref();
    if (signal.aborted) wait();
    else signal.addEventListener('abort', wait, { once: true });
  });
}

function overdue(phase: Phase, limitMs: Ms, who: string): Ending {
  const reason = `The ${phase} phase of ${who} took longer than its limit of ${sayMs(limitMs)}.`;
  return { kind: 'phase-failed', cause: 'timeout', reason };
}
