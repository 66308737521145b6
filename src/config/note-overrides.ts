import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { entriesAt, type LocatedEntry, type Spot } from './located.ts';
import type { OpenPlan } from './plan-files.ts';

/**
 * A fault of a spec or stage may stand where the plan defines it, and come from an override in another file, such as `results: repl`
 * laid over a spec that has a command. It then tells the other file, too.
 */
export function noteOverrides(
  diagnostics: readonly Diagnostic[],
  plans: readonly OpenPlan[],
): readonly Diagnostic[] {
  const overridden = plans
    .flatMap(({ root }) => [...entriesAt(root, 'specs'), ...entriesAt(root, 'stages')])
    .filter((entry): entry is LocatedEntry & { readonly laidBy: Spot } => entry.laidBy !== undefined);
  return diagnostics.map((one) => {
    if (one.severity !== 'error') return one;
    const entry = overridden.find(({ keySpot, value }) => isWithin(one, keySpot, value.spot));
    if (entry === undefined) return one;
    const also = [...(one.also ?? []), { message: `${entry.key} is overridden here`, ...entry.laidBy }];
    return { ...one, also };
  });
}

function isWithin({ source, range }: Diagnostic, from: Spot, to: Spot): boolean {
  return (
    source?.file === from.source.file &&
    range !== undefined &&
    range.offset >= from.range.offset &&
    range.offset < to.range.offset + to.range.length
  );
}
