import { writeSync } from 'node:fs';
import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { TestbedEvent } from '../../event/event.ts';
import type { RunId } from '../../model/ids.ts';
import type { Paint } from '../paint.ts';
import type { OutputStream, Renderer, Totals } from '../renderer.ts';
import { count, duration, fit, type Segment } from '../text.ts';
import { counterText } from './lines.ts';
import { specTitle, runTitle, treeColors } from './tree-titles.ts';
import { SpecTask, type TaskEnding } from './tree-task.ts';
import { TREE_TYPES, TreeModel, type SpecRow, type TreeWindow } from './tree-model.ts';
import { TreeView, type ViewOwner } from './tree-view.ts';

/** Shortest time between two frames, ms. */
export const FRAME_MS = 100;
/** Clocks on the screen move this often when nothing else happens, ms. */
const TICK_MS = 1000;
const SHOW_CURSOR = '\u001b[?25h';

/** What the tree is made from. */
export interface TreeOptions {
  readonly stream: OutputStream;
  readonly paint: Paint;
  readonly totals: Totals;
  /** Epoch ms; in a replay the time is that of the log. */
  readonly now?: () => number;
}

/** The tree for terminals: active specs, below each its runs, below all the counters. */
export function treeRenderer(options: TreeOptions): Renderer {
  return new TreeRenderer(options);
}

/**
 * Events change the model at once; a timer draws at most a frame each 100 ms of what fits the screen. listr2's tasks
 * only wait for deferreds that events resolve: nothing runs in them, and no verdict comes from them.
 */
class TreeRenderer implements Renderer, ViewOwner {
  readonly types = TREE_TYPES;
  readonly #options: TreeOptions;
  readonly #model: TreeModel;
  readonly #tasks = new Map<string, SpecTask>();
  #view: TreeView | undefined;
  #shown: Promise<unknown> | undefined;
  #window: TreeWindow | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dirty = false;
  #drawnAt = 0;
  #frames = 0;
  #fault: Error | undefined;
  #note = '';

  constructor(options: TreeOptions) {
    this.#options = options;
    this.#model = new TreeModel(options.totals);
  }

  onEvent(event: TestbedEvent): void {
    if (this.#fault !== undefined) throw this.#fault;
    this.#model.apply(event);
    this.#dirty = true;
    if (event.type === 'session-started' || event.type === 'session-resumed') this.#start();
  }

  onPast(event: TestbedEvent): void {
    this.#model.apply(event);
  }

  onProgress(run: RunId, text: string): void {
    this.#model.progress(run, text);
    this.#dirty = true;
  }

  onNote(text: string): void {
    this.#note = text;
    this.#dirty = true;
  }

  async finish(): Promise<void> {
    clearInterval(this.#timer);
    for (const [name, task] of this.#tasks) task.end(endingOf(this.#model.specs.get(name)));
    await this.#shown;
    this.#release();
  }

  attach(view: TreeView): void {
    this.#view = view;
  }

  beforeFrame(last: boolean): void {
    const { stream, paint } = this.#options;
    const now = this.#now;
    // One row for the cursor, two for the footer; a record for good may be as long as it wants within reason.
    this.#window = this.#model.window(Math.max(2, (stream.rows ?? 24) - 3));
    const shown = new Map(this.#window.specs.map((entry) => [entry.spec, entry.runs]));
    for (const [name, task] of this.#tasks) {
      const spec = this.#model.specs.get(name);
      if (spec === undefined) continue;
      if (spec.over && task.end(endingOf(spec))) this.#dirty = true;
      const runs = shown.get(spec);
      task.show(runs !== undefined || (last && spec.startedAt !== undefined));
      if (!task.shown) continue;
      task.title(specTitle(spec, { paint, columns: this.#columns - 3, now }));
      task.rows((runs ?? []).map((row) => runTitle(row, { paint, columns: this.#columns - 5, now })));
    }
  }

  footer(last: boolean): string {
    const { paint, totals } = this.#options;
    const model = this.#model;
    const now = this.#now;
    const eta = last ? undefined : totals.etaMs(now);
    const time = model.startedAt === undefined ? '' : duration(now - model.startedAt);
    const line: Segment[] = [
      { text: counterText(totals), paint: paint.bold },
      { text: time, paint: paint.pale },
      { text: eta === undefined || eta < 500 ? '' : `about ${duration(eta)} left`, paint: paint.pale },
    ];
    const counters = fit(line, this.#columns - 1);
    if (last) return counters;
    const rest = [
      this.#note,
      this.#window?.hiddenRuns ? count(this.#window.hiddenRuns, 'more run') : '',
      this.#window?.doneSpecs ? `${count(this.#window.doneSpecs, 'spec')} done` : '',
      this.#window?.waitingSpecs ? `${count(this.#window.waitingSpecs, 'spec')} waiting` : '',
      ...[...model.held].map(([tentacle, who]) => `${tentacle} held by ${who}`),
    ].filter(Boolean);
    if (rest.length === 0) return counters;
    return `${fit([{ text: rest.join(', '), paint: paint.pale }], this.#columns - 1)}\n${counters}`;
  }

  get #columns(): number {
    return this.#options.stream.columns ?? 80;
  }

  get #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  #start(): void {
    const { stream, paint } = this.#options;
    for (const { spec } of this.#model.specs.values()) this.#tasks.set(spec, new SpecTask());
    const output = stream as NodeJS.WriteStream;
    const listr = new Listr(
      [...this.#tasks.values()].map((task) => task.definition),
      {
        concurrent: true,
        exitOnError: false,
        registerSignalListeners: false,
        renderer: TreeView,
        rendererOptions: {
          owner: this,
          lazy: true,
          collapseErrors: false,
          showErrorMessage: false,
          collapseSubtasks: true,
          formatOutput: 'truncate',
          logger: new ListrLogger({
            processOutput: new ProcessOutput(output, output, { leaveEmptyLine: false }),
          }),
          color: treeColors(paint),
        },
      } as ConstructorParameters<typeof Listr>[1],
    );
    process.once('exit', this.#onExit);
    stream.on('resize', this.#onResize);
    this.#shown = listr.run();
    this.#timer = setInterval(this.#tick, FRAME_MS);
    this.#timer.unref();
  }

  readonly #tick = (): void => {
    const now = performance.now();
    if (this.#view === undefined || (!this.#dirty && now - this.#drawnAt < TICK_MS)) return;
    this.#dirty = false;
    this.#drawnAt = now;
    this.#frames++;
    try {
      this.#view.draw();
    } catch (error) {
      // Nobody above a timer would catch it: the next event hands it on.
      this.#fault = error instanceof Error ? error : new Error(String(error));
      clearInterval(this.#timer);
    }
  };

  readonly #onResize = (): void => {
    if (this.#frames > 0) this.#view?.resized(this.#columns);
    this.#dirty = true;
  };

  /** However the process ends, the next prompt has its cursor. */
  readonly #onExit = (): void => {
    const { fd } = this.#options.stream as { fd?: number };
    if (fd !== undefined && this.#options.stream.isTTY) writeSync(fd, SHOW_CURSOR);
  };

  #release(): void {
    process.off('exit', this.#onExit);
    this.#options.stream.off('resize', this.#onResize);
  }
}

function endingOf(spec: SpecRow | undefined): TaskEnding {
  if (spec === undefined || spec.failed > 0) return 'bad';
  return spec.over ? 'good' : 'left';
}
