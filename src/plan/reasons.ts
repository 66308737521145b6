import type { Bench } from './bench.ts';
import type { NextUp } from './choice.ts';
import { byText, count, sayDuration } from './compare.ts';
import { PATIENCE } from './hold.ts';
import { BY_HAND } from './level.ts';

/** Why this order is served now and not another, as short phrases; asked before it is taken away. */
export function reasonsFor(
  { level: { priority, roles }, choice: { pool, entry, which, bindings, prepared }, instead }: NextUp,
  { reference }: Pick<Bench, 'reference'>,
): string[] {
  const covering = bindings.find(({ role }) => role === entry.cursor.role?.name);
  const reasons: string[] = [];
  if (instead !== undefined)
    reasons.push(`the evening ends ${sayDuration(instead.savedMs)} sooner than with ${instead.of}`);
  if (which !== 'fresh') {
    const erredOn = [...which.erredOn].toSorted(byText);
    reasons.push(erredOn.length === 0 ? 'was given back' : `erred before on ${erredOn.join(', ')}`);
  }
  reasons.push(priority === BY_HAND ? 'was asked for again by hand' : `priority ${priority}`);
  if (roles !== 1) reasons.push(roles === 0 ? 'needs no tentacle' : `${roles} roles`);
  if (pool.passedOver >= PATIENCE) reasons.push(`was passed over ${count(pool.passedOver, 'time')}`);
  if (covering !== undefined) {
    const left = sayDuration(pool.leastLoad);
    reasons.push(`${count(pool.covering.length, 'tentacle')} can cover it, with ${left} of work left each`);
    if (entry.cursor.estimateMs >= pool.leastLoad) reasons.push('is longer than that, or as long');
    if (prepared === 'firmware')
      reasons.push(`${covering.tentacle} carries ${covering.boardVariant} already`);
    if (prepared === 'stage') reasons.push(`its stage is ready on ${covering.tentacle}`);
  }
  for (const { role, tentacle, board } of bindings)
    if (role !== covering?.role && board === reference)
      reasons.push(`partner ${tentacle} is of the reference board`);
  return reasons;
}
