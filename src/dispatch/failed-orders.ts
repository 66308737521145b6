import type { OrderId } from '../model/ids.ts';
import type { Order } from '../model/order.ts';

/** An order that failed, and how often it was tried by now. */
interface Failed {
  readonly order: Order;
  readonly attempts: number;
}

/**
 * Orders that failed or erred for good, for whoever wants to see them tried once more. They stay failed, whatever comes of it.
 *
 *     failed ── take() ──▶ again ── over() ──▶ gone, if it passed
 *       ▲                    └── over(), drop() ──┐
 *       └─────────────────────────────────────────┘
 */
export class FailedOrders {
  readonly #failed = new Map<OrderId, Failed>();
  readonly #again = new Map<OrderId, Failed>();

  /** How many are being tried once more, or wait for it. */
  get taken(): number {
    return this.#again.size;
  }

  /** The order failed, and will not be offered again by itself. */
  add(order: Order, attempts: number): void {
    this.#failed.set(order.id, { order, attempts });
  }

  /** All that failed and are not being tried once more; from now on they are. */
  take(): Order[] {
    const taken = [...this.#failed];
    this.#failed.clear();
    for (const [id, failed] of taken) this.#again.set(id, failed);
    return taken.map(([, { order }]) => order);
  }

  /** Whether what begins now, or runs, of this order is what somebody asked for. */
  has({ id }: Order): boolean {
    return this.#again.has(id);
  }

  /** The number of the attempt that begins now; undefined: nobody asked for it. */
  nextAttempt({ id }: Order): number | undefined {
    const failed = this.#again.get(id);
    return failed === undefined ? undefined : failed.attempts + 1;
  }

  /** Its attempt is over. One that passed is not asked for again. */
  over(order: Order, attempt: number, passed: boolean): void {
    this.#again.delete(order.id);
    if (!passed) this.add(order, attempt);
  }

  /** It can not be tried now: it is where it was before. */
  drop({ id }: Order): void {
    const failed = this.#again.get(id);
    this.#again.delete(id);
    if (failed !== undefined) this.#failed.set(id, failed);
  }
}
