import type { TentacleId } from '../model/ids.ts';
import type { BenchView } from './bench-view.ts';
import type { Level } from './level.ts';
import { byRank, type Pool } from './pool.ts';
import { Turn } from './turn.ts';

/**
 * So often may lower-ranked orders take tentacles from a pool of multi-role orders before what it needs is held for it. Less
 * makes tentacles wait for each other, more lets the longest orders come last.
 */
export const PATIENCE = 2;

/** A set of tentacles that is held for a pool's next order. */
interface Claim {
  readonly level: Level;
  readonly pool: Pool;
  readonly tentacles: ReadonlySet<TentacleId>;
}

/**
 * Tentacles that are held for an order that waited too long: a whole set that could carry it out, each free or handed out by
 * us. Only one set at a time, so that few stand idle; and it stays the same until it is complete, so that it becomes so.
 */
export class Hold {
  #claim: Claim | undefined;

  /** What is held for a level's orders, if anything is. */
  for(level: Level, view: BenchView): ReadonlySet<TentacleId> | undefined {
    if (level.roles < 2) return undefined;
    const waiting = [...level.pools].filter(({ passedOver }) => passedOver >= PATIENCE);
    if (this.#claim === undefined && waiting.length === 0) return undefined;
    const soon = view.soon();
    if (this.#claim !== undefined && stillHolds(this.#claim, soon))
      return this.#claim.level === level ? this.#claim.tentacles : undefined;
    this.#claim = undefined;
    const turn = new Turn(soon);
    for (const pool of waiting.toSorted(byRank)) {
      const choice = turn.bestOf([pool]);
      if (choice === undefined) continue;
      const tentacles = new Set(choice.bindings.map(({ tentacle }) => tentacle));
      this.#claim = { level, pool, tentacles };
      return tentacles;
    }
    return undefined;
  }
}

/** Ends when the pool was served, or when one of the set was taken by somebody else. */
function stillHolds({ pool, tentacles }: Claim, soon: BenchView): boolean {
  return (
    pool.passedOver >= PATIENCE && pool.entries.length > 0 && [...tentacles].every((id) => soon.free.has(id))
  );
}
