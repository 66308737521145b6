import { existsSync } from 'node:fs';
import path from 'node:path';
import type { TestbedEvent } from '../event/event.ts';
import { virtualTentaclesOf } from '../log/session-config.ts';
import type { RunId, TentacleId } from '../model/ids.ts';
import { Overlord } from '../overlord/overlord.ts';
import { completeChoices, createRenderer } from './create.ts';
import type { DocumentsRenderer } from './documents/documents.ts';
import type { Keyboard } from './live/keyboard.ts';
import type { Outlet } from './outlet/outlet.ts';
import { Outlets } from './outlet/outlets.ts';
import { createPaint } from './paint.ts';
import type { RendererChoice } from './renderer-choice.ts';
import type { OutputStream } from './renderer.ts';
import { Show } from './show.ts';
import { summaryText } from './summary.ts';
import type { Colors } from './theme.ts';

/** What is done with a session's events. */
interface Treatment {
  /** They are shown, with a summary at the end. */
  readonly screens: boolean;
  /** The documents are written. */
  readonly documents: boolean;
  /** Whoever calls `apply` has put them into `overlord` before. */
  readonly folded: boolean;
  /** They happen now, and must not wait for a reader. */
  readonly live: boolean;
}

const MODES = {
  /** A session of this process. */
  live: { screens: true, documents: true, folded: true, live: true },
  /** A session of this process, which another one shows. */
  served: { screens: false, documents: true, folded: true, live: true },
  /** A session that another process carries out for this one, from its log. */
  watched: { screens: true, documents: false, folded: false, live: true },
  /** A session of which this process only tells. */
  again: { screens: true, documents: false, folded: false, live: false },
  /** The documents of a session that is over. */
  documents: { screens: false, documents: true, folded: false, live: false },
} as const satisfies Record<string, Treatment>;

/** Why a session's events are taken in. */
export type ShowMode = keyof typeof MODES;

/** How a session is shown, live or again. */
export interface SessionShowOptions {
  /** For machines. */
  readonly stdout: OutputStream;
  /** For people. */
  readonly stderr: OutputStream;
  readonly env: NodeJS.ProcessEnv;
  /** Paths are shown relative to it. */
  readonly cwd: string;
  /** Colours on stderr. */
  readonly colors: Colors;
  /** Absent, or none of them on a screen: what suits stderr. */
  readonly renderers?: readonly RendererChoice[];
  /** Where they write, opened before; absent: opened now, which may throw `PlaceFault`. */
  readonly outlets?: Outlets;
  /** Whoever sits at the terminal, of a session that goes on. */
  readonly keyboard?: Keyboard;
  /** The session's directory, absolute. */
  readonly directory: string;
  readonly mode: ShowMode;
  /** Of a session that goes on: with all that its log holds. Absent: a new one. */
  readonly overlord?: Overlord;
  /** What time it is, epoch ms, when a log is shown that is still being written; absent: a replay's time is that of the log. */
  readonly now?: () => number;
  /** A part of the output has failed, once for each; absent: told in the summary. */
  readonly onFault?: (message: string) => void;
}

/** Everything that is shown and written of one session: totals, the screen, the documents, the end. */
export class SessionShow {
  readonly overlord: Overlord;
  readonly #faults: string[] = [];
  readonly #options: SessionShowOptions;
  readonly #show: Show;
  readonly #outlets: Outlets;
  /** Absent where nothing is written. */
  #documents: DocumentsRenderer | undefined;
  #lastAt = 0;
  #unread = false;
  #unwrittenElsewhere: readonly string[] = [];
  #virtualTentacles: ReadonlySet<TentacleId> | undefined;

  private constructor(options: SessionShowOptions) {
    this.#options = options;
    this.overlord = options.overlord ?? new Overlord();
    // Of a live session the dispatcher's recorder folds the totals, before anybody is told: twice would be wrong.
    const { folded, live } = MODES[options.mode];
    this.#show = new Show(folded ? undefined : this.overlord, (message) => this.fault(message));
    this.#outlets = options.outlets ?? new Outlets(options.renderers ?? [], { ...options, live });
    this.#outlets.onFault = (message) => this.fault(message);
  }

  /** Makes the renderers; what they are made of is loaded here. */
  static async open(options: SessionShowOptions): Promise<SessionShow> {
    const show = new SessionShow(options);
    await show.#load();
    return show;
  }

  async #load(): Promise<void> {
    const { mode, stderr, env, colors, directory, cwd, keyboard } = this.#options;
    const { live, screens, documents } = MODES[mode];
    const choices = completeChoices(this.#options.renderers ?? [], stderr, env);
    if (screens)
      for (const choice of choices)
        this.#show.add(
          await createRenderer(choice, {
            outlets: this.#outlets,
            stderr,
            colors,
            totals: this.overlord,
            directory,
            cwd,
            reading: mode === 'live' ? 'behind-log' : mode === 'watched' ? 'after-log' : 'waits',
            onFault: (message) => this.fault(message),
            ...(live ? {} : { now: this.#options.now ?? (() => this.#lastAt) }),
            ...(keyboard === undefined ? {} : { keyboard }),
          }),
        );
    if (!documents) return;
    const { documentsRenderer } = await import('./documents/documents.ts');
    const { overlord } = this;
    this.#documents = documentsRenderer({
      directory,
      overlord,
      virtual: () => this.#virtual,
      onFault: (message) => this.fault(message),
    });
    this.#show.add(this.#documents);
  }

  /** Whether a line of this type has to be parsed for `apply`. */
  wants(type: TestbedEvent['type']): boolean {
    return this.#show.wants(type);
  }

  /** Takes one line in; `event` saves the parsing where it is known already. */
  apply(line: string, event?: TestbedEvent): void {
    if (event?.at !== undefined) this.#lastAt = event.at;
    this.#show.apply(line, event);
  }

  /** What the log of a session holds that goes on now, and is in its overlord: documents know it, and it is not shown again. */
  recall(event: TestbedEvent): void {
    if (!MODES[this.#options.mode].folded) this.overlord.apply(event);
    this.#show.recall(event);
  }

  /** The last line that a run printed. */
  progress(run: RunId, text: string): void {
    this.#show.progress(run, text);
  }

  /** Of a replay: resolves when readers have made room for more; undefined when there is room. */
  room(): Promise<unknown> | undefined {
    return this.#outlets.room();
  }

  /** The session is over, and whoever waits for it wants to wait no longer for those who read its output. */
  hurry(): void {
    this.#outlets.hurry();
  }

  /** Somebody did not read what they were given; only an exit ends what still waits in a socket. */
  get unread(): boolean {
    return this.#unread;
  }

  /** The session ends by a bug of ours, which somebody else tells: gives the terminal back. */
  abandon(): void {
    this.#show.abandon();
  }

  /** Tells whoever watches; never logged. */
  note(text: string): void {
    if (!this.#show.note(text)) this.#outlets.stderr.line(`testbed: ${text}`);
  }

  /** Tells that a part of the output failed; the session goes on. */
  fault(message: string): void {
    if (this.#options.onFault === undefined) this.#faults.push(message);
    else this.#options.onFault(message);
  }

  /** Which documents could not be written to the end; for good only after `close`. */
  get unwritten(): readonly string[] {
    return this.#documents?.unwritten ?? this.#unwrittenElsewhere;
  }

  /**
   * Leaves the screen in order, writes the documents for good, and prints the end. Resolves to the exit code of the session.
   *
   * @param unwritten of a session that another process carries out: the documents that it could not write
   */
  async close(unwritten: readonly string[] = []): Promise<number> {
    this.#unwrittenElsewhere = unwritten;
    await this.#show.finish();
    const { mode, cwd, directory, colors, env, stderr } = this.#options;
    // Before the summary, which tells what could not be written.
    this.#unread = !(await this.#outlets.end('places'));
    const { REPORTS } = await import('./documents/documents.ts');
    const { screens, live } = MODES[mode];
    if (screens) {
      const sink = this.#outlets.stderr;
      await sink.room();
      sink.line('');
      sink.line(
        summaryText({
          overlord: this.overlord,
          faults: this.#faults,
          paint: createPaint(colors),
          directory,
          cwd,
          reports: REPORTS.filter(
            (name) => !this.unwritten.includes(name) && existsSync(path.join(directory, name)),
          ),
          unwritten: this.unwritten,
          ...(stderr.isTTY === true && stderr.columns !== undefined ? { columns: stderr.columns } : {}),
          virtual: () => this.#virtual,
        }),
      );
      if (live && env['GITHUB_ACTIONS'] === 'true') await this.#tellGithub(sink);
    }
    const told = this.#faults.length;
    this.#unread = !(await this.#outlets.end('stdout')) || this.#unread;
    for (const message of this.#faults.slice(told)) this.#outlets.stderr.line(`testbed: ${message}`);
    this.#unread = !(await this.#outlets.end('all')) || this.#unread;
    return this.overlord.finished?.exit ?? this.overlord.exitCode;
  }

  /** Leaves the screen in order, without an end: the session goes on. */
  async leave(): Promise<void> {
    this.#outlets.hurry();
    await this.#show.finish();
    await this.#outlets.end('all');
  }

  get #virtual(): ReadonlySet<TentacleId> {
    return (this.#virtualTentacles ??= virtualTentaclesOf(this.#options.directory));
  }

  async #tellGithub(sink: Outlet): Promise<void> {
    const { githubAnnotations, githubStepSummary } = await import('./documents/github.ts');
    for (const line of githubAnnotations(this.overlord)) sink.line(line);
    const file = this.#options.env['GITHUB_STEP_SUMMARY'];
    if (file === undefined || file === '') return;
    try {
      const { reportMarkdown } = await import('./documents/markdown.ts');
      githubStepSummary(
        file,
        reportMarkdown(this.overlord, () => this.#virtual),
      );
    } catch (error) {
      sink.line(`testbed: the step summary ${file} can not be written: ${(error as Error).message}`);
    }
  }
}
