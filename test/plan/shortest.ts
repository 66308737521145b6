import type { Lab } from '../../src/model/lab.ts';
import type { Order } from '../../src/model/order.ts';

/** An order as the brute force sees it. */
export interface Todo {
  readonly ms: number;
  readonly priority: number;
  /** Sets of places that could do it, as indices: the tentacles of a lab, and the host behind them. */
  readonly ways: readonly (readonly number[])[];
}

/** Every way in which an order could be bound. */
export function waysOf(order: Order, of: Lab): number[][] {
  let ways: number[][] = [[]];
  for (const { feature, board, tentacle } of order.demands)
    ways = ways.flatMap((way) =>
      of.tentacles.flatMap((each, index) =>
        each.disabled === undefined &&
        !way.includes(index) &&
        each.features.includes(feature) &&
        (board === undefined || each.board === board) &&
        (tentacle === undefined || each.id === tentacle)
          ? [[...way, index]]
          : [],
      ),
    );
  const host = of.tentacles.length;
  const sets = ways.map((way) => (way.length === 0 ? [host] : way.toSorted((a, b) => a - b)));
  return [...new Map(sets.map((way) => [way.join(), way])).values()];
}

/** The shortest evening that there is, ms: every sequence of the orders, each started as early as can be, on whatever can do it. */
export function shortest(orders: readonly Todo[], places: number): number {
  let best = Infinity;
  const clocks = Array.from({ length: places }, () => 0);
  const used = orders.map(() => false);
  const go = (left: number, end: number): void => {
    if (end >= best) return;
    if (left === 0) {
      best = end;
      return;
    }
    for (const [index, { ms, ways }] of orders.entries()) {
      if (used[index]) continue;
      used[index] = true;
      for (const way of ways) {
        const before = way.map((place) => clocks[place]!);
        const over = Math.max(...before) + ms;
        for (const place of way) clocks[place] = over;
        go(left - 1, Math.max(end, over));
        for (const [n, place] of way.entries()) clocks[place] = before[n]!;
      }
      used[index] = false;
    }
  };
  go(orders.length, 0);
  return best;
}

/**
 * The shortest evening, ms, of those that obey priorities: no order takes a tentacle while one of higher priority could begin on
 * what is free. Orders on the host take none, so they obey only among themselves. All places may stand idle on purpose. `known` is the
 * length of an evening that obeys: longer ones are not looked at.
 */
export function shortestObeying(orders: readonly Todo[], places: number, known: number): number {
  let best = Infinity;
  const host = places - 1;
  const clocks = Array.from({ length: places }, () => 0);
  const left = new Set(orders);
  const go = (now: number, end: number): void => {
    if (end >= best || end > known) return;
    if (left.size === 0) {
      best = end;
      return;
    }
    const free = (way: readonly number[]): boolean => way.every((place) => clocks[place]! <= now);
    const ready = [...left].filter(({ ways }) => ways.some(free));
    for (const order of ready) {
      if (ready.some((other) => other.priority > order.priority && onHost(other) === onHost(order))) continue;
      left.delete(order);
      for (const way of order.ways.filter(free)) {
        const before = way.map((place) => clocks[place]!);
        for (const place of way) clocks[place] = now + order.ms;
        go(now, Math.max(end, now + order.ms));
        for (const [n, place] of way.entries()) clocks[place] = before[n]!;
      }
      left.add(order);
    }
    const next = Math.min(...clocks.filter((clock) => clock > now));
    if (next < Infinity) go(next, end);
  };
  const onHost = ({ ways }: Todo): boolean => ways[0]?.[0] === host;
  go(0, 0);
  return best;
}
