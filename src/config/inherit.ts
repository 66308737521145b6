import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { definedAgain, noMap, relabelled, twoWays, unknownPart } from './inherit-faults.ts';
import type { Part } from './inherited-parts.ts';
import { entriesAt, textAt, type Located, type LocatedEntry, type Spot } from './located.ts';
import { takesAway } from './overlay.ts';
import type { WrittenPlan } from './plan-files.ts';
import type { ReadPlans } from './open-plans.ts';

/** A spec or stage as it is in one plan or lab, after all that was laid over it. */
interface Inherited {
  /** The plan that defines it. */
  readonly plan: WrittenPlan;
  readonly entry: LocatedEntry;
}

/** By definition: the same name in two files is two of them. */
type All = Map<LocatedEntry, Inherited>;

/** A spec or stage that somebody dropped, with the key without a value. */
export interface Dropped {
  readonly word: Part['word'];
  readonly name: string;
  readonly by: Spot;
}

/** The specs, or the stages, of a lab. */
export interface LabParts {
  /** Those of each plan that are left, as they are in this lab, by the plan that defines them. */
  readonly byPlan: ReadonlyMap<WrittenPlan, readonly LocatedEntry[]>;
  readonly dropped: readonly Dropped[];
  readonly faults: readonly Diagnostic[];
}

/**
 * The specs, or the stages, of a lab: those of its plans, with the overrides of extending plans laid over them, then those of
 * the lab file, then those of its overlay. `layers` are the files of the lab, in this order.
 */
export function inherit(part: Part, plans: ReadPlans, layers: readonly Located[]): LabParts {
  const inheritance = new Inheritance(part, plans.torn);
  const all = inheritance.sideBySide(plans.named);
  // An unknown name may be one of a plan that could not be read.
  const whole = plans.faults.length === 0;
  for (const layer of layers)
    for (const entry of entriesAt(layer, part.section))
      inheritance.override(all, entry, { whole, owner: 'lab' });
  const byPlan = Map.groupBy(all.values(), ({ plan }) => plan);
  return {
    byPlan: new Map([...byPlan].map(([plan, found]) => [plan, found.map(({ entry }) => entry)])),
    dropped: inheritance.dropped,
    faults: inheritance.faults,
  };
}

class Inheritance {
  readonly faults: Diagnostic[] = [];
  readonly dropped: Dropped[] = [];
  readonly #part: Part;
  readonly #torn: ReadonlySet<WrittenPlan>;
  readonly #done = new Map<WrittenPlan, All>();

  constructor(part: Part, torn: ReadonlySet<WrittenPlan>) {
    this.#part = part;
    this.#torn = torn;
  }

  /** Plans of one list override nothing of each other: what comes in twice must be the same. */
  sideBySide(plans: readonly WrittenPlan[]): All {
    const all: All = new Map();
    for (const plan of plans)
      for (const [definition, one] of this.#allOf(plan)) {
        const first = all.get(definition);
        if (first !== undefined && first.entry !== one.entry)
          this.faults.push(twoWays(this.#part, first.entry, one.entry));
        // Of two, the overridden one goes on, so that what else is wrong with it is told, too.
        if (first?.entry.laidBy === undefined) all.set(definition, one);
      }
    return all;
  }

  #allOf(plan: WrittenPlan): All {
    const known = this.#done.get(plan);
    if (known !== undefined) return known;
    const all = this.sideBySide(plan.extends);
    const whole = !this.#torn.has(plan);
    const extending = plan.extends.length > 0 || !whole;
    for (const entry of entriesAt(plan.written, this.#part.section)) {
      const inherited = [...all.values()].find((one) => one.entry.key === entry.key);
      const overrides =
        extending && (!this.#part.isNew(entry) || (inherited !== undefined && this.#part.mayReplace));
      if (overrides) this.override(all, entry, { whole, owner: 'plan' });
      else if (inherited === undefined) all.set(entry, { plan, entry });
      else this.faults.push(definedAgain(this.#part, entry, inherited.entry));
    }
    this.#done.set(plan, all);
    return all;
  }

  override(
    all: All,
    entry: LocatedEntry,
    { whole, owner }: { readonly whole: boolean; readonly owner: 'lab' | 'plan' },
  ): void {
    const part = this.#part;
    const meant = [...all].filter(([, one]) => one.entry.key === entry.key);
    if (meant.length === 0) {
      const known = [...all.values()].map((one) => one.entry);
      if (whole) this.faults.push(unknownPart(part, entry, { known, owner }));
      return;
    }
    if (entry.value.kind !== 'map' && !takesAway(entry.value)) {
      this.faults.push(noMap(part, entry));
      return;
    }
    const label = part.word === 'spec' ? textAt(entry.value, 'label') : undefined;
    if (label !== undefined) this.faults.push(relabelled(label));
    for (const [definition, { plan, entry: under }] of meant) {
      const laid = part.lay(under, entry);
      if (laid !== undefined) all.set(definition, { plan, entry: laid });
      else {
        all.delete(definition);
        this.dropped.push({ word: part.word, name: entry.key, by: entry.keySpot });
      }
    }
  }
}

/** A plan with what is left of one of its sections in place of what it was written with. */
export function withParts({ section }: Part, written: Located, left: readonly LocatedEntry[]): Located {
  if (written.kind !== 'map') return written;
  const own = written.entries.get(section);
  if (own?.value.kind !== 'map') return written;
  const value: Located = { ...own.value, entries: new Map(left.map((entry) => [entry.key, entry])) };
  return { ...written, entries: new Map([...written.entries, [section, { ...own, value }]]) };
}
