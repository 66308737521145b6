import type { Counters } from '../event/event.ts';
import type { OrderId } from '../model/ids.ts';

/**
 * What became of an order. Those never heard of are `todo`, and are not kept.
 *
 *     todo ──▶ running ──▶ auditing ──▶ passed | failed
 *      ▲          └───────────┴──▶ todo, when it is offered again or was cut off by us
 *      └─▶ failed, when it is unschedulable
 */
export type OrderState = 'todo' | 'running' | 'auditing' | 'passed' | 'failed';

const COUNTER = {
  todo: 'T',
  running: 'R',
  auditing: 'A',
  passed: 'P',
  failed: 'F',
} as const satisfies Record<OrderState, keyof Counters>;

/** Counts orders by state. The sum is always the plan; what is settled stays so, whence F never falls. */
export class OrderStates {
  readonly #states = new Map<OrderId, OrderState>();
  readonly #counts = { P: 0, F: 0, A: 0, R: 0, T: 0 };

  /** So many orders are planned. */
  plan(orders: number): void {
    this.#counts.T = orders - this.#counts.P - this.#counts.F - this.#counts.A - this.#counts.R;
  }

  get counters(): Counters {
    return { ...this.#counts };
  }

  of(order: OrderId): OrderState {
    return this.#states.get(order) ?? 'todo';
  }

  /** What runs now is to do again: whoever ran it is gone. */
  cutOff(): void {
    for (const [order, state] of this.#states)
      if (state === 'running' || state === 'auditing') this.move(order, 'todo');
  }

  /** Orders that passed or failed for good, by id. */
  get settled(): ReadonlySet<OrderId> {
    const ids = new Set<OrderId>();
    for (const [order, state] of this.#states) if (state === 'passed' || state === 'failed') ids.add(order);
    return ids;
  }

  /** Moves an order on; false when it is settled already, and nothing changed. */
  move(order: OrderId, to: OrderState): boolean {
    const from = this.of(order);
    if (from === 'passed' || from === 'failed') return false;
    this.#counts[COUNTER[from]]--;
    this.#counts[COUNTER[to]]++;
    if (to === 'todo') this.#states.delete(order);
    else this.#states.set(order, to);
    return true;
  }
}
