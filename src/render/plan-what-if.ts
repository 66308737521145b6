import { sayDuration } from '../plan/compare.ts';
import type { Outlook, WhatIf } from '../plan/what-if-difference.ts';
import { wrapped, type PlanView } from './plan-tree.ts';
import { tableText } from './table.ts';
import { count, cut, duration } from './text.ts';

/** So many orders of a kind are named; the others are counted. */
const MOST_NAMED = 8;

/** What a change of the bench would do: both evenings beside each other, and the orders that it concerns. */
export function* whatIfLines(
  { changes, today, changed, difference, orders }: WhatIf,
  view: PlanView,
): Generator<string> {
  const { paint } = view;
  for (const line of wrapped(`What if ${changes.join(' ')}: ${verdict(difference)}`, view, ''))
    yield paint.bold(line);
  yield '';
  const row = (what: string, of: (outlook: Outlook) => number, say: (n: number) => string = String) => {
    const more = of(changed) - of(today);
    const sign = more < 0 ? '−' : '+';
    return {
      '': what,
      today: say(of(today)),
      'what if': say(of(changed)),
      difference: more === 0 ? '' : sign + say(Math.abs(more)),
    };
  };
  const rows = [
    row('evening', ({ makespanMs }) => makespanMs, duration),
    row('no shorter than', ({ lowerBoundMs }) => lowerBoundMs, duration),
    row('tentacles', ({ tentacles }) => tentacles),
    row('orders', ({ counts }) => counts.orders),
    row('unschedulable', ({ counts }) => counts.unschedulable),
  ];
  yield* tableText(rows, view.columns).trimEnd().split('\n');
  for (const [title, list, style] of [
    ['Could be served then', orders.nowSchedulable, paint.good],
    ['Could be served no more', orders.nowUnschedulable, paint.bad],
    ['New orders', orders.added, paint.good],
    ['Orders that are gone', orders.gone, paint.bad],
  ] as const) {
    if (list.length === 0) continue;
    yield '';
    yield style(
      `${title}: ${count(
        list.reduce((sum, { orders: n }) => sum + n, 0),
        'order',
      )}`,
    );
    for (const [reason, own] of Map.groupBy(list.slice(0, MOST_NAMED), (each) => each.reason)) {
      if (reason !== undefined) yield* wrapped(reason, view);
      for (const { id, orders: n } of own) yield `  ${cut(id, view.columns - 12)}${n > 1 ? ` × ${n}` : ''}`;
    }
    if (list.length > MOST_NAMED) yield `  and ${list.length - MOST_NAMED} more`;
  }
}

function verdict({ makespanMs, schedulable }: WhatIf['difference']): string {
  const time =
    makespanMs === 0
      ? 'the evening stays as long as it is'
      : makespanMs < 0
        ? `it would save ${sayDuration(-makespanMs)}`
        : `it would take ${sayDuration(makespanMs)} more`;
  if (schedulable === 0) return `${time}.`;
  return `${time}, with ${count(Math.abs(schedulable), 'order')} ${schedulable > 0 ? 'more' : 'fewer'} to serve.`;
}
