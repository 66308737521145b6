import type { TentacleId } from '../model/ids.ts';
import type { Binding } from '../model/order.ts';
import type { BenchView, Held } from './bench-view.ts';
import { isBelow, type Level } from './level.ts';
import type { Pool } from './pool.ts';
import { Turn } from './turn.ts';

/**
 * So often may lower-ranked orders take tentacles from a pool of multi-role orders before what it needs is held for it. Less
 * makes tentacles wait for each other, more lets the longest orders come last.
 */
export const PATIENCE = 2;

/** A set of tentacles that could carry out a pool's next order, each free or handed out by us. */
interface Claim {
  readonly level: Level;
  readonly pool: Pool;
  readonly set: ReadonlySet<TentacleId>;
  /** Has most work left of the set, and is not held until it has served one more order; undefined: it has. */
  busiest: TentacleId | undefined;
}

/**
 * Tentacles that are held for an order that waited too long. Only one set at a time, so that few stand idle, and the same set
 * until it is complete, so that it becomes so. Who is held serves what ends before the others are back, and who has most work
 * left any one order more.
 *
 *     nothing ── passed over twice, and first of its level if all were back ──▶ a set is claimed
 *        ▲                                                                         │
 *        └── complete; taken by one of its level or above; lost; served meanwhile ─┘
 */
export class Hold {
  #claim: Claim | undefined;

  /** What is held for a level's orders, if anything is; asked when none of them is served now. */
  for(level: Level, view: BenchView): Held | undefined {
    // Nobody is free as far as we are told, if as much runs as may: a claim outlasts that.
    if (level.roles < 2 || view.free.size === 0) return undefined;
    if (this.#claim !== undefined && isOver(this.#claim, view)) this.#claim = undefined;
    this.#claim ??= claimFor(level, view);
    if (this.#claim?.level !== level) return undefined;
    // All are there, and yet it is not served: what it uses is taken, or it had better wait.
    if ([...this.#claim.set].every((id) => view.free.has(id))) return (this.#claim = undefined);
    return heldBy(this.#claim, view);
  }

  /** An order of a level was given these. */
  served(level: Level, bindings: readonly Binding[]): void {
    const claim = this.#claim;
    if (claim === undefined || bindings.every(({ tentacle }) => !claim.set.has(tentacle))) return;
    if (!isBelow(level, claim.level)) this.#claim = undefined;
    else if (bindings.some(({ tentacle }) => tentacle === claim.busiest)) claim.busiest = undefined;
  }
}

/** What a level's best order needs, if it waited too long. */
function claimFor(level: Level, view: BenchView): Claim | undefined {
  if ([...level.pools].every(({ passedOver }) => passedOver < PATIENCE)) return undefined;
  const choice = new Turn(view.soon()).best(level);
  if (choice === undefined || choice.pool.passedOver < PATIENCE) return undefined;
  const { out } = view.context;
  const set = choice.bindings.map(({ tentacle }) => tentacle);
  const busiest = busiestOf(set, view);
  return { level, pool: choice.pool, set: new Set(set), busiest: out.has(busiest) ? undefined : busiest };
}

function busiestOf(set: readonly TentacleId[], { context: { work } }: BenchView): TentacleId {
  return set.reduce((busiest, id) => (work.loadOf(id).ms > work.loadOf(busiest).ms ? id : busiest));
}

function heldBy({ set, busiest }: Claim, { context: { out } }: BenchView): Held {
  const tentacles = new Set([...set].filter((id) => id !== busiest));
  return { tentacles, forMs: Math.max(...[...tentacles].map((id) => out.dueIn(id))) };
}

/** The pool was served, or one of the set was taken by somebody else. */
function isOver({ pool, set }: Claim, view: BenchView): boolean {
  return pool.passedOver < PATIENCE || pool.entries.length === 0 || [...set].some((id) => !view.isThere(id));
}
