import { breakLease } from './break-lease.ts';
import { LabStateFault } from './fault.ts';
import { readLeases } from './lease.ts';

const PREFIX = 'session ';

/** The key of the lease that is the right to go on with the session in this directory (absolute). */
export function claimKey(sessionDirectory: string): string {
  return `${PREFIX}${sessionDirectory}`;
}

/** Whether a lease is such a right, and not a tentacle's. */
export function isClaim(key: string): boolean {
  return key.startsWith(PREFIX);
}

/** Forgets the claims of processes that are gone: nobody may ever go on with those sessions. What can not be read or removed stays. */
export async function sweepClaims(stateDirectory: string): Promise<void> {
  try {
    for (const [key, held] of readLeases(stateDirectory))
      // What such a process left running is found by the record of its session.
      if (isClaim(key)) await breakLease(stateDirectory, held, () => Promise.resolve());
  } catch (error) {
    if (!(error instanceof LabStateFault)) throw error;
  }
}
