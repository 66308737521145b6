import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { suggest } from '../util/suggest.ts';
import { diagnose } from './fault.ts';
import { entriesAt, textAt, type Located, type LocatedEntry, type Spot } from './located.ts';
import { layEntry, takesAway } from './overlay.ts';
import type { WrittenPlan } from './plan-files.ts';
import type { ReadPlans } from './open-plans.ts';

/** A spec as it is in one plan or lab, after all that was laid over it. */
interface InheritedSpec {
  /** The plan that defines it. */
  readonly plan: WrittenPlan;
  readonly entry: LocatedEntry;
}

/** By definition: the same name in two files is two specs. */
type Specs = Map<LocatedEntry, InheritedSpec>;

/** A spec that somebody dropped: its entry before, and the key without a value. */
export interface DroppedSpec {
  readonly name: string;
  readonly by: Spot;
}

export interface LabSpecs {
  /** Those of each plan that are left, as they are in this lab, by the plan that defines them. */
  readonly byPlan: ReadonlyMap<WrittenPlan, readonly LocatedEntry[]>;
  readonly dropped: readonly DroppedSpec[];
  readonly faults: readonly Diagnostic[];
}

/**
 * The specs of a lab: those of its plans, with the overrides of extending plans laid over them, then those of the lab file,
 * then those of its overlay. `layers` are the files of the lab, in this order.
 */
export function inheritSpecs(plans: ReadPlans, layers: readonly Located[]): LabSpecs {
  const inheritance = new Inheritance(plans.torn);
  const specs = inheritance.sideBySide(plans.named);
  // An unknown name may be one of a plan that could not be read.
  const whole = plans.faults.length === 0;
  for (const layer of layers)
    for (const entry of entriesAt(layer, 'specs'))
      inheritance.override(specs, entry, { whole, owner: 'lab' });
  const byPlan = Map.groupBy(specs.values(), ({ plan }) => plan);
  return {
    byPlan: new Map([...byPlan].map(([plan, found]) => [plan, found.map(({ entry }) => entry)])),
    dropped: inheritance.dropped,
    faults: inheritance.faults,
  };
}

class Inheritance {
  readonly faults: Diagnostic[] = [];
  readonly dropped: DroppedSpec[] = [];
  readonly #torn: ReadonlySet<WrittenPlan>;
  readonly #done = new Map<WrittenPlan, Specs>();

  constructor(torn: ReadonlySet<WrittenPlan>) {
    this.#torn = torn;
  }

  /** Plans of one list override nothing of each other: what comes in twice must be the same. */
  sideBySide(plans: readonly WrittenPlan[]): Specs {
    const specs: Specs = new Map();
    for (const plan of plans)
      for (const [definition, spec] of this.#specsOf(plan)) {
        const first = specs.get(definition);
        if (first !== undefined && first.entry !== spec.entry)
          this.faults.push(twoWays(first.entry, spec.entry));
        // Of two, the overridden one goes on, so that what else is wrong with it is told, too.
        if (first?.entry.laidBy === undefined) specs.set(definition, spec);
      }
    return specs;
  }

  #specsOf(plan: WrittenPlan): Specs {
    const known = this.#done.get(plan);
    if (known !== undefined) return known;
    const specs = this.sideBySide(plan.extends);
    const whole = !this.#torn.has(plan);
    for (const entry of entriesAt(plan.written, 'specs')) {
      const inherited = [...specs.values()].find((spec) => spec.entry.key === entry.key);
      const extending = plan.extends.length > 0 || !whole;
      if (!extending || textAt(entry.value, 'label') !== undefined)
        if (inherited === undefined) specs.set(entry, { plan, entry });
        else this.faults.push(definedAgain(entry, inherited.entry));
      else this.override(specs, entry, { whole, owner: 'plan' });
    }
    this.#done.set(plan, specs);
    return specs;
  }

  override(
    specs: Specs,
    entry: LocatedEntry,
    { whole, owner }: { readonly whole: boolean; readonly owner: 'lab' | 'plan' },
  ): void {
    const meant = [...specs].filter(([, spec]) => spec.entry.key === entry.key);
    if (meant.length === 0) {
      if (whole) this.faults.push(unknownSpec(entry, [...specs.values()], owner));
      return;
    }
    if (entry.value.kind !== 'map' && !takesAway(entry.value)) {
      this.faults.push(noMap(entry));
      return;
    }
    const label = textAt(entry.value, 'label');
    if (label !== undefined) this.faults.push(relabelled(label.spot, label.via));
    for (const [definition, { plan, entry: under }] of meant) {
      const laid = layEntry(under, entry);
      if (laid !== undefined) specs.set(definition, { plan, entry: laid });
      else {
        specs.delete(definition);
        this.dropped.push({ name: entry.key, by: entry.keySpot });
      }
    }
  }
}

function twoWays(first: LocatedEntry, second: LocatedEntry): Diagnostic {
  const [changed, other] = second.laidBy === undefined ? [first, second] : [second, first];
  return diagnose(changed.laidBy ?? changed.keySpot, undefined, {
    message: `two plans bring the spec "${changed.key}", and not the same`,
    suggestion: 'name only the plan that is to count, or override the spec in the lab file instead',
    also: [
      other.laidBy === undefined
        ? { message: 'the other one brings it as it is here', ...other.keySpot }
        : { message: 'the other one overrides it here', ...other.laidBy },
    ],
  });
}

function definedAgain({ key, keySpot }: LocatedEntry, inherited: LocatedEntry): Diagnostic {
  return diagnose(keySpot, undefined, {
    message: `a plan that this one extends has a spec "${key}" already`,
    suggestion: 'leave out label: to override it, else give this one another name',
    also: [{ message: 'the other one', ...inherited.keySpot }],
  });
}

function unknownSpec(
  { key, keySpot, value }: LocatedEntry,
  specs: readonly InheritedSpec[],
  owner: 'lab' | 'plan',
): Diagnostic {
  const names = specs.map(({ entry }) => entry.key);
  const labelled = specs.find(({ entry }) => textAt(entry.value, 'label')?.text === key)?.entry.key;
  const near = labelled ?? suggest(key, names);
  const where = owner === 'lab' ? 'no plan of this lab' : 'no plan that this one extends';
  const known = names.length === 0 ? 'a plan that brings specs' : `one of ${names.join(', ')}`;
  return diagnose(keySpot, undefined, {
    message: `${where} has a spec "${key}" to ${takesAway(value) ? 'drop' : 'override'}`,
    expected: owner === 'lab' ? known : `${known}; or a label:, if this is a new spec`,
    ...(near === undefined ? {} : { suggestion: `did you mean "${near}"?` }),
  });
}

function noMap({ key, value }: LocatedEntry): Diagnostic {
  return diagnose(value.spot, value.via, {
    message: `wrong value for "specs.${key}"`,
    expected: 'a map of what is to be other, such as { timeout: 90m }',
  });
}

function relabelled(spot: Spot, via: Spot | undefined): Diagnostic {
  return diagnose(spot, via, {
    message:
      'an override leaves the label as it is: it stands in the ids of orders, wherever the plan is used',
    suggestion: 'remove label:',
  });
}

/** A plan with the specs that are left of it in place of those that it was written with. */
export function withSpecs(written: Located, specs: readonly LocatedEntry[]): Located {
  if (written.kind !== 'map') return written;
  const own = written.entries.get('specs');
  if (own?.value.kind !== 'map') return written;
  const value: Located = { ...own.value, entries: new Map(specs.map((entry) => [entry.key, entry])) };
  return { ...written, entries: new Map([...written.entries, ['specs', { ...own, value }]]) };
}
