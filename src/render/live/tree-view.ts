import { stripVTControlCharacters } from 'node:util';
import { DefaultRenderer, type ListrDefaultRendererOptions, type ListrRenderer } from 'listr2';
import { widthOf } from '../../diagnostic/width.ts';
import { frameUpdater, type FrameUpdater } from './frame.ts';

/** What a view asks its owner for, before and while it draws. */
export interface ViewOwner {
  /** The view exists now. */
  attach(view: TreeView): void;
  /** Brings the tasks up to date; `last` when the tree is printed for good. */
  beforeFrame(last: boolean): void;
  /** The line below the tree. */
  footer(last: boolean): string;
}

type Options = ListrDefaultRendererOptions & { readonly owner: ViewOwner };
type Tasks = ConstructorParameters<typeof DefaultRenderer>[0];
type Events = ConstructorParameters<typeof DefaultRenderer>[2];

/** What listr2 keeps for itself, and a resize has to reach. */
interface Insides {
  readonly cache: { readonly render: { clear(): void } };
  updater: FrameUpdater;
  readonly logger: {
    readonly process: {
      readonly stdout: NodeJS.WritableStream;
      toStdout(text: string, newline: boolean): void;
    };
  };
}

/**
 * listr2's tree, drawn when we say so. The stock one draws all tasks anew at every change of any task, and truncates
 * each row again; here a change draws nothing, titles come ready in the right width, and `draw` is called by a timer.
 */
export class TreeView extends DefaultRenderer implements ListrRenderer {
  // Else listr2 looks at process.stdout, which may be a pipe while the tree goes to a terminal on stderr.
  static override nonTTY = true;
  readonly #owner: ViewOwner;
  #ending = false;
  #frame = '';

  constructor(tasks: Tasks, options: Options, events: Events) {
    super(tasks, options, events);
    this.#owner = options.owner;
    this.#owner.attach(this);
  }

  override async render(): Promise<void> {
    await super.render();
    const insides = this as unknown as Insides;
    const { stdout } = insides.logger.process;
    insides.updater = frameUpdater((text) => stdout.write(text));
  }

  override update(): void {
    // A task has changed; the next frame shows it.
  }

  /** One frame. */
  draw(): void {
    super.update();
  }

  override end(): void {
    this.#ending = true;
    super.end();
  }

  override create(options?: Parameters<DefaultRenderer['create']>[0]): string {
    this.#owner.beforeFrame(this.#ending);
    const tree = super.create(options);
    const footer = this.#owner.footer(this.#ending);
    this.#frame = [tree, footer].filter((part) => part !== '').join('\n');
    return this.#frame;
  }

  /**
   * The terminal has another width: takes away what it made of the last frame. Lines that are too long now were broken
   * by the terminal, so the frame is taller than it was drawn. (The few terminals that cut them lose a line above.)
   */
  resized(columns: number): void {
    // Rows of tasks that are over are kept by listr2, in the old width.
    const { cache, updater, logger } = this as unknown as Insides;
    cache.render.clear();
    const lines = this.#frame.split('\n').map((line) => widthOf(stripVTControlCharacters(line)));
    const broken = lines.reduce((sum, width) => sum + Math.max(0, Math.ceil(width / columns) - 1), 0);
    updater.clear();
    if (broken > 0) logger.process.toStdout(`\u001b[${broken}A\u001b[0J`, false);
    this.#frame = '';
  }

  /** Somebody else wrote to the terminal: the next frame is a new one, below. */
  forget(): void {
    (this as unknown as Insides).updater.done();
    this.#frame = '';
  }

  protected override format(message: string, icon: string, level: number): string[] {
    return [`${'  '.repeat(level)}${icon} ${message}`];
  }
}
