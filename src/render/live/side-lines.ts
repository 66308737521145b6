import type { KeptNow } from '../../overlord/kept-now.ts';
import type { StageNow, StageState } from '../../overlord/stages-now.ts';
import { howToLook } from '../facts.ts';
import type { Paint } from '../paint.ts';
import { count, duration, fit, oneLine } from '../text.ts';
import { isSame, type Focusable } from './steering.ts';
import type { RunRow } from './tree-model.ts';

/** So many of one kind have a line each; of more, only what is not as it should be. */
const MOST_LINES = 3;
/** With fewer rows than this for all, each kind has one line at most. */
const LEAST_ROWS = 16;

/** How much room lines beside the tree have, what time it is (epoch ms), and who has the focus. */
export interface SideRoom {
  readonly paint: Paint;
  readonly columns: number;
  /** Of the whole screen. */
  readonly rows: number;
  readonly now: number;
  readonly focus?: Focusable | undefined;
  /** Whoever watches may let go of what is held by hand. */
  readonly mayLetGo: boolean;
}

/** `again 2731 test 0:42 SMOKE[2731-RPI_PICO2]~2 basics/andor.py`: what somebody asked to see once more has no row among its spec's. */
export function againLines(runs: readonly RunRow[], room: SideRoom): string[] {
  const { paint, columns, now, focus } = room;
  const shown = runs.slice(0, mostOf(room));
  const lines = shown.map((row) =>
    fit(
      [
        { text: isSame({ run: row.run }, focus) ? '▸' : '', paint: paint.bold },
        { text: 'again', paint: paint.note },
        { text: row.where, paint: paint.name },
        { text: row.phase },
        { text: duration(now - row.startedAt), paint: paint.pale },
        { text: row.run },
        { text: row.last, paint: paint.pale },
      ],
      columns,
    ),
  );
  const more = runs.length - shown.length;
  return more === 0
    ? lines
    : [...lines, fit([{ text: `and ${more} more again`, paint: paint.pale }], columns)];
}

/**
 * `2731 held by hand: h lets it go; mpremote connect /dev/ttyACM0`. What is to be typed is never cut: where the line is too long it
 * goes on in lines of its own.
 */
export function keptLines(kept: readonly KeptNow[], { paint, columns, focus, mayLetGo }: SideRoom): string[] {
  return kept.flatMap(({ tentacle, run, port }) => {
    const marked = isSame({ run, kept: tentacle }, focus);
    const hint = mayLetGo ? `: h ${marked ? '' : 'on it '}lets it go;` : ';';
    const head = [
      { text: marked ? '▸' : '', paint: paint.bold },
      { text: tentacle, paint: paint.name },
      { text: `held by hand${hint}`, paint: paint.note },
    ];
    const look = oneLine(howToLook(port));
    const width = head.reduce((sum, { text }) => sum + (text === '' ? 0 : text.length + 1), 0);
    if (width + look.length <= columns) return [fit([...head, { text: look }], columns)];
    return [fit(head, columns), ...piecesOf(look, columns)];
  });
}

/** What of these lines can have the focus, from the top. */
export function besideRows(
  runs: readonly RunRow[],
  kept: readonly KeptNow[],
  room: Pick<SideRoom, 'rows'>,
): Focusable[] {
  return [
    ...runs.slice(0, mostOf(room)).map(({ run }) => ({ run })),
    ...kept.map(({ run, tentacle }) => ({ run, kept: tentacle })),
  ];
}

function piecesOf(text: string, columns: number): string[] {
  return Array.from({ length: Math.ceil(text.length / columns) }, (_, at) =>
    text.slice(at * columns, (at + 1) * columns),
  );
}

/** `stage db up 0:42 on host`, a line for each; of many, those that are not up, and how many there are of each kind. */
export function stageLines(stages: readonly StageNow[], room: SideRoom): string[] {
  const { paint, columns } = room;
  const most = mostOf(room);
  if (stages.length <= most) return stages.map((each) => stageLine(each, room));
  const kinds = Map.groupBy(stages, ({ state }) => state);
  const told = [...kinds].map(([state, all]) => `${all.length} ${state}`).join(', ');
  const summary = fit(
    [{ text: `${count(stages.length, 'stage')}:`, paint: paint.pale }, { text: told }],
    columns,
  );
  const odd = stages.filter(({ state }) => state !== 'up').slice(0, most - 1);
  return [summary, ...odd.map((each) => stageLine(each, room))];
}

function stageLine(
  { stage, tentacle, state, since, reason }: StageNow,
  { paint, columns, now }: SideRoom,
): string {
  return fit(
    [
      { text: 'stage', paint: paint.pale },
      { text: stage, paint: paint.name },
      { text: state, paint: paintOf(state, paint) },
      { text: state === 'given up' ? '' : duration(now - since), paint: paint.pale },
      { text: `on ${tentacle ?? 'host'}${reason === null ? '' : ':'}`, paint: paint.pale },
      { text: oneLine(reason ?? ''), paint: paint.pale },
    ],
    columns,
  );
}

function paintOf(state: StageState, paint: Paint): (text: string) => string {
  if (state === 'up') return paint.good;
  return state === 'down' || state === 'given up' ? paint.bad : paint.note;
}

function mostOf({ rows }: Pick<SideRoom, 'rows'>): number {
  return rows < LEAST_ROWS ? 1 : MOST_LINES;
}
