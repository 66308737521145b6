import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SessionId } from '../model/ids.ts';
import { makeDirectory } from '../util/make-directory.ts';
import { JournalFault } from './journal.ts';
import { Masker, maskJson } from './mask.ts';
import { CONFIG_FORMAT } from './session-config.ts';

/** Where everything of one session lies. */
export interface SessionDirectory {
  readonly id: SessionId;
  /** Absolute; `results/<id>`. */
  readonly directory: string;
  readonly eventsFile: string;
  readonly configFile: string;
  /** What was not as it should be, but stops nothing: a sentence each. */
  readonly warnings: readonly string[];
}

/** What a new session's directory is made from. */
export interface SessionRequest {
  /** Absolute directory of all sessions; made if it is not there. */
  readonly results: string;
  /** The effective configuration, plain JSON; kept with secrets masked. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly now?: Date;
}

/**
 * Makes `results/<id>` with its `config.json`, and lets `results/latest` point to it. Throws `JournalFault` when the
 * directory can not be made; a `latest` that can not be set is a warning.
 */
export function createSession({
  results,
  config,
  secrets,
  now = new Date(),
}: SessionRequest): SessionDirectory {
  const { id, directory } = makeSession(results, now);
  const configFile = path.join(directory, 'config.json');
  const masked = maskJson({ format: CONFIG_FORMAT, ...config }, new Masker(secrets));
  try {
    writeFileSync(configFile, `${JSON.stringify(masked, null, 2)}\n`, { flag: 'wx' });
  } catch (error) {
    throw new JournalFault(configFile, error as NodeJS.ErrnoException);
  }
  const warning = pointLatest(results, id);
  const warnings = warning === undefined ? [] : [warning];
  return { id, directory, eventsFile: path.join(directory, 'events.jsonl'), configFile, warnings };
}

/** `2026-11-20T23-11-05-4f2a`: local time, because a person looks for "last night", and four random digits. */
function sessionIdOf(now: Date, random: string): SessionId {
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `${day}T${two(now.getHours())}-${two(now.getMinutes())}-${two(now.getSeconds())}-${random}`;
}

function makeSession(results: string, now: Date): { id: SessionId; directory: string } {
  try {
    makeDirectory(results);
  } catch (error) {
    throw new JournalFault(results, error as NodeJS.ErrnoException);
  }
  for (let attempt = 1; ; attempt++) {
    const id = sessionIdOf(now, randomBytes(2).toString('hex'));
    const directory = path.join(results, id);
    try {
      mkdirSync(directory);
      return { id, directory };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 10)
        throw new JournalFault(directory, error as NodeJS.ErrnoException);
    }
  }
}

/** By rename, so that `latest` is never missing. Two sessions that begin together: the later rename wins. */
function pointLatest(results: string, id: SessionId): string | undefined {
  const latest = path.join(results, 'latest');
  const fresh = path.join(results, `.latest-${id}`);
  try {
    symlinkSync(id, fresh);
    renameSync(fresh, latest);
    return undefined;
  } catch (error) {
    rmSync(fresh, { force: true });
    return `${latest} could not be made to point to this session: ${(error as Error).message}`;
  }
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
