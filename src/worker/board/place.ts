import type { StageName } from '../../model/ids.ts';
import type { BoardStageJob, JobBinding } from '../../model/job.ts';
import { SerialFault } from '../../serial/fault.ts';
import { Repl } from '../../serial/repl.ts';
import type { Driver, StepLimits } from '../../tentacle/driver.ts';

/** One bound tentacle of a run while the run has it. */
export interface Place {
  readonly binding: JobBinding;
  readonly driver: Driver;
  /** Device path, once it has power. */
  port?: string;
  /** Open from verify on; closed before a command starts, which opens the port itself. */
  repl?: Repl;
  /** The stages that are ready on it: what an earlier run left, and what this one prepared. */
  readonly ready: Set<StageName>;
  /** Of the time in which they got ready; once it is another one, they are no more. */
  mark?: string;
  /** `sys.implementation` version, once identified. */
  version?: string;
}

/** `tentacle 2731`: a place in messages. */
export function nameOf(place: Place): string {
  return `tentacle ${place.binding.tentacle.id}`;
}

/** Opens the REPL of a place that has power. Throws `SerialFault`, also when the port is no longer this board's. */
export async function connect(place: Place, limits: StepLimits): Promise<Repl> {
  const { port, driver } = place;
  if (port === undefined)
    throw new Error(`Internal error: expected a port of ${nameOf(place)}, was undefined`);
  await closeRepl(place);
  const repl = await Repl.open({ path: port, ...limits });
  place.repl = repl;
  // Asked while we have it open: from here on the port can not become somebody else's without our being told.
  if (await driver.holds(port, limits)) return repl;
  await closeRepl(place);
  throw new SerialFault('gone', port, `the port does not lead to ${nameOf(place)} any more`);
}

/** The REPL of a place that was verified. */
export function openRepl(place: Place): Repl {
  if (place.repl === undefined) {
    throw new Error(`Internal error: expected an open REPL of ${nameOf(place)}, was undefined`);
  }
  return place.repl;
}

/** Closes the port of a place, if it is open. Never throws: what can not be closed is gone. */
export async function closeRepl(place: Place): Promise<void> {
  const { repl } = place;
  delete place.repl;
  await repl?.close().catch(() => undefined);
}

/** The stages that are yet to be prepared on a place, parents first. */
export function stagesToPrepare({ binding: { stages = [] }, ready }: Place): readonly BoardStageJob[] {
  return stages.filter(({ stage }) => !ready.has(stage.name));
}
