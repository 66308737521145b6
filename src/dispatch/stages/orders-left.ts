import type { SpecName } from '../../model/ids.ts';
import type { OrderPlan } from '../../plan/plan-orders.ts';

/** How many orders of each spec are not settled yet: a stage that none of them starts from can go. */
export class OrdersLeft {
  readonly #left: Map<SpecName, number>;

  constructor({ specs }: Pick<OrderPlan, 'specs'>) {
    this.#left = new Map(specs.map(({ spec, orders }) => [spec, orders]));
  }

  /** An order of the spec came to its end. */
  settled(spec: SpecName): void {
    this.#left.set(spec, (this.#left.get(spec) ?? 0) - 1);
  }

  /** One more order of the spec is to be served. */
  add(spec: SpecName): void {
    this.#left.set(spec, (this.#left.get(spec) ?? 0) + 1);
  }

  any(specs: readonly SpecName[]): boolean {
    return specs.some((spec) => (this.#left.get(spec) ?? 0) > 0);
  }
}
