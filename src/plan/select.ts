import { allSeeds, noneHere } from './all-seeds.ts';
import { readSelector, type KnownLab, type SelectorOption } from './read-selector.ts';
import { matches, Selection, type Selector } from './selection.ts';

/** What the command line says about what is to be tested. */
export interface SelectionRequest {
  readonly only: readonly string[];
  readonly skip: readonly string[];
  /** Globs over test paths. */
  readonly tests: readonly string[];
}

export type SelectionAnswer =
  | { readonly ok: true; readonly selection: Selection }
  /** Sentences for a person, each naming its option. */
  | { readonly ok: false; readonly faults: readonly string[] };

/** Reads `--only`, `--skip` and `--test` against a lab: names that it does not know, and specs that give no orders, are faults. */
export function parseSelection(request: SelectionRequest, lab: KnownLab): SelectionAnswer {
  const only = readSelectors('--only', request.only, lab);
  const skip = readSelectors('--skip', request.skip, lab, true);
  const faults = [...only.faults, ...skip.faults];
  if (faults.length > 0) return { ok: false, faults };
  const selection = new Selection(only.selectors, skip.selectors, request.tests, lab.specs);
  faults.push(...givingNothing(request.only, only.selectors, selection, lab));
  return faults.length > 0 ? { ok: false, faults } : { ok: true, selection };
}

/**
 * One option's selectors, and a sentence for each that names what the lab does not know; whether they leave any order is not
 * asked. `anyBoard`: a board that no tentacle here has is a name, too, and so are its features.
 */
export function readSelectors(
  option: SelectorOption,
  texts: readonly string[],
  lab: KnownLab,
  anyBoard = false,
): { readonly selectors: readonly Selector[]; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const selectors = texts.flatMap((text) => {
    const answer = readSelector(text, lab, { option, anyBoard });
    if (typeof answer !== 'string') return [answer];
    faults.push(`${option} "${text}": ${answer}`);
    return [];
  });
  return { selectors, faults };
}

/** A spec that somebody names and that then gives nothing must not be passed over in silence. */
function givingNothing(
  texts: readonly string[],
  only: readonly Selector[],
  selection: Selection,
  lab: KnownLab,
): string[] {
  if (only.length === 0) return [];
  const left = [...allSeeds(lab, selection)];
  const faults = only.flatMap((selector, index) => {
    if (selector.kind !== 'spec') return [];
    const specs = lab.specs.filter((spec) => matches(selector.glob, spec.name, spec.label));
    if (left.some(({ spec }) => specs.includes(spec))) return [];
    const anyway = [...allSeeds(lab)].some(({ spec }) => specs.includes(spec));
    return [
      `--only "${texts[index]}": ${anyway ? 'the other selectors leave none of its orders.' : noneHere(specs, lab)}`,
    ];
  });
  if (faults.length === 0 && left.length === 0)
    return [`--only ${texts.map((text) => `"${text}"`).join(' ')}: together they select nothing.`];
  return faults;
}
