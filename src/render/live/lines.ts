import type { EventType, TestbedEvent } from '../../event/event.ts';
import { EVENT_TYPES } from '../event-types.ts';
import { isBad, timesText } from '../facts.ts';
import type { Outlet } from '../outlet/outlet.ts';
import type { Paint } from '../paint.ts';
import type { Renderer, Totals } from '../renderer.ts';
import { clock } from '../text.ts';
import { describe, type Description } from './describe.ts';
import { outputLines } from './run-record.ts';

/** What is worth a line where nobody asked for more. */
const USUAL: readonly EventType[] = [
  'session-started',
  'session-paused',
  'session-unpaused',
  'session-resumed',
  'session-finished',
  'tentacle-held',
  'tentacle-kept',
  'tentacle-let-go',
  'tentacle-lost',
  'firmware-flashed',
  'stage-started',
  'stage-ready',
  'stage-respawned',
  'stage-changed',
  'stage-stopped',
  'order-unschedulable',
  'order-not-run',
  'run-started',
  'test-finished',
  'run-finished',
  'run-retried',
  'bail-out',
  'warning',
];

/** What the line renderer is made from. */
export interface LinesOptions {
  readonly outlet: Outlet;
  readonly paint: Paint;
  /** Absent: no counters at the end of a run's line. */
  readonly totals?: Totals;
  /** Every event, and the output of runs that did not pass. */
  readonly verbose: boolean;
  /** The session's directory, where `runs/<test id>/output.txt` lies; absent: output is not shown. */
  readonly directory?: string;
}

/** One line for each thing that happened, with time and id: for CI, pipes, and people who like to scroll. */
export function linesRenderer(options: LinesOptions): Renderer {
  return new LinesRenderer(options);
}

/** `23:11:05 PASS    SMOKE[v0-VIRTUAL]  3 tests, 2.1 s`. */
export function eventLine(event: TestbedEvent, paint: Paint, after = ''): string {
  const { word, mood, subject, text } = describe(event);
  const head = `${paint.pale(clock(event.at))} ${paintMood(paint, mood, word.padEnd(8))}`;
  return [head, [subject, text, after].filter(Boolean).join('  ')].join(' ').trimEnd();
}

/** The same, and of a run that is over where its time went. */
export function fullLine(event: TestbedEvent, paint: Paint, after = ''): string {
  const times = event.type === 'run-finished' ? paint.pale(timesText(event.times)) : '';
  return eventLine(event, paint, [times, after].filter(Boolean).join('  '));
}

function paintMood(paint: Paint, mood: Description['mood'], text: string): string {
  return mood === 'plain' ? paint.name(text) : paint[mood](text);
}

class LinesRenderer implements Renderer {
  readonly types: readonly EventType[];
  readonly #options: LinesOptions;

  constructor(options: LinesOptions) {
    this.#options = options;
    this.types = options.verbose ? EVENT_TYPES : USUAL;
  }

  onEvent(event: TestbedEvent): void {
    const { outlet, paint, totals, verbose, directory } = this.#options;
    if (event.type === 'test-finished' && !verbose && !isBad(event)) return;
    const after = event.type === 'run-finished' && totals !== undefined ? counterText(totals, paint) : '';
    outlet.line(verbose ? fullLine(event, paint, after) : eventLine(event, paint, after));
    if (event.type === 'run-finished' && verbose && directory !== undefined && isBad(event))
      outlet.lines(outputLines({ directory, run: event.run, paint }));
  }

  async finish(): Promise<void> {
    // Every line is out already.
  }
}

/**
 * `[P:3|F:0|A:0|R:2|T:95]`, each in its colour: green, red, blue, cyan, pale; what is 0 is pale, so that no red means nothing.
 * Behind it `again:1`, where attempts that somebody asked for are under way.
 */
export function counterText(
  { counters: { P, F, A, R, T }, again }: Pick<Totals, 'counters' | 'again'>,
  paint: Paint,
): string {
  const part = (text: string, n: number, style: (text: string) => string): string =>
    (n === 0 ? paint.pale : style)(`${text}:${n}`);
  const parts = [
    part('P', P, paint.good),
    part('F', F, paint.bad),
    part('A', A, paint.name),
    part('R', R, paint.note),
    part('T', T, paint.pale),
  ];
  return `[${parts.join('|')}]${again === 0 ? '' : paint.note(` again:${again}`)}`;
}
