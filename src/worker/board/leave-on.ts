import type { Ms } from '../../model/ids.ts';
import type { RunContext } from '../context.ts';
import { closeRepl, type Place } from './place.ts';

/**
 * Leaves a board as the run left it, its port free, because somebody wants to look at it. What has lost its power by now, as
 * before a test process is killed, stays without.
 */
export async function leaveOn({ left, masker }: RunContext, place: Place, limitMs: Ms): Promise<void> {
  const { binding, driver, port } = place;
  await closeRepl(place);
  const mark = port === undefined ? undefined : await driver.powerMark({ limitMs }).catch(() => undefined);
  const { id } = binding.tentacle;
  left.push({
    tentacle: id,
    ...(port === undefined || mark === undefined ? {} : { port: masker.text(port) }),
  });
}
