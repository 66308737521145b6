import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Spot } from './located.ts';

/** A diagnostic at a spot; `via` is the alias through which the spot is used, if there is one. An error unless it says otherwise. */
export function diagnose(
  spot: Spot,
  via: Spot | undefined,
  facts: Omit<Diagnostic, 'severity' | 'source' | 'range'> & Partial<Pick<Diagnostic, 'severity'>>,
): Diagnostic {
  const used = via === undefined ? [] : [{ message: 'it is used here', ...via }];
  const also = [...(facts.also ?? []), ...used];
  return { severity: 'error', ...facts, ...spot, ...(also.length === 0 ? {} : { also }) };
}
