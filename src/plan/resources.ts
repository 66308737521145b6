import type { RunId } from '../model/ids.ts';
import type { TestRunSpec, Uses } from '../model/plan.ts';
import { several } from './compare.ts';

/** What every run uses, and an isolated one alone; no author can give a resource this name. */
const BENCH = ' the bench';

/** All that a run uses. */
export function usesOf({ uses, isolated }: Pick<TestRunSpec, 'uses' | 'isolated'>): Uses {
  return { ...uses, [BENCH]: isolated ? 'exclusive' : 'shared' };
}

/** A run, and what it uses. */
export interface User {
  readonly run: RunId;
  readonly uses: Uses;
}

/**
 * What keeps a run with these uses from beginning beside others, a phrase for each resource:
 * `resource bus is taken by SPI[2731-…]`. Of a resource that `capacity` does not name there is one.
 */
export function inTheWay(
  uses: Uses,
  users: readonly User[],
  capacity?: Readonly<Record<string, number>>,
): string[] {
  const resources = new Resources(capacity);
  for (const user of users) resources.take(user.uses);
  return Object.entries(uses).flatMap(([name, how]) => {
    if (resources.free({ [name]: how })) return [];
    const by = users.filter((user) => Object.hasOwn(user.uses, name)).map(({ run }) => run);
    const who = several(by);
    if (name !== BENCH) return [`resource ${name} is taken by ${who}`];
    const verb = by.length === 1 ? 'runs' : 'run';
    return [
      how === 'exclusive'
        ? `it wants the bench alone, and ${who} ${verb} on it`
        : `${who} has the bench alone`,
    ];
  });
}

/** Named resources of host or lab that runs of this session use: many share one, some take a part of it, or one has it alone. */
export class Resources {
  readonly #users = new Map<string, { readonly exclusive: boolean; count: number; taken: number }>();
  readonly #capacity: Readonly<Record<string, number>>;

  /** @param capacity how many there are; of what is not named, one */
  constructor(capacity: Readonly<Record<string, number>> = {}) {
    this.#capacity = capacity;
  }

  /** True when a run with these uses could begin. */
  free(uses: Uses): boolean {
    return Object.entries(uses).every(([name, how]) => {
      const user = this.#users.get(name);
      if (user === undefined) return true;
      if (how === 'exclusive' || user.exclusive) return false;
      return user.taken + unitsOf(how) <= capacityOf(this.#capacity, name);
    });
  }

  take(uses: Uses): void {
    for (const [name, how] of Object.entries(uses)) {
      const user = this.#users.get(name) ?? { exclusive: how === 'exclusive', count: 0, taken: 0 };
      user.count++;
      user.taken += unitsOf(how);
      this.#users.set(name, user);
    }
  }

  giveBack(uses: Uses): void {
    for (const [name, how] of Object.entries(uses)) {
      const user = this.#users.get(name);
      if (user === undefined) throw new Error(`Internal error: expected resource ${name} in use, was free`);
      user.taken -= unitsOf(how);
      if (--user.count === 0) this.#users.delete(name);
    }
  }
}

/** How many there are of a resource. */
export function capacityOf(capacity: Readonly<Record<string, number>>, name: string): number {
  return Object.hasOwn(capacity, name) ? (capacity[name] ?? 1) : 1;
}

function unitsOf(how: Uses[string]): number {
  return typeof how === 'number' ? how : 0;
}
