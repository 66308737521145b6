import type { BenchView } from './bench-view.ts';
import { bind, type Choice, type NextUp } from './choice.ts';
import { better, type Better, type LastOrder } from './last-orders-search.ts';
import type { Levels, Place } from './level.ts';
import { elsewhere } from './offer.ts';
import type { Pool } from './pool.ts';
import { Turn } from './turn.ts';

/** From so few orders on, all ways to serve them are tried. */
export const LAST_ORDERS = 10;

/**
 * What the rule says, unless the evening ends sooner otherwise: with another order, on other tentacles, or when all but
 * host-only orders wait. `places` is where the last orders are. Nothing can wait for long any more, so nothing is held.
 */
export function nextOfLast(levels: Levels, places: readonly Place[], view: BenchView): NextUp | undefined {
  const turn = new Turn(view);
  let waits = false;
  for (const level of levels.list) {
    if (waits && level.roles > 0) continue;
    const choice = turn.best(level);
    if (choice === undefined) continue;
    const other = level.roles === 0 ? undefined : betterThan(choice, places, view);
    if (other === undefined) return { level, choice };
    if (other.way === undefined) {
      waits = true;
      continue;
    }
    const { order, tentacles } = other.way;
    const { level: another } = levels.placeOf(order.entry);
    if (another.priority < level.priority) return { level, choice };
    const instead = { of: choice.entry.cursor.stem, savedMs: other.savedMs };
    return { level: another, choice: bind(order, { tentacles, betterLater: false }, view), instead };
  }
  return undefined;
}

/** Asks the search whether there is anything better than what the rule says. */
function betterThan(choice: Choice, places: readonly Place[], view: BenchView): Better | undefined {
  const { bench, out, work } = view.context;
  const soon = view.soon();
  const orders = places.flatMap(({ pool }) => [...lastOrdersOf(pool, soon)]);
  const first = orders.find(({ entry, which }) => entry === choice.entry && which === choice.which);
  if (first === undefined)
    throw new Error(`Internal error: expected ${choice.entry.cursor.stem} among the last orders, was not`);
  return better({
    first: { order: first, tentacles: choice.bindings.map(({ tentacle }) => bench.tentacle(tentacle)) },
    orders: [first, ...orders.filter((order) => order !== first)],
    freeIn: new Map([...soon.free].map((id) => [id, out.freeIn(id)])),
    kindOf: (id) => work.loadOf(id),
  });
}

/** All that is left of a pool, each with who could take its roles; orders that nobody here could are left out. */
function* lastOrdersOf(pool: Pool, soon: BenchView): Generator<LastOrder> {
  const free = pool.covering.filter(({ id }) => soon.isFree(id));
  const partners = pool.partners.map(({ members }) => members.filter((each) => soon.canPartner(each, 0)));
  for (const entry of pool.entries) {
    const candidates = soon.candidates(entry, free);
    if ([candidates, ...partners].some(({ length }) => length === 0)) continue;
    const order = { pool, entry, ms: entry.cursor.estimateMs };
    for (const which of entry.returned) {
      const others = candidates.filter(elsewhere(pool, which.erredOn, soon));
      yield { ...order, which, roles: [others.length > 0 ? others : candidates, ...partners] };
    }
    for (let left = entry.fresh; left > 0; left--)
      yield { ...order, which: 'fresh', roles: [candidates, ...partners] };
  }
}
