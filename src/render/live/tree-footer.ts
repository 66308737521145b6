import { stripVTControlCharacters } from 'node:util';
import { widthOf } from '../../diagnostic/width.ts';
import type { Paint } from '../paint.ts';
import type { Totals } from '../renderer.ts';
import { count, cut, duration, fit } from '../text.ts';
import { counterText } from './lines.ts';
import type { TreeModel, TreeWindow } from './tree-model.ts';

/** How much room a line has, and what time it is (epoch ms). */
interface LineRoom {
  readonly paint: Paint;
  readonly columns: number;
  readonly now: number;
}

/** `[P:14|F:1|A:0|R:2|T:60] 4:11 about 12:40 left`. */
export function counterLine(
  totals: Totals,
  { startedAt }: TreeModel,
  { paint, columns, now, last }: LineRoom & { readonly last: boolean },
): string {
  const counters = counterText(totals, paint);
  const plain = stripVTControlCharacters(counters);
  const left = columns - widthOf(plain) - 1;
  if (left < 0) return cut(plain, columns);
  const eta = last ? undefined : totals.etaMs(now);
  const times = [
    startedAt === undefined ? '' : duration(now - startedAt),
    eta === undefined || eta < 500 ? '' : `about ${duration(eta)} left`,
  ];
  const text = fit(
    times.map((time) => ({ text: time, paint: paint.pale })),
    left,
  );
  return text === '' ? counters : `${counters} ${text}`;
}

/** What has no row, in one line after what has to be said; empty when there is nothing. */
export function restLine(
  { held }: TreeModel,
  window: TreeWindow | undefined,
  said: readonly string[],
  { paint, columns }: LineRoom,
): string {
  const rest = [
    window?.hiddenRuns ? count(window.hiddenRuns, 'more run') : '',
    window?.doneSpecs ? `${count(window.doneSpecs, 'spec')} done` : '',
    window?.waitingSpecs ? `${count(window.waitingSpecs, 'spec')} waiting` : '',
    ...[...held].map(([tentacle, who]) => `${tentacle} held by ${who}`),
  ].filter(Boolean);
  const first = said.filter(Boolean).join('; ');
  return fit(
    [
      { text: rest.length > 0 && first !== '' ? `${first},` : first, paint: paint.note },
      { text: rest.join(', '), paint: paint.pale },
    ],
    columns,
  );
}
