import { livenessOf, type Identity } from '../util/process-identity.ts';

export { identityOf, livenessOf, ownIdentity } from '../util/process-identity.ts';
export type { Identity } from '../util/process-identity.ts';

/** False only when the process is provably gone; one on another host may be alive. */
export function isAlive(identity: Identity): boolean {
  return livenessOf(identity) !== 'dead';
}
