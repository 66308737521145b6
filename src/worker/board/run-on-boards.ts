import { setTimeout as delay } from 'node:timers/promises';
import type { Ending } from '../../audit/ending.ts';
import { SerialFault } from '../../serial/fault.ts';
import { createDriver } from '../../tentacle/create-driver.ts';
import { runCommand } from '../command/run-command.ts';
import type { RunContext } from '../context.ts';
import { atLeave } from '../last-resort.ts';
import { beginPhase, endPhase } from '../phases.ts';
import { Templates } from '../templates.ts';
import { endedBy, type TestPhaseEnd } from '../test-phase.ts';
import { boardEnding } from './board-fault.ts';
import { flash, mayFlash } from './flash.ts';
import { keepBoard } from './keep-board.ts';
import { leaveOn } from './leave-on.ts';
import { prepare } from './needs.ts';
import { closeRepl, type Place } from './place.ts';
import { cutPower, onEach, power } from './power.ts';
import { prepareStages } from './prepare-stages.ts';
import { verify } from './verify.ts';
import { sayMs } from '../watch.ts';

/** So long a board may take to lose its power when there is no time: before a kill, or when the dispatcher is gone. */
const QUICK_MS = 500;
/** So long a board may be away over USB while it resets. */
const COME_BACK_MS = 1000;

/** A run with boards, from power to teardown, which comes whatever happened before it. */
export async function runOnBoards(context: RunContext): Promise<TestPhaseEnd> {
  const { job, setup } = context;
  const places: Place[] = job.bindings.map((binding) => ({
    binding,
    driver: createDriver(binding.tentacle, binding.board, { virtualHost: setup.virtualHost }),
    ready: new Set(),
  }));
  const settled = atLeave(() => cutPower(places, QUICK_MS));
  let end: TestPhaseEnd | undefined;
  try {
    end = await untilTested(context, places);
    return end;
  } finally {
    await tearDown(context, places, end);
    settled();
  }
}

async function untilTested(context: RunContext, places: readonly Place[]): Promise<TestPhaseEnd> {
  const early = new Templates(context, {}).missing();
  if (early !== undefined) return endedBy(early);
  const failed = await makeReady(context, places);
  if (failed !== undefined) return endedBy(failed);
  const unprepared = await prepareStages(context, places);
  if (unprepared !== undefined) return endedBy(unprepared);
  const ports = Object.fromEntries(places.map(({ binding, port = '' }) => [binding.role, port]));
  const templates = new Templates(context, ports);
  if (context.job.spec.needs.length > 0) {
    const missing = await onEach(context, places, 'setup', (place, signal) =>
      prepare(context, place, templates, signal),
    );
    if (missing !== undefined) return endedBy(missing);
  }
  if (context.job.spec.results === 'repl') {
    const { runOverRepl } = await import('../repl/run-over-repl.ts');
    return runOverRepl(context, places, templates);
  }
  // The command opens the ports itself, and nobody can while they are ours.
  await Promise.all(places.map(closeRepl));
  let lostBefore: Place | undefined;
  let cut = false;
  const end = await runCommand(context, templates, async () => {
    cut = true;
    // Who waited in vain for a board that is gone is not to blame for the time; afterwards it can not be told.
    if (context.stop.state === 'going') lostBefore ??= await lostPlace(places);
    await cutPower(places, QUICK_MS);
  });
  const { ending } = end;
  const how = howItEnded(ending);
  if (how === undefined) return end;
  const lost = cut ? lostBefore : await lostPlace(places);
  if (lost === undefined) return end;
  const evidence = `${lost.port} is not there any more; the test command ${how}.`;
  const fault = new SerialFault('gone', lost.port ?? '', evidence);
  return { ...end, ending: boardEnding(context, lost, fault) ?? ending };
}

/** Undefined when a lost board could not be the reason. */
function howItEnded(ending: Ending): string | undefined {
  if (ending.kind === 'exited')
    return ending.code === 0 ? undefined : `ended with ${ending.signal ?? ending.code}`;
  if (ending.kind === 'timeout' || ending.kind === 'silence')
    return `was ended after ${sayMs(ending.limitMs)}${ending.kind === 'silence' ? ' of silence' : ''}`;
  return undefined;
}

/** A command only sees that it fails when its board vanishes. One that resets its board gets a moment to come back. */
async function lostPlace(places: readonly Place[]): Promise<Place | undefined> {
  const lost = await missingPlace(places);
  if (lost === undefined) return undefined;
  await delay(COME_BACK_MS);
  return missingPlace(places);
}

async function missingPlace(places: readonly Place[]): Promise<Place | undefined> {
  const there = await Promise.all(
    places.map(async ({ driver, port }) => port === undefined || driver.holds(port, { limitMs: QUICK_MS })),
  );
  return places.find((_, index) => there[index] === false);
}

async function makeReady(context: RunContext, places: readonly Place[]): Promise<Ending | undefined> {
  const flashed = places.filter((place) => mayFlash(place, context.setup.flash));
  return (
    (await onEach(context, places, 'power', (place, signal) => power(context, place, signal))) ??
    (flashed.length > 0
      ? await onEach(context, flashed, 'flash', (place, signal) => flash(context, place, signal))
      : undefined) ??
    (await onEach(context, places, 'verify', (place, signal) => verify(context, place, signal)))
  );
}

/**
 * Teardown: boards are off, or at least stopped and reset, or kept for the next run of their stage, or left as they are for a
 * person, and their ports are free. Its faults change no verdict.
 */
async function tearDown(
  context: RunContext,
  places: readonly Place[],
  tested: TestPhaseEnd | undefined,
): Promise<void> {
  const start = beginPhase(context, 'teardown');
  const hurry = context.stop.state === 'now';
  const ends = await Promise.allSettled(
    places.map(async (place) => {
      const limitMs = hurry ? QUICK_MS : place.binding.board.limits.teardownMs;
      if (context.stop.leaveOn && !hurry) return leaveOn(context, place, limitMs);
      if (tested !== undefined && (await keepBoard(context, place, tested.ending, limitMs))) return;
      if (place.driver.canPower) {
        await closeRepl(place);
        await place.driver.powerOff({ limitMs });
      } else if (place.repl !== undefined) {
        // What the last test started must not go on behind the next one.
        try {
          await place.repl.softReset({ limitMs });
        } finally {
          await closeRepl(place);
        }
      }
    }),
  );
  ends.forEach((end, index) => {
    const place = places[index];
    if (end.status === 'fulfilled' || place === undefined) return;
    const { id } = place.binding.tentacle;
    context.suspect.add(id);
    context.collector.note(`Teardown of tentacle ${id} failed: ${String(end.reason)}`);
  });
  const failed = ends.some(({ status }) => status === 'rejected');
  endPhase(context, 'teardown', start, failed ? 'failed' : 'done');
}
