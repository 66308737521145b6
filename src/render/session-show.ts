import { existsSync } from 'node:fs';
import path from 'node:path';
import type { TestbedEvent } from '../event/event.ts';
import type { RunId } from '../model/ids.ts';
import { Overlord } from '../overlord/overlord.ts';
import { createRenderer, kindFor } from './create.ts';
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
  #lastAt = 0;

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
    this.#show.add(
      documentsRenderer({
        directory,
        overlord,
        onFault: (message) => this.fault(message),
      }),
    );
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
          reports: REPORTS.filter((name) => existsSync(path.join(directory, name))),
        }),
      );
      if (mode === 'live' && env['GITHUB_ACTIONS'] === 'true') await this.#tellGithub(sink);
    }
    return this.overlord.finished?.exit ?? this.overlord.exitCode;
  }

  async #tellGithub(sink: Sink): Promise<void> {
    const { githubAnnotations, githubStepSummary } = await import('./documents/github.ts');
    for (const line of githubAnnotations(this.overlord)) sink.line(line);
    const file = this.#options.env['GITHUB_STEP_SUMMARY'];
    if (file === undefined || file === '') return;
    try {
      const { reportMarkdown } = await import('./documents/markdown.ts');
      githubStepSummary(file, reportMarkdown(this.overlord));
    } catch (error) {
      sink.line(`testbed: the step summary ${file} can not be written: ${(error as Error).message}`);
    }
  }
}
