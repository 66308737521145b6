import type { OrderId } from '../model/ids.ts';
import { lengthOf, orderAt, type CursorSeed, type Repeats } from './cursor.ts';

/** The cursor with those of its orders that still need a run; none: no cursor. Makes each order once. */
export function leave<T extends CursorSeed & { readonly repeats: Repeats }>(
  cursor: T,
  settled: ReadonlySet<OrderId>,
): T[] {
  const { repeats } = cursor;
  const all = Array.from({ length: lengthOf(repeats) }, (_, index) => orderAt(cursor, index));
  const left = all.filter(({ id }) => !settled.has(id));
  if (left.length === all.length) return [cursor];
  return left.length === 0 ? [] : [{ ...cursor, repeats: { picked: left.map(({ repeat }) => repeat) } }];
}
