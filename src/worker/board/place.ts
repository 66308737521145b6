import type { JobBinding } from '../../model/job.ts';
import type { Repl } from '../../serial/repl.ts';
import type { Driver } from '../../tentacle/driver.ts';

/** One bound tentacle of a run while the run has it. */
export interface Place {
  readonly binding: JobBinding;
  readonly driver: Driver;
  /** Device path, once it has power. */
  port?: string;
  /** Open from verify on; closed before a command starts, which opens the port itself. */
  repl?: Repl;
  /** `sys.implementation` version, once identified. */
  version?: string;
}

/** `tentacle 2731`: a place in messages. */
export function nameOf(place: Place): string {
  return `tentacle ${place.binding.tentacle.id}`;
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
