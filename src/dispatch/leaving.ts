import type { Cause } from '../model/verdict.ts';

/** Why nothing more is served, and orders are left over. */
export interface Leaving {
  readonly cause: Extract<Cause, 'interrupted' | 'bail' | 'fail-fast' | 'disk'>;
  readonly reason: string;
}
