import { breakLease } from '../labstate/break-lease.ts';
import { acquireLease, prepareLeases, releaseLease } from '../labstate/lease.ts';
import { endStrays } from '../process/strays.ts';
import { UsageFault } from './command.ts';

/**
 * Takes the right to go on with a session, so that no two do; call the answer to give it back. Throws `UsageFault` when
 * somebody has it; a dead one's claim is taken over.
 */
export async function claimSession(
  stateDirectory: string,
  directory: string,
  command: readonly string[],
): Promise<() => void> {
  prepareLeases(stateDirectory);
  const key = `session ${directory}`;
  const owner = { command: command.join(' '), cookie: '' };
  for (;;) {
    const answer = acquireLease(stateDirectory, key, owner);
    if (answer.ok) return () => void releaseLease(answer.lease);
    const { held } = answer;
    if (held.liveness === 'dead') {
      await breakLease(stateDirectory, held, endStrays);
      continue;
    }
    const { pid, host } = held.holder;
    throw new UsageFault(
      `${directory} is being resumed by pid ${pid} on ${host}.`,
      'Watch it there, or end that process.',
    );
  }
}
