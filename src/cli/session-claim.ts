import { setTimeout as delay } from 'node:timers/promises';
import { breakLease } from '../labstate/break-lease.ts';
import { LabStateFault } from '../labstate/fault.ts';
import { acquireLease, prepareLeases, readLease, releaseLease } from '../labstate/lease.ts';
import { claimKey } from '../labstate/session-claims.ts';
import { readSessionConfig } from '../log/session-config.ts';
import { endStrays } from '../process/strays.ts';
import { UsageFault } from './command.ts';

const BREAKING_MS = 50;

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
  const key = claimKey(directory);
  const owner = { command: command.join(' '), cookie: '' };
  for (;;) {
    const answer = acquireLease(stateDirectory, key, owner);
    if (answer.ok) return () => void releaseLease(answer.lease);
    const { held } = answer;
    if (held.liveness === 'dead') {
      // Whoever else breaks it needs a moment for it.
      if ((await breakLease(stateDirectory, held, endStrays)) === 'elsewhere') await delay(BREAKING_MS);
      continue;
    }
    const { pid, host } = held.holder;
    throw new UsageFault(
      `${directory} is being resumed by pid ${pid} on ${host}.`,
      'Watch it there, or end that process.',
    );
  }
}

/** Whether somebody who lives is about to go on with a session, or does. Of a state directory that can not be read: nobody. */
export function isResumed(directory: string): boolean {
  const lab = readSessionConfig(directory)?.lab;
  if (lab === undefined) return false;
  try {
    return readLease(lab.stateDirectory, claimKey(directory))?.liveness === 'alive';
  } catch (error) {
    if (error instanceof LabStateFault) return false;
    throw error;
  }
}
