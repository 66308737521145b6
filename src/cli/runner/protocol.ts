import type { StageNow } from '../../dispatch/stages/host-stages.ts';
import type { RunId, SessionId, StageName, TentacleId } from '../../model/ids.ts';
import type { AskingOptions } from '../asked.ts';
import type { BegunSession, Stop } from '../run-session.ts';

/** What passes between a runner and whoever connects to its socket: one JSON object a line, `Hello` first. */

/** A session to be carried out; the fields are those of the command line of `testbed run` that asks for it. */
export interface RunRequest {
  readonly kind: 'run';
  readonly options: AskingOptions;
  readonly positionals: readonly string[];
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly pid: number;
  /** Of stderr, for texts that are laid out for a terminal. */
  readonly terminal: { readonly isTTY: boolean; readonly columns?: number };
}

/** Who has asked for a session, for others. */
export interface Client {
  readonly pid: number;
  readonly command: string;
  /** Epoch ms. */
  readonly since: number;
}

export type ToRunner =
  | RunRequest
  /** End the session that was asked for on this connection. */
  | { readonly kind: 'stop'; readonly how: Parameters<Stop>[0]; readonly by: Parameters<Stop>[1] }
  /** Do this to it: a method of `SessionControls`. */
  | { readonly kind: 'control'; readonly name: string; readonly args: readonly unknown[] }
  /** Tell how you are. */
  | { readonly kind: 'status' }
  /** Begin these stages anew; null: all. */
  | { readonly kind: 'reload'; readonly stages: readonly StageName[] | null }
  /** End the session of this name, whoever asked for it. */
  | { readonly kind: 'stop-session'; readonly session: SessionId; readonly how: 'soon' | 'now' }
  /** End yourself. */
  | { readonly kind: 'stop-runner'; readonly how: 'soon' | 'now' };

export type FromRunner =
  /** The first message. */
  | { readonly kind: 'hello'; readonly version: string; readonly pid: number }
  /** For the screen of whoever asked, as it is. */
  | { readonly kind: 'text'; readonly text: string }
  /** These have their turn first. */
  | { readonly kind: 'waits'; readonly before: readonly Client[] }
  /** The session has begun; its log tells the rest. `controls` can be asked for. */
  | ({ readonly kind: 'begun'; readonly controls: readonly string[] } & BegunSession)
  /** The last line that a run printed; never logged. */
  | { readonly kind: 'progress'; readonly run: RunId; readonly text: string }
  /** What whoever watches should know now; never logged. */
  | { readonly kind: 'note'; readonly text: string }
  /** A part of the output failed. */
  | { readonly kind: 'fault'; readonly message: string }
  /** The session is over, and its documents are written. */
  | { readonly kind: 'written'; readonly unwritten: readonly string[] }
  /** The command line can not be carried out; nothing was run. */
  | { readonly kind: 'usage'; readonly message: string; readonly hint: string | undefined }
  /** It is all over. */
  | { readonly kind: 'end'; readonly exit: number }
  /** A bug in the runner ended the session. */
  | { readonly kind: 'bug'; readonly stack: string }
  /** The session is not carried out here, and was not begun. */
  | { readonly kind: 'refused'; readonly reason: string }
  | ({ readonly kind: 'status' } & RunnerStatus)
  /** These stages and boards are begun anew. */
  | { readonly kind: 'reloading'; readonly stages: readonly StageName[] }
  /** It is done, or `false`: there is no such session. */
  | { readonly kind: 'stopping'; readonly found: boolean };

/** How a runner is, as `testbed status --format json` gives it; times are epoch ms. */
export interface RunnerStatus {
  readonly lab: string;
  readonly pid: number;
  readonly version: string;
  readonly since: number;
  readonly log: string;
  /** When it ends by itself if nobody comes; null: never, or it is busy. */
  readonly endsAt: number | null;
  /** What it carries out; `session` is null until it has begun. */
  readonly serving:
    (Client & { readonly session: SessionId | null; readonly directory: string | null }) | null;
  readonly waiting: readonly Client[];
  readonly stages: readonly StageNow[];
  /** Boards that it keeps on between sessions. */
  readonly boards: readonly {
    readonly tentacle: TentacleId;
    readonly stages: readonly StageName[];
    /** Let go then, if nobody needs it before. */
    readonly until: number;
  }[];
  readonly workers: number;
}
