import { existsSync } from 'node:fs';
import path from 'node:path';
import type { TestbedEvent } from '../event/event.ts';
import { virtualTentaclesOf } from '../log/session-config.ts';
import type { RunId, TentacleId } from '../model/ids.ts';
import { Overlord } from '../overlord/overlord.ts';
import { createRenderer, kindFor } from './create.ts';
import type { DocumentsRenderer } from './documents/documents.ts';
import { createPaint } from './paint.ts';
import type { OutputStream, RendererKind } from './renderer.ts';
import { Show } from './show.ts';
import { Sink } from './sink.ts';
import { summaryText } from './summary.ts';

/** How a session is shown, live or again. */
export interface SessionShowOptions {
  /** For `--format jsonl`. */
  readonly stdout: OutputStream;
  /** For people. */
  readonly stderr: OutputStream;
  readonly env: NodeJS.ProcessEnv;
  /** Paths are shown relative to it. */
  readonly cwd: string;
  /** Colours on stderr. */
  readonly color: boolean;
  /** Absent: what suits stderr. */
  readonly kind?: RendererKind;
  readonly verbose: boolean;
  /** The session's directory, absolute. */
  readonly directory: string;
  /**
   * `live` also writes the documents and tells GitHub Actions, and whoever calls `apply` has put the event into
   * `overlord` before; `again` only shows; `documents` only writes.
   */
  readonly mode: 'live' | 'again' | 'documents';
  /** A part of the output has failed, once for each; absent: told in the summary. */
  readonly onFault?: (message: string) => void;
}

/** Everything that is shown and written of one session: totals, the screen, the documents, the end. */
export class SessionShow {
  readonly overlord = new Overlord();
  readonly #faults: string[] = [];
  readonly #options: SessionShowOptions;
  readonly #show: Show;
  /** Absent where nothing is written. */
  #documents: DocumentsRenderer | undefined;
  #lastAt = 0;
  #virtualTentacles: ReadonlySet<TentacleId> | undefined;

  private constructor(options: SessionShowOptions) {
    this.#options = options;
    // Of a live session the dispatcher's recorder folds the totals, before anybody is told: twice would be wrong.
    this.#show = new Show(options.mode === 'live' ? undefined : this.overlord, (message) =>
      this.fault(message),
    );
  }

  /** Makes the renderers; what they are made of is loaded here. */
  static async open(options: SessionShowOptions): Promise<SessionShow> {
    const show = new SessionShow(options);
    await show.#load();
    return show;
  }

  async #load(): Promise<void> {
    const { mode, stdout, stderr, env, color, verbose, directory } = this.#options;
    const kind =
      mode === 'documents' ? 'quiet' : (this.#options.kind ?? (verbose ? 'lines' : kindFor(stderr, env)));
    this.#show.add(
      await createRenderer(kind, {
        stream: kind === 'jsonl' ? stdout : stderr,
        color,
        overlord: this.overlord,
        verbose,
        directory,
        ...(mode === 'live' ? {} : { now: () => this.#lastAt }),
      }),
    );
    if (mode === 'again') return;
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

  /** Takes in what the log of a session holds that goes on now; it is in the totals and the documents, and not shown again. */
  recall(event: TestbedEvent): void {
    this.overlord.apply(event);
    this.#show.recall(event);
  }

  /** The last line that a run printed. */
  progress(run: RunId, text: string): void {
    this.#show.progress(run, text);
  }

  /** Tells whoever watches; never logged. */
  note(text: string): void {
    if (!this.#show.note(text)) new Sink(this.#options.stderr).line(`testbed: ${text}`);
  }

  /** Tells that a part of the output failed; the session goes on. */
  fault(message: string): void {
    if (this.#options.onFault === undefined) this.#faults.push(message);
    else this.#options.onFault(message);
  }

  /** Which documents could not be written to the end; for good only after `close`. */
  get unwritten(): readonly string[] {
    return this.#documents?.unwritten ?? [];
  }

  /** Leaves the screen in order, writes the documents for good, and prints the end. Resolves to the exit code of the session. */
  async close(): Promise<number> {
    await this.#show.finish();
    const { mode, stderr, cwd, directory, color, env } = this.#options;
    const { REPORTS } = await import('./documents/documents.ts');
    if (mode !== 'documents') {
      const sink = new Sink(stderr);
      sink.line('');
      sink.line(
        summaryText({
          overlord: this.overlord,
          faults: this.#faults,
          paint: createPaint(color),
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
      if (mode === 'live' && env['GITHUB_ACTIONS'] === 'true') await this.#tellGithub(sink);
    }
    return this.overlord.finished?.exit ?? this.overlord.exitCode;
  }

  get #virtual(): ReadonlySet<TentacleId> {
    return (this.#virtualTentacles ??= virtualTentaclesOf(this.#options.directory));
  }

  async #tellGithub(sink: Sink): Promise<void> {
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
