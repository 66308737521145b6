import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SessionId } from '../model/ids.ts';
import { inState } from './fault.ts';
import { newRecord, readLeaseFile, type HeldLease } from './lease-record.ts';
import { stateFolder } from './state-directory.ts';

const SUFFIX = '.json';

/** Where a session keeps its log, absolute; a record of an older testbed does not say. */
interface SessionPlace {
  readonly directory?: string;
}

/** A session whose process lives, or died without tidying up. */
export type SessionRecord = HeldLease & { readonly holder: SessionPlace };

/**
 * Notes that a session of this process began, so that `sweepSessions` finds what it leaves behind when it and its workers
 * are killed together. Throws `LabStateFault`.
 */
export function recordSession(
  stateDirectory: string,
  session: Required<SessionPlace> & {
    readonly id: SessionId;
    readonly cookie: string;
    readonly command: string;
  },
): { remove(): void } {
  // A session that is resumed has its id a second time, and what it left behind the first time is still to be found.
  const name = `${session.id}.${session.cookie.slice(0, 8)}${SUFFIX}`;
  const file = path.join(stateFolder(stateDirectory, 'sessions'), name);
  const record = { ...newRecord(session.id, session.id, session), directory: session.directory };
  inState(file, () => writeFileSync(file, JSON.stringify(record)));
  return { remove: () => rmSync(file, { force: true }) };
}

/** The sessions that were noted, by id; of one that was resumed, whoever lives. Those that can not be read are left out. */
export function readSessions(stateDirectory: string): ReadonlyMap<SessionId, SessionRecord> {
  const folder = path.join(stateDirectory, 'sessions');
  const sessions = new Map<SessionId, SessionRecord>();
  for (const name of namesIn(folder)) {
    const found = readLeaseFile(path.join(folder, name), name.slice(0, -SUFFIX.length));
    if (found === undefined || found.holder.pid === 0) continue;
    const { key } = found.holder;
    if (sessions.get(key)?.liveness !== 'alive') sessions.set(key, found);
  }
  return sessions;
}

/**
 * Ends what sessions left behind whose process is dead, and forgets them. Resolves with the number of processes that were
 * ended. What can not be read or removed is another user's, and stays.
 */
export async function sweepSessions(
  stateDirectory: string,
  endStrays: (cookie: string) => Promise<number>,
): Promise<number> {
  const folder = path.join(stateDirectory, 'sessions');
  let ended = 0;
  for (const name of namesIn(folder)) {
    const file = path.join(folder, name);
    try {
      const found = readLeaseFile(file, name.slice(0, -SUFFIX.length));
      if (found?.liveness !== 'dead') continue;
      if (found.holder.cookie !== '') ended += await endStrays(found.holder.cookie);
      rmSync(file, { force: true });
    } catch {
      continue;
    }
  }
  return ended;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
  } catch {
    return [];
  }
}
