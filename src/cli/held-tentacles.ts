import { describeHolder } from '../labstate/describe.ts';
import { LabStateFault } from '../labstate/fault.ts';
import { readLeases, type HeldLease } from '../labstate/lease.ts';
import type { TentacleId } from '../model/ids.ts';
import type { Lab } from '../model/lab.ts';

/** Tentacles of a lab that processes hold now, as it continues "tentacle 2731 …"; `counts` says which holders matter. */
export function heldTentacles(
  { tentacles, stateDirectory }: Pick<Lab, 'tentacles' | 'stateDirectory'>,
  counts: (lease: HeldLease) => boolean,
): Map<TentacleId, string> {
  const leases = leasesOf(stateDirectory);
  return new Map(
    tentacles.flatMap(({ id, leaseKey }) => {
      const held = leases.get(leaseKey);
      return held === undefined || !counts(held) ? [] : [[id, `is ${describeHolder(held)}`] as const];
    }),
  );
}

/** By key; of a state directory that can not be read, none. */
export function leasesOf(stateDirectory: string): ReadonlyMap<string, HeldLease> {
  try {
    return readLeases(stateDirectory);
  } catch (error) {
    if (error instanceof LabStateFault) return new Map();
    throw error;
  }
}
