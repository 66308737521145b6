import type { Ending } from '../../audit/ending.ts';
import type { Ms, StageName } from '../../model/ids.ts';
import { emit, type RunContext } from '../context.ts';
import { step, type StepEnd } from '../phases.ts';
import { boardEnding } from './board-fault.ts';
import { nameOf, type Place } from './place.ts';
import type { Phase } from '../../event/event.ts';

/** One step of the bench's side, on each of a run's tentacles at the same time; the first that fails decides. */
export async function onEach(
  context: RunContext,
  places: readonly Place[],
  phase: Extract<Phase, 'power' | 'flash' | 'verify' | 'setup'>,
  action: (place: Place, signal: AbortSignal) => Promise<StepEnd>,
  limitOf: (place: Place) => Ms = ({ binding }) => binding.board.limits[`${phase}Ms`],
): Promise<Ending | undefined> {
  const ends = await Promise.all(
    places.map((place) =>
      step(
        context,
        {
          phase,
          limitMs: limitOf(place),
          // Half-written firmware may leave a board that nobody can talk to: only `now` cuts a flash off.
          stop: phase === 'flash' ? context.stop.now : context.stop.soon,
          ...(context.job.bindings.length > 1 ? { tentacle: place.binding.tentacle.id } : {}),
          who: nameOf(place),
        },
        (signal) => action(place, signal),
        (fault) => boardEnding(context, place, fault),
      ),
    ),
  );
  const { stop } = context;
  const ending = ends.find((end) => end !== undefined);
  if (ending === undefined && stop.state !== 'going')
    return { kind: 'interrupted', during: `the ${phase} phase` };
  return ending;
}

/**
 * Power: the board runs, and its port is known. One that an earlier run left on, and that was on ever since, is as that run
 * left it; one that is on for something else begins anew.
 */
export async function power(context: RunContext, place: Place, signal: AbortSignal): Promise<StepEnd> {
  const { driver, binding } = place;
  const { kept } = binding;
  const limits = { limitMs: binding.board.limits.powerMs, signal };
  if (kept !== undefined) {
    if ((await driver.powerMark(limits)) === kept.mark) {
      place.mark = kept.mark;
      for (const stage of kept.stages) place.ready.add(stage);
    } else lost(context, place, kept.stages);
  }
  if (driver.canPower && place.ready.size === 0 && (kept !== undefined || binding.restart === true))
    await driver.powerOff(limits);
  const end = await powerOn(place, signal);
  return place.ready.size > 0 ? 'kept' : end;
}

function lost(context: RunContext, { binding }: Place, stages: readonly StageName[]): void {
  for (const stage of stages.toReversed())
    emit(context, {
      type: 'stage-stopped',
      run: context.job.run.id,
      tentacle: binding.tentacle.id,
      stage,
      why: 'died',
      reason: 'The board lost its power, or began anew.',
    });
}

/** The board runs, and its port is known. */
export async function powerOn(place: Place, signal: AbortSignal): Promise<StepEnd> {
  const { driver, binding } = place;
  place.port = await driver.powerOn({ limitMs: binding.board.limits.powerMs, signal });
  return driver.canPower ? 'done' : 'kept';
}

/** Takes the power from every board that has a switch; what does not obey within the limit is left. */
export async function cutPower(places: readonly Place[], limitMs: number): Promise<void> {
  const switched = places.filter(({ driver }) => driver.canPower);
  await Promise.allSettled(switched.map(({ driver }) => driver.powerOff({ limitMs })));
}
