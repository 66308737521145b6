import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { suggest } from '../util/suggest.ts';
import { diagnose } from './fault.ts';
import type { Part } from './inherited-parts.ts';
import { textAt, type LocatedEntry, type TextNode } from './located.ts';
import { takesAway } from './overlay.ts';

/** What comes in on two ways is not the same on both. */
export function twoWays({ word }: Part, first: LocatedEntry, second: LocatedEntry): Diagnostic {
  const [changed, other] = second.laidBy === undefined ? [first, second] : [second, first];
  return diagnose(changed.laidBy ?? changed.keySpot, undefined, {
    message: `two plans bring the ${word} "${changed.key}", and not the same`,
    suggestion: `name only the plan that is to count, or override the ${word} in the lab file instead`,
    also: [
      other.laidBy === undefined
        ? { message: 'the other one brings it as it is here', ...other.keySpot }
        : { message: 'the other one overrides it here', ...other.laidBy },
    ],
  });
}

/** A plan defines what one that it extends has already. */
export function definedAgain(
  { word }: Part,
  { key, keySpot }: LocatedEntry,
  inherited: LocatedEntry,
): Diagnostic {
  return diagnose(keySpot, undefined, {
    message: `a plan that this one extends has a ${word} "${key}" already`,
    suggestion: 'leave out label: to override it, else give this one another name',
    also: [{ message: 'the other one', ...inherited.keySpot }],
  });
}

/** There is nothing of this name to override or drop. */
export function unknownPart(
  { word, section, sign }: Part,
  { key, keySpot, value }: LocatedEntry,
  { known, owner }: { readonly known: readonly LocatedEntry[]; readonly owner: 'lab' | 'plan' },
): Diagnostic {
  const names = known.map((entry) => entry.key);
  const labelled = known.find((entry) => textAt(entry.value, 'label')?.text === key)?.key;
  const near = labelled ?? suggest(key, names);
  const where = owner === 'lab' ? 'no plan of this lab' : 'no plan that this one extends';
  const there = names.length === 0 ? `a plan that brings ${section}` : `one of ${names.join(', ')}`;
  return diagnose(keySpot, undefined, {
    message: `${where} has a ${word} "${key}" to ${takesAway(value) ? 'drop' : 'override'}`,
    expected: owner === 'lab' ? there : `${there}; or ${sign}, if this is a new ${word}`,
    ...(near === undefined ? {} : { suggestion: `did you mean "${near}"?` }),
  });
}

/** An override that is no map. */
export function noMap({ section, example }: Part, { key, value }: LocatedEntry): Diagnostic {
  return diagnose(value.spot, value.via, {
    message: `wrong value for "${section}.${key}"`,
    expected: `a map of what is to be other, such as ${example}`,
  });
}

/** An override of a spec that says a label. */
export function relabelled({ spot, via }: TextNode): Diagnostic {
  return diagnose(spot, via, {
    message:
      'an override leaves the label as it is: it stands in the ids of orders, wherever the plan is used',
    suggestion: 'remove label:',
  });
}
