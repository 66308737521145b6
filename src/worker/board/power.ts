import type { Ending } from '../../audit/ending.ts';
import type { RunContext } from '../context.ts';
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
): Promise<Ending | undefined> {
  const ends = await Promise.all(
    places.map((place) =>
      step(
        context,
        {
          phase,
          limitMs: place.binding.board.limits[`${phase}Ms`],
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

/** Power: the board runs, and its port is known. */
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
