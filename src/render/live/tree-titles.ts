import { ListrDefaultRendererLogLevels } from 'listr2';
import type { Paint } from '../paint.ts';
import { duration, fit } from '../text.ts';
import { isSame, type Focusable } from './steering.ts';
import type { RunRow, SpecRow } from './tree-model.ts';

/** How much room a title has, and what time it is (epoch ms). */
interface TitleRoom {
  readonly paint: Paint;
  readonly columns: number;
  readonly now: number;
}

/** `SMOKE 3/12 1 failed 0:42`. */
export function specTitle(spec: SpecRow, { paint, columns, now }: TitleRoom): string {
  const { label, done, orders, failed, startedAt, idleSince } = spec;
  return fit(
    [
      { text: label, paint: paint.bold },
      { text: `${done}/${orders}` },
      { text: failed > 0 ? `${failed} failed` : '', paint: paint.bad },
      { text: startedAt === undefined ? '' : duration((idleSince ?? now) - startedAt), paint: paint.pale },
    ],
    columns,
  );
}

/** `2731 test 0:42 basics/andor.py pass`: what matters most stands first, because the end is cut. `▸` is in front of who has the focus. */
export function runTitle(
  row: RunRow,
  { paint, columns, now, focus }: TitleRoom & { readonly focus?: Focusable | undefined },
): string {
  return fit(
    [
      { text: isSame({ run: row.run }, focus) ? '▸' : '', paint: paint.bold },
      { text: row.where, paint: paint.name },
      { text: row.phase },
      { text: duration(now - row.startedAt), paint: paint.pale },
      { text: row.last, paint: paint.pale },
    ],
    columns,
  );
}

/** listr2's icons in our colours; its own would look at process.stdout to decide. */
export function treeColors(paint: Paint): Record<ListrDefaultRendererLogLevels, (text?: string) => string> {
  const levels = Object.values(ListrDefaultRendererLogLevels);
  return {
    ...(Object.fromEntries(levels.map((level) => [level, plain])) as ReturnType<typeof treeColors>),
    [ListrDefaultRendererLogLevels.PENDING]: (text = '') => paint.note(text),
    [ListrDefaultRendererLogLevels.COMPLETED]: (text = '') => paint.good(text),
    [ListrDefaultRendererLogLevels.FAILED]: (text = '') => paint.bad(text),
    [ListrDefaultRendererLogLevels.FAILED_WITH_FAILED_SUBTASKS]: (text = '') => paint.bad(text),
  };
}

function plain(text = ''): string {
  return text;
}
