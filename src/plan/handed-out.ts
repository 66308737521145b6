import type { BoardVariant, Ms, OrderId, TentacleId } from '../model/ids.ts';
import type { Binding } from '../model/order.ts';

/**
 * Tentacles that were handed out and are not back, and when they should be; and what was last served on each. Its clock knows no time but what estimates say:
 * when a run ends, it is as late as that run was to end. So it does not matter to a decision how fast a machine is.
 */
export class HandedOut {
  readonly #out = new Map<TentacleId, { readonly order: OrderId; readonly until: Ms }>();
  readonly #last = new Map<TentacleId, BoardVariant>();
  #now: Ms = 0;

  has(id: TentacleId): boolean {
    return this.#out.has(id);
  }

  /** Those that are out. */
  get ids(): Iterable<TentacleId> {
    return this.#out.keys();
  }

  /** In how long a tentacle should be back, ms; one that is late can be back at any moment. */
  freeIn(id: TentacleId): Ms {
    return this.has(id) ? Math.max(1, this.dueIn(id)) : 0;
  }

  /** In how long a tentacle should be back, ms; 0: it is back, or late. */
  dueIn(id: TentacleId): Ms {
    const out = this.#out.get(id);
    return out === undefined ? 0 : Math.max(0, out.until - this.#now);
  }

  /** What was last served on a tentacle, back or not. */
  last(id: TentacleId): BoardVariant | undefined {
    return this.#last.get(id);
  }

  /** For an order that takes so many ms. */
  handOut({ tentacle, boardVariant }: Binding, order: OrderId, ms: Ms): void {
    this.#out.set(tentacle, { order, until: this.#now + ms });
    this.#last.set(tentacle, boardVariant);
  }

  /** Those that are free are not out any more. */
  see(free: ReadonlySet<TentacleId>): void {
    for (const id of free.size < this.#out.size ? free : this.#out.keys()) {
      const out = free.has(id) ? this.#out.get(id) : undefined;
      if (out !== undefined) this.#back(id, out.until);
    }
  }

  /** The run of an order is over. */
  done(order: OrderId): void {
    for (const [id, out] of this.#out) if (out.order === order) this.#back(id, out.until);
  }

  /** A run came to an early end, which says nothing of the time. */
  cutShort(order: OrderId): void {
    for (const [id, out] of this.#out) if (out.order === order) this.#out.delete(id);
  }

  /** It will not come back. */
  lose(id: TentacleId): void {
    this.#out.delete(id);
  }

  #back(id: TentacleId, until: Ms): void {
    this.#out.delete(id);
    this.#now = Math.max(this.#now, until);
  }
}
