import { byText, count, sayDuration } from './compare.ts';
import type { Level } from './level.ts';
import type { Pool } from './pool.ts';
import type { Pick, TurnContext } from './turn.ts';
import type { WorkLeft } from './work-left.ts';

/**
 * So often may lower-ranked orders take tentacles from a pool of multi-role orders before what it needs is held for it. Less
 * makes tentacles wait for each other, more lets the longest orders come last.
 */
export const PATIENCE = 2;

/** A pool can wait as long as one of those who can cover it has little to do. */
export function leastWork(pool: Pool, work: WorkLeft): number {
  let least = Infinity;
  for (const { id } of pool.covering) least = Math.min(least, work.of(id));
  return least;
}

/** Why this order is served now and not another, as short phrases; asked before it is taken away. */
export function reasonsFor(
  { pool, entry, which, bindings, carried }: Pick,
  level: Level,
  { work, bench }: TurnContext,
): string[] {
  const covering = bindings.find(({ role }) => role === entry.cursor.role?.name);
  const reasons: string[] = [];
  if (which === 'returned') {
    const erredOn = [...(entry.returned[0]?.erredOn ?? [])].toSorted(byText);
    reasons.push(erredOn.length === 0 ? 'was given back' : `erred before on ${erredOn.join(', ')}`);
  }
  reasons.push(`priority ${level.priority}`);
  if (level.roles !== 1) reasons.push(level.roles === 0 ? 'needs no tentacle' : `${level.roles} roles`);
  if (pool.passedOver >= PATIENCE) reasons.push(`was passed over ${count(pool.passedOver, 'time')}`);
  if (covering !== undefined) {
    const left = sayDuration(leastWork(pool, work));
    reasons.push(`${count(pool.covering.length, 'tentacle')} can cover it, with ${left} of work left each`);
    if (carried) reasons.push(`${covering.tentacle} carries ${covering.boardVariant} already`);
  }
  for (const { role, tentacle, board } of bindings)
    if (role !== covering?.role && board === bench.reference)
      reasons.push(`partner ${tentacle} is of the reference board`);
  return reasons;
}
