import path from 'node:path';
import { findSession } from '../log/find-session.ts';
import { readEvents, type EventLog } from '../log/read-events.ts';
import { judgeLog, type LogVerdict } from '../log/session-life.ts';
import { UsageFault, type Io } from './command.ts';

/** Where sessions are; shared by every command that reads one. */
export type SessionOptions = { readonly [K in 'config' | 'results']: string | undefined };

/** A session that was found, with its log opened for one pass. */
export interface OpenSession {
  readonly id: string;
  /** Absolute. */
  readonly directory: string;
  readonly log: EventLog;
}

/** Finds the session that `[SESSION]` names (default: the latest) and opens its log; throws `UsageFault`. */
export async function openSession(
  positionals: readonly string[],
  options: SessionOptions,
  io: Io,
): Promise<OpenSession> {
  if (positionals.length > 1)
    throw new UsageFault(`one session at a time, but got ${positionals.join(', ')}.`, 'Name one of them.');
  const found = findSession(await resultsDirectory(options, io), positionals[0], io.cwd);
  if (!found.ok) throw new UsageFault(found.message, found.hint);
  return { id: found.id, directory: found.directory, log: readEvents(found.eventsFile) };
}

/** `--results`, else `results/` beside the lab file, else `results/` here. The lab file itself need not be right, or there. */
export async function resultsDirectory(options: SessionOptions, io: Io): Promise<string> {
  if (options.results !== undefined) return path.resolve(io.cwd, options.results);
  if (options.config !== undefined)
    return path.join(path.dirname(path.resolve(io.cwd, options.config)), 'results');
  const { findLabFile } = await import('../config/find.ts');
  const file = await findLabFile(io.cwd);
  return path.join(file === undefined ? io.cwd : path.dirname(file), 'results');
}

/** Judges a log after its last line was read, and tells a person what is to be told. */
export async function tellLog(log: EventLog, io: Io): Promise<LogVerdict> {
  const { livenessOf } = await import('../process/identity.ts');
  const verdict = judgeLog(log, livenessOf);
  for (const message of verdict.messages) io.stderr.write(`testbed: ${message}\n`);
  return verdict;
}

/** Lets a loop over many lines be interrupted: now and then the streams' errors and the screen's timers get their turn. */
export function breather(every = 1000): () => Promise<void> | undefined {
  let lines = 0;
  return () => (++lines % every === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined);
}
