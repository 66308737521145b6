import type { TentacleId } from '../model/ids.ts';
import type { Order } from '../model/order.ts';
import { lengthOf, orderAt } from './cursor.ts';
import type { Obstacle } from './obstacle.ts';
import type { PlannedCursor } from './plan-orders.ts';

/** An order that is offered again, and the tentacles on which it erred. */
export interface Returned {
  readonly order: Order;
  readonly erredOn: ReadonlySet<TentacleId>;
}

/** Which order of an entry: one that was given back, or the first that was never served. */
export type Which = Returned | 'fresh';

/** How far a cursor is served. */
export class Entry {
  readonly cursor: PlannedCursor;
  /** What is higher is served first. */
  readonly priority: number;
  readonly returned: Returned[] = [];
  /** What is left was declared unschedulable: it is not served any more. */
  obstacle: Obstacle | undefined;
  #served = 0;

  constructor(cursor: PlannedCursor, priority: number = cursor.spec.priority) {
    this.cursor = cursor;
    this.priority = priority;
    this.obstacle = cursor.obstacle;
  }

  /** How many orders are left. */
  get left(): number {
    return this.fresh + this.returned.length;
  }

  /** How many orders were never served. */
  get fresh(): number {
    return lengthOf(this.cursor.repeats) - this.#served;
  }

  /** Takes an order away. */
  take(which: Which): Order {
    if (which === 'fresh') return orderAt(this.cursor, this.#served++);
    const at = this.returned.indexOf(which);
    if (at === -1)
      throw new Error(`Internal error: expected ${which.order.id} among those that were given back, was not`);
    this.returned.splice(at, 1);
    return which.order;
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
