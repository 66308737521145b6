import type { TestRunSpec, Uses } from '../model/plan.ts';

/** What every run uses, and an isolated one alone; no author can give a resource this name. */
const BENCH = ' the bench';

/** All that a run uses. */
export function usesOf({ uses, isolated }: Pick<TestRunSpec, 'uses' | 'isolated'>): Uses {
  return { ...uses, [BENCH]: isolated ? 'exclusive' : 'shared' };
}

/** Named resources of host or lab that runs of this session use: many share one, or one has it alone. */
export class Resources {
  readonly #users = new Map<string, { exclusive: boolean; count: number }>();

  /** True when a run with these uses could begin. */
  free(uses: Uses): boolean {
    return Object.entries(uses).every(([name, how]) => {
      const user = this.#users.get(name);
      return user === undefined || (how === 'shared' && !user.exclusive);
    });
  }

  take(uses: Uses): void {
    for (const [name, how] of Object.entries(uses)) {
      const user = this.#users.get(name);
      if (user === undefined) this.#users.set(name, { exclusive: how === 'exclusive', count: 1 });
      else user.count++;
    }
  }

  giveBack(uses: Uses): void {
    for (const name of Object.keys(uses)) {
      const user = this.#users.get(name);
      if (user === undefined) throw new Error(`Internal error: expected resource ${name} in use, was free`);
      if (--user.count === 0) this.#users.delete(name);
    }
  }
}
