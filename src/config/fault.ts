import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Spot, TextNode } from './located.ts';

/** A diagnostic at a spot; `via` is the alias through which the spot is used, if there is one. An error unless it says otherwise. */
export function diagnose(
  spot: Spot,
  via: Spot | undefined,
  facts: Omit<Diagnostic, 'severity' | 'source' | 'range'> & Partial<Pick<Diagnostic, 'severity'>>,
): Diagnostic {
  const elsewhere = via !== undefined && via.range.offset !== spot.range.offset;
  const used = elsewhere ? [{ message: 'it is used here', ...via }] : [];
  const also = [...(facts.also ?? []), ...used];
  return { severity: 'error', ...facts, ...spot, ...(also.length === 0 ? {} : { also }) };
}

/** A fault of a file as a whole, such as that it is a directory, at the text that names the file. */
export function toldWhereNamed(fault: Diagnostic, { spot, via }: TextNode): Diagnostic {
  const { source, range, message, suggestion } = fault;
  if (source === undefined || range !== undefined) return fault;
  return diagnose(spot, via, {
    message: `${source.file}: ${message}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}
