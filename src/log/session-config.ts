import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { TentacleId } from '../model/ids.ts';
import type { Lab } from '../model/lab.ts';

/** Raised when the meaning of a field changes. */
export const CONFIG_FORMAT = 1;

/** `config.json` of a session: all that it was begun with, secrets masked; `R` is what its command line asked for. */
export interface SessionConfig<R = unknown> {
  readonly format: typeof CONFIG_FORMAT;
  readonly testbed: string;
  readonly command: readonly string[];
  /** How it is carried out: `--jobs`, `--flash` and the like. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What is to be tested, as the command line says it. */
  readonly request: R;
  readonly counts: { readonly orders: number };
  readonly lab: Lab;
  /** Where each source that the plan reads was when the session began. */
  readonly sources: Readonly<Record<string, { readonly directory: string; readonly commit?: string }>>;
}

/** Reads `config.json`; undefined where it is missing, broken, or of another format. */
export function readSessionConfig<R>(sessionDirectory: string): SessionConfig<R> | undefined {
  try {
    const text = readFileSync(path.join(sessionDirectory, 'config.json'), 'utf8');
    const config = JSON.parse(text) as SessionConfig<R>;
    return config.format === CONFIG_FORMAT ? config : undefined;
  } catch {
    // Who needs it says so; a log alone can be shown, too.
    return undefined;
  }
}

/** Which tentacles of a session's lab are virtual boards, by its `config.json`; none where that is missing or not ours. */
export function virtualTentaclesOf(sessionDirectory: string): ReadonlySet<TentacleId> {
  const lab = readSessionConfig(sessionDirectory)?.lab;
  const boards = new Set(
    (lab?.boards ?? []).filter(({ driver }) => driver === 'virtual').map(({ name }) => name),
  );
  return new Set((lab?.tentacles ?? []).filter(({ board }) => boards.has(board)).map(({ id }) => id));
}
