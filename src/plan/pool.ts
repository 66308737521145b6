import type { Ms, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import type { Order } from '../model/order.ts';
import type { Role } from '../model/plan.ts';
import { byText } from './compare.ts';
import { lengthOf, orderAt, type Cursor } from './cursor.ts';
import type { Obstacle } from './obstacle.ts';
import type { PlannedCursor } from './plan-orders.ts';
import type { Share } from './work-left.ts';

/** An order that is offered again, and the tentacles on which it erred. */
interface Returned {
  readonly order: Order;
  readonly erredOn: ReadonlySet<TentacleId>;
}

/** How far a cursor is served. */
export class Entry {
  readonly cursor: PlannedCursor;
  readonly returned: Returned[] = [];
  #served = 0;

  constructor(cursor: PlannedCursor) {
    this.cursor = cursor;
  }

  get left(): number {
    return lengthOf(this.cursor.repeats) - this.#served + this.returned.length;
  }

  /** What is left was declared unschedulable: it is not served any more. */
  obstacle: Obstacle | undefined;

  /** True when there is an order that was never served. */
  get hasFresh(): boolean {
    return this.#served < lengthOf(this.cursor.repeats);
  }

  /** Takes the next order away: the first that was given back, or the first that was never served. */
  take(which: 'returned' | 'fresh'): Order {
    const order = which === 'returned' ? this.returned.shift()?.order : orderAt(this.cursor, this.#served++);
    if (order === undefined)
      throw new Error(`Internal error: expected an order given back to ${this.cursor.stem}, was none`);
    return order;
  }

  giveBack(order: Order, erredOn: ReadonlySet<TentacleId>): void {
    if (this.returned.some((other) => other.order.id === order.id))
      throw new Error(`Internal error: expected each order to be given back once, was ${order.id} again`);
    const at = this.returned.findIndex((other) => other.order.repeat > order.repeat);
    this.returned.splice(at === -1 ? this.returned.length : at, 0, { order, erredOn });
  }

  /** All that is left, not taken away. */
  *orders(): Generator<Order> {
    for (const { order } of this.returned) yield order;
    for (let index = this.#served; index < lengthOf(this.cursor.repeats); index++)
      yield orderAt(this.cursor, index);
  }
}

/** Cursors of one level whose orders the same tentacles can cover and partner. */
export class Pool {
  /** By id. */
  readonly entries: Entry[] = [];
  readonly covering: readonly Tentacle[];
  readonly partners: readonly Role[];
  /** Where this pool's work is counted: on who covers, and on who partners. */
  readonly shares: readonly Share[];
  /** Everybody who could take part. */
  readonly members: ReadonlySet<TentacleId>;
  /** How often a lower-ranked order took a member while this pool waited. */
  passedOver = 0;

  constructor(
    cursor: Pick<Cursor, 'covering' | 'partners'>,
    shares: readonly Share[],
    members: ReadonlySet<TentacleId>,
  ) {
    this.covering = cursor.covering;
    this.partners = cursor.partners;
    this.shares = shares;
    this.members = members;
  }

  /** Puts an entry where its id belongs; does nothing if it is here. */
  add(entry: Entry): void {
    if (this.entries.includes(entry)) return;
    const last = this.entries.at(-1);
    if (last === undefined || byText(last.cursor.stem, entry.cursor.stem) < 0) {
      this.entries.push(entry);
      return;
    }
    const at = this.entries.findIndex((other) => byText(other.cursor.stem, entry.cursor.stem) > 0);
    this.entries.splice(at === -1 ? this.entries.length : at, 0, entry);
  }

  remove(entry: Entry): void {
    const at = this.entries.indexOf(entry);
    if (at !== -1) this.entries.splice(at, 1);
  }

  /** Counts work as to be done, or, negative, as done. */
  count(ms: Ms): void {
    for (const share of this.shares) share.add(ms);
  }
}
