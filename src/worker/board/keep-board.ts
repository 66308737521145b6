import type { Ending } from '../../audit/ending.ts';
import type { Ms } from '../../model/ids.ts';
import type { RunContext } from '../context.ts';
import { closeRepl, stagesToPrepare, type Place } from './place.ts';

/**
 * Leaves a board on for the next run of its stage: true, if all of the stage is ready, and this run ended in a way that leaves
 * no doubt about the board.
 */
export async function keepBoard(
  context: RunContext,
  place: Place,
  ending: Ending,
  limitMs: Ms,
): Promise<boolean> {
  const { binding, driver, ready, port } = place;
  const { id } = binding.tentacle;
  const sound =
    ending.kind === 'exited' || ending.kind === 'finished' || ending.kind === 'precondition-missing';
  if (ready.size === 0 || stagesToPrepare(place).length > 0) return false;
  if (!sound || context.stop.state !== 'going' || context.suspect.has(id)) return false;
  // Of a board that can not be asked nobody knows how it will be found.
  const mark = await driver.powerMark({ limitMs }).catch(() => undefined);
  if (mark === undefined || mark !== place.mark) return false;
  await closeRepl(place);
  // A person may ask for it when it is too late to be told.
  const where = port === undefined ? {} : { port: context.masker.text(port) };
  context.kept.push({ tentacle: id, ...where, stages: [...ready], mark });
  return true;
}
