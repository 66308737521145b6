import type { TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import { partnersFor } from '../plan/partners.ts';
import type { OrderPlan } from '../plan/plan-orders.ts';

/** The tentacles that may take part in what a plan can do, by id. */
export function tentaclesOf({ cursors, bench, policy }: OrderPlan): readonly Tentacle[] {
  const found = new Map<TentacleId, Tentacle>();
  for (const { obstacle, covering, partners } of cursors) {
    if (obstacle !== undefined) continue;
    for (const tentacle of covering) found.set(tentacle.id, tentacle);
    for (const role of partners)
      for (const tentacle of partnersFor(role, bench, policy)) found.set(tentacle.id, tentacle);
  }
  return bench.usableOf(bench.tentacles.filter(({ id }) => found.has(id)));
}
