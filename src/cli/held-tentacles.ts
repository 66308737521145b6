import { describeHolder } from '../labstate/describe.ts';
import { LabStateFault } from '../labstate/fault.ts';
import { readLeases, type HeldLease } from '../labstate/lease.ts';
import type { TentacleId } from '../model/ids.ts';
import type { Lab } from '../model/lab.ts';

/** Takes a sentence for a person. */
type Tell = (sentence: string) => void;

/** Tentacles of a lab that processes hold now, as it continues "tentacle 2731 …"; `counts` says which holders matter. */
export function heldTentacles(
  { tentacles, stateDirectory }: Pick<Lab, 'tentacles' | 'stateDirectory'>,
  counts: (lease: HeldLease) => boolean,
  tell: Tell,
): Map<TentacleId, string> {
  const leases = leasesOf(stateDirectory, tell);
  return new Map(
    tentacles.flatMap(({ id, leaseKey }) => {
      const held = leases.get(leaseKey);
      return held === undefined || !counts(held) ? [] : [[id, `is ${describeHolder(held)}`] as const];
    }),
  );
}

/** By key; of a state directory that can not be read, none, and that is told. */
export function leasesOf(stateDirectory: string, tell: Tell): ReadonlyMap<string, HeldLease> {
  try {
    return readLeases(stateDirectory);
  } catch (error) {
    if (!(error instanceof LabStateFault)) throw error;
    tell(`who holds what is not known: ${error.message}`);
    return new Map();
  }
}
