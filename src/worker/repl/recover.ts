import { SerialFault } from '../../serial/fault.ts';
import { closeRepl, connect, nameOf, openRepl, type Place } from '../board/place.ts';
import { warn } from '../context.ts';
import type { ReplRun } from './repl-run.ts';

/** How long a board that was interrupted may take to answer; a sound one does at once. */
const ANSWER_MS = 3000;

/**
 * Makes a board answer again after a test that hung: Ctrl-C and a soft reset, and where that does not help, a power
 * cycle. Throws the fault when the board stays away: the run can not go on.
 */
export async function recover(run: ReplRun, place: Place, why: string): Promise<void> {
  const { limit, context } = run;
  const { signal } = limit;
  const { driver } = place;
  try {
    // Interrupts whatever runs, first.
    await openRepl(place).softReset({ limitMs: ANSWER_MS, signal });
    context.collector.note(`${nameOf(place)} was interrupted (${why}) and answers again.`);
    return;
  } catch (fault) {
    if (!(fault instanceof SerialFault) || signal.aborted) throw fault;
    if (!driver.canPower && fault.kind !== 'restarted') throw fault;
    context.collector.note(`${nameOf(place)} does not answer after Ctrl-C: ${fault.message}`);
  }
  await closeRepl(place);
  const { powerMs, teardownMs, verifyMs } = place.binding.board.limits;
  if (driver.canPower) {
    warn(context, `${nameOf(place)} does not answer after Ctrl-C (${why}); its power is taken off and on.`);
    await driver.powerOff({ limitMs: teardownMs, signal });
  }
  place.port = await driver.powerOn({ limitMs: powerMs, signal });
  await connect(place, { limitMs: verifyMs, signal });
}
