import type { FlashPolicy } from '../../model/job.ts';
import { emit, since, type RunContext } from '../context.ts';
import type { StepEnd } from '../phases.ts';
import { powerOn } from './power.ts';
import type { Place } from './place.ts';

/** Whether the flash phase concerns a place at all: it has firmware to run, hardware that can, and may. */
export function mayFlash(place: Place, policy: FlashPolicy): boolean {
  return policy !== 'skip' && place.binding.firmware !== undefined && place.driver.canFlash;
}

/** Flash: the firmware of the binding, by content, is on the board, and the board runs. */
export async function flash(context: RunContext, place: Place, signal: AbortSignal): Promise<StepEnd> {
  const { binding, driver, ready } = place;
  if (ready.size > 0) return 'kept';
  const limits = { limitMs: binding.board.limits.flashMs, signal };
  const { flash: policy } = context.setup;
  if (policy === 'auto' && (await driver.loaded(limits)) === binding.firmware?.sha256) return 'kept';
  return flashAnyway(context, place, signal);
}

/** The same, whatever the board carries. */
export async function flashAnyway(context: RunContext, place: Place, signal: AbortSignal): Promise<StepEnd> {
  const { binding, driver } = place;
  const { firmware, board, tentacle } = binding;
  if (firmware === undefined) throw new Error('Internal error: expected firmware to flash, was undefined');
  const limits = { limitMs: board.limits.flashMs, signal };
  const start = performance.now();
  await driver.flash(firmware, limits);
  await powerOn(place, signal);
  emit(context, {
    type: 'firmware-flashed',
    run: context.job.run.id,
    tentacle: tentacle.id,
    boardVariant: binding.boardVariant,
    firmware: firmware.sha256,
    version: firmware.version,
    durationMs: since(start),
  });
  return 'done';
}
