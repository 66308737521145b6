import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SessionId } from '../model/ids.ts';
import { inState } from './fault.ts';
import { newRecord, readLeaseFile } from './lease-record.ts';
import { stateFolder } from './state-directory.ts';

const SUFFIX = '.json';

/**
 * Notes that a session of this process began, so that `sweepSessions` finds what it leaves behind when it and its workers
 * are killed together. Throws `LabStateFault`.
 */
export function recordSession(
  stateDirectory: string,
  session: { readonly id: SessionId; readonly cookie: string; readonly command: string },
): { remove(): void } {
  const file = path.join(stateFolder(stateDirectory, 'sessions'), `${session.id}${SUFFIX}`);
  inState(file, () => writeFileSync(file, JSON.stringify(newRecord(session.id, session.id, session))));
  return { remove: () => rmSync(file, { force: true }) };
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
