import type { TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import type { Role } from '../model/plan.ts';
import type { Bench } from './bench.ts';
import { byText } from './compare.ts';
import type { Cursor } from './cursor.ts';

/** Who may take a role that does not cover: anybody, the reference board first, or only that. */
export type PartnerPolicy = 'any' | 'prefer-reference' | 'reference-only';

/** Tentacles that may take a partner's role, usable or not, by id. */
export function partnersFor(role: Role, bench: Bench, policy: PartnerPolicy): readonly Tentacle[] {
  if (policy !== 'reference-only') return bench.having(role.feature);
  return bench.reference === undefined ? [] : bench.having(role.feature, bench.reference);
}

/** Tentacles that may take part in some order of a plan, usable or not, by id. */
export function partakersOf({
  cursors,
  bench,
  policy,
}: {
  readonly cursors: readonly Pick<Cursor, 'covering' | 'partners'>[];
  readonly bench: Bench;
  readonly policy: PartnerPolicy;
}): readonly Tentacle[] {
  const parts = new Set(
    cursors.flatMap(({ covering, partners }) => [
      ...covering,
      ...partners.flatMap((role) => partnersFor(role, bench, policy)),
    ]),
  );
  return [...parts].toSorted((a, b) => byText(a.id, b.id));
}

/** True when each pool can give a tentacle of its own that is not taken. */
export function canAssign(pools: readonly (readonly Tentacle[])[], taken: ReadonlySet<TentacleId>): boolean {
  return assign(pools, taken) !== undefined;
}

/**
 * One tentacle from each pool, all different and none of those taken; earlier ones in a pool are preferred, the first pool
 * most. Undefined when there are not enough.
 */
export function assign(
  pools: readonly Iterable<Tentacle>[],
  taken: ReadonlySet<TentacleId>,
): readonly Tentacle[] | undefined {
  const [first, ...rest] = pools;
  if (first === undefined) return [];
  let tried = 0;
  for (const tentacle of first) {
    if (taken.has(tentacle.id)) continue;
    if (rest.length === 0) return [tentacle];
    const others = assign(rest, new Set([...taken, tentacle.id]));
    if (others !== undefined) return [tentacle, ...others];
    // The pools behind can miss at most one tentacle each: more tries find nothing new.
    if (++tried > rest.length) return undefined;
  }
  return undefined;
}
