import type { OrderId, RunId } from '../model/ids.ts';
import type { Binding, Order } from '../model/order.ts';

/** What an order's id says beside the label: everything of an order but the id. */
type OrderFacts = Pick<Order, 'boardVariant' | 'role' | 'repeat' | 'demands'>;

/**
 * An order's id: `LABEL[BOARD-VARIANT]`, with several roles `LABEL[BOARD-VARIANT,role]`, for each tentacle
 * `LABEL[BOARD-VARIANT@tentacle]`, once for all `LABEL[any]`, host-only `LABEL`; `#2` for the second repeat.
 */
export function orderIdOf(label: string, order: OrderFacts): OrderId {
  return label + orderTail(order);
}

/**
 * The id of one attempt: the order's, with the covering tentacle in front of its board-variant and `~2` for the second
 * attempt: `LABEL[2731-BOARD-VARIANT,role]#2~2`. Unique within a session, also as the name of a directory.
 */
export function testIdOf(
  order: Order,
  bindings: readonly Pick<Binding, 'role' | 'tentacle' | 'boardVariant'>[],
  attempt: number,
): RunId {
  // The id itself is never read: what stands after the label is made again, and taken off by its length.
  const label = order.id.slice(0, order.id.length - orderTail(order).length);
  const covering = bindings.find((binding) => binding.role === order.role);
  const inside =
    covering === undefined ? '' : `[${covering.tentacle}-${covering.boardVariant}${roleSuffix(order)}]`;
  return `${label}${inside}${repeatSuffix(order)}${attempt > 1 ? `~${attempt}` : ''}`;
}

function orderTail(order: OrderFacts): string {
  if (order.demands.length === 0) return repeatSuffix(order);
  if (order.boardVariant === undefined) return `[any]${repeatSuffix(order)}`;
  const only = order.demands.find((demand) => demand.role === order.role)?.tentacle;
  const tentacle = only === undefined ? '' : `@${only}`;
  return `[${order.boardVariant}${tentacle}${roleSuffix(order)}]${repeatSuffix(order)}`;
}

function roleSuffix(order: OrderFacts): string {
  return order.demands.length > 1 && order.boardVariant !== undefined ? `,${order.role}` : '';
}

function repeatSuffix(order: OrderFacts): string {
  return order.repeat > 1 ? `#${order.repeat}` : '';
}
