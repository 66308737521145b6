import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { TestbedEvent } from '../../event/event.ts';
import type { RunId } from '../../model/ids.ts';
import type { Outlet } from '../outlet/outlet.ts';
import type { Paint } from '../paint.ts';
import type { OutputStream, Renderer, Totals } from '../renderer.ts';
import { cut, fit, wrap } from '../text.ts';
import { isForeground, JobControl } from './job-control.ts';
import { KeyReader, type Key, type Keyboard } from './keyboard.ts';
import { againLines, besideRows, keptLines, stageLines } from './side-lines.ts';
import { SAID_MS, Steering } from './steering.ts';
import { terminalStream } from './terminal-stream.ts';
import { counterLine, restLine } from './tree-footer.ts';
import { TREE_TYPES, TreeModel, type SpecRow, type TreeWindow } from './tree-model.ts';
import { failuresPane, outputPane } from './tree-pane.ts';
import { SpecTask, type TaskEnding } from './tree-task.ts';
import { runTitle, specTitle, treeColors } from './tree-titles.ts';
import { TreeView, type ViewOwner } from './tree-view.ts';

/** Shortest time between two frames, ms. */
export const FRAME_MS = 100;
/** Clocks on the screen move this often when nothing else happens, ms. */
const TICK_MS = 1000;
const SHOW_CURSOR = '\u001b[?25h';
/** Below so many rows there is room for nothing but runs. */
const LEAST_ROWS_FOR_KEYS = 10;

/** What the tree is made from. */
export interface TreeOptions {
  /** The terminal, for its size. */
  readonly stream: OutputStream;
  /** What is written to it. */
  readonly outlet: Outlet;
  readonly paint: Paint;
  readonly totals: Totals;
  /** The session's directory. */
  readonly directory: string;
  /** Absent: nobody can press a key. */
  readonly keyboard?: Keyboard;
  /** Epoch ms; in a replay the time is that of the log. */
  readonly now?: () => number;
}

/** The tree for terminals: active specs, below each its runs, below all the counters. */
export function treeRenderer(options: TreeOptions): Renderer {
  return new TreeRenderer(options);
}

/**
 * Events change the model at once; a timer draws at most a frame each 100 ms of what fits the screen, and none while the
 * terminal has not taken the last one. listr2's tasks only wait for deferreds that events resolve: nothing runs in them, and
 * no verdict comes from them.
 */
class TreeRenderer implements Renderer, ViewOwner {
  readonly types = TREE_TYPES;
  readonly #options: TreeOptions;
  readonly #model: TreeModel;
  readonly #tasks = new Map<string, SpecTask>();
  /** Never shown: listr2 is done when its tasks are, and a session may go on when all its specs are over. */
  readonly #last = new SpecTask();
  readonly #steering: Steering | undefined;
  readonly #keys: KeyReader | undefined;
  #jobControl: JobControl | undefined;
  #view: TreeView | undefined;
  #shown: Promise<unknown> | undefined;
  #window: TreeWindow | undefined;
  /** Lines between the runs and the counters: an output, failures, help. */
  #pane: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #dirty = false;
  #drawnAt = 0;
  #frames = 0;
  #fault: Error | undefined;
  /** What was noted last, in lines; a single one stands with what is counted. */
  #note: readonly string[] = [];
  /** Monotonic. */
  #notedAt = 0;
  /** Others may have written to the terminal since. */
  #left = false;
  #wasOurs = false;

  constructor(options: TreeOptions) {
    this.#options = options;
    this.#model = new TreeModel(options.totals);
    const { keyboard } = options;
    if (keyboard === undefined) return;
    this.#steering = new Steering(keyboard.controls);
    this.#keys = new KeyReader(keyboard.stdin, (key) => this.#press(key));
  }

  onEvent(event: TestbedEvent): void {
    if (this.#fault !== undefined) throw this.#fault;
    this.#model.apply(event);
    this.#dirty = true;
    // Life goes on: what was to be known of its standing still is old, but for what was said just now.
    if (event.type === 'tentacle-kept') this.#note = [];
    if (event.type === 'run-started' && performance.now() - this.#notedAt > SAID_MS) this.#note = [];
    // A log may hold both; of a session that goes on now, only the second is new.
    if (this.#shown === undefined && (event.type === 'session-started' || event.type === 'session-resumed'))
      this.#start();
  }

  onPast(event: TestbedEvent): void {
    this.#model.apply(event);
  }

  onProgress(run: RunId, text: string): void {
    this.#model.progress(run, text);
    this.#dirty = true;
  }

  onNote(text: string): void {
    this.#note = text.split('\n');
    this.#notedAt = performance.now();
    this.#dirty = true;
  }

  async finish(): Promise<void> {
    clearInterval(this.#timer);
    for (const [name, task] of this.#tasks) task.end(endingOf(this.#model.specs.get(name)));
    this.#last.end('good');
    await this.#shown;
    this.abandon();
  }

  abandon(): void {
    clearInterval(this.#timer);
    this.#options.stream.off('resize', this.#onResize);
    this.#jobControl?.release();
  }

  attach(view: TreeView): void {
    this.#view = view;
  }

  beforeFrame(last: boolean): void {
    const { paint } = this.#options;
    const now = this.#now;
    const room = this.#layOut(last);
    this.#window =
      this.#steering?.failures === true && !last ? this.#model.failedWindow(room) : this.#model.window(room);
    this.#last.show(false);
    const shown = new Map(this.#window.specs.map((entry) => [entry.spec, entry.runs]));
    const focus = this.#steering?.focus;
    for (const [name, task] of this.#tasks) {
      const spec = this.#model.specs.get(name);
      if (spec === undefined) continue;
      if (spec.over && task.end(endingOf(spec))) this.#dirty = true;
      const runs = shown.get(spec);
      task.show(runs !== undefined || (last && spec.startedAt !== undefined));
      if (!task.shown) continue;
      task.title(specTitle(spec, { paint, columns: this.#columns - 3, now }));
      task.rows((runs ?? []).map((row) => runTitle(row, { paint, columns: this.#columns - 5, now, focus })));
    }
  }

  footer(last: boolean): string {
    const { paint, totals } = this.#options;
    const columns = this.#columns - 1;
    const room = { paint, columns, now: this.#now };
    const counters = counterLine(totals, this.#model, { ...room, last });
    if (last) return counters;
    const rest = restLine(
      this.#model,
      this.#window,
      [this.#note.length === 1 ? (this.#note[0] ?? '') : '', this.#steering?.word ?? ''],
      room,
    );
    const keys =
      this.#keys?.reading !== true || this.#steering === undefined || this.#rows < LEAST_ROWS_FOR_KEYS
        ? ''
        : fit([{ text: this.#steering.keyLine, paint: paint.pale }], columns);
    return [...this.#pane, rest, counters, keys].filter((line) => line !== '').join('\n');
  }

  /** Makes the pane, and gives how many rows are left for specs and runs. */
  #layOut(last: boolean): number {
    const { paint } = this.#options;
    const steering = this.#steering;
    const columns = this.#columns - 1;
    // One row for the cursor, two for what is counted; a record for good may be as long as it wants within reason.
    const whole = this.#rows - 3;
    const said = last || this.#note.length < 2 ? [] : this.#note.flatMap((line) => wrap(line, columns));
    const note = said.slice(0, Math.floor(whole / 3)).map((line) => paint.note(cut(line, columns)));
    const beside = last ? [] : this.#besideLines(whole - note.length);
    const all = whole - note.length - beside.length;
    this.#pane = [...beside, ...note];
    if (steering === undefined || last || this.#rows < LEAST_ROWS_FOR_KEYS) return Math.max(2, all);
    const pane = this.#paneOf(steering, all - 3);
    this.#pane = [...beside, ...note, ...pane];
    return Math.max(2, all - 1 - pane.length);
  }

  /** What goes on and is no run of a spec's row; never more than half of the screen. */
  #besideLines(rows: number): readonly string[] {
    const { paint } = this.#options;
    const focus = this.#steering?.focus;
    const mayLetGo = this.#steering?.mayLetGo === true;
    const room = { paint, columns: this.#columns - 1, rows: this.#rows, now: this.#now, focus, mayLetGo };
    const { again, kept, stages } = this.#model;
    const lines = [
      ...againLines([...again.values()], room),
      ...keptLines(kept.tentacles, room),
      ...stageLines(stages.stages, room),
    ];
    return lines.slice(0, Math.max(1, Math.floor(rows / 2)));
  }

  #paneOf({ failures, focus, output, helpLines }: Steering, rows: number): readonly string[] {
    const { paint, totals, directory } = this.#options;
    const columns = this.#columns - 1;
    if (helpLines.length > 0)
      return helpLines.slice(0, rows).map((line) => fit([{ text: line, paint: paint.note }], columns));
    const room = { paint, columns, rows: Math.ceil(rows / (failures && output ? 3 : 2)) };
    return [
      ...(failures ? failuresPane(totals.failures, room, focus) : []),
      ...(output && focus !== undefined ? outputPane(directory, focus.run, room) : []),
    ];
  }

  get #columns(): number {
    return this.#options.stream.columns ?? 80;
  }

  get #rows(): number {
    return this.#options.stream.rows ?? 24;
  }

  get #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  #start(): void {
    const { stream, paint, outlet } = this.#options;
    for (const { spec } of this.#model.specs.values()) this.#tasks.set(spec, new SpecTask());
    const output = terminalStream(stream, outlet);
    const listr = new Listr(
      [...this.#tasks.values(), this.#last].map((task) => task.definition),
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
    this.#jobControl = new JobControl({ leave: () => this.#leave(), enter: () => this.#enter() });
    this.#keys?.enter();
    stream.on('resize', this.#onResize);
    this.#shown = listr.run();
    this.#timer = setInterval(this.#tick, FRAME_MS);
    this.#timer.unref();
  }

  readonly #tick = (): void => {
    const now = performance.now();
    if (this.#view === undefined || (!this.#dirty && now - this.#drawnAt < TICK_MS)) return;
    // A stopped terminal gets one frame when it goes on, not all that it missed.
    if (!this.#options.outlet.idle || !this.#isOurs()) return;
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

  /**
   * A job that was put into the background draws nothing into what its user types; no shell tells it that it is back. One that
   * never was in the foreground draws: `timeout 1h testbed run` in a script looks the same from here.
   */
  #isOurs(): boolean {
    if (typeof (this.#options.stream as { fd?: number }).fd !== 'number') return true;
    if (isForeground()) {
      this.#wasOurs = true;
      this.#keys?.enter();
      if (this.#left) this.#enter();
      return true;
    }
    if (this.#wasOurs && !this.#left) this.#leave();
    return !this.#wasOurs;
  }

  #press(key: Key): void {
    const { failures } = this.#options.totals;
    const { again, kept } = this.#model;
    const rows =
      this.#steering?.failures === true
        ? failures.slice(-this.#rows).map(({ run }) => ({ run }))
        : [
            ...(this.#window?.specs ?? []).flatMap((spec) => spec.runs.map(({ run }) => ({ run }))),
            ...besideRows([...again.values()], kept.tentacles, { rows: this.#rows }),
          ];
    this.#steering?.press(key, rows);
    this.#dirty = true;
  }

  readonly #onResize = (): void => {
    if (this.#frames > 0) this.#view?.resized(this.#columns);
    this.#dirty = true;
  };

  /** Whatever comes next finds a terminal as it was before us. */
  #leave(): void {
    this.#left = true;
    this.#keys?.leave();
    this.#options.outlet.urgent(SHOW_CURSOR);
  }

  #enter(): void {
    this.#keys?.enter();
    if (!this.#left) return;
    this.#left = false;
    this.#view?.forget();
    this.#dirty = true;
  }
}

function endingOf(spec: SpecRow | undefined): TaskEnding {
  if (spec === undefined || spec.failed > 0) return 'bad';
  return spec.over ? 'good' : 'left';
}
