import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Counters } from '../event/event.ts';
import { readSessions, type SessionRecord } from '../labstate/session-record.ts';
import { sessionNames } from '../log/find-session.ts';
import { isFinished } from '../log/is-finished.ts';
import { readEvents } from '../log/read-events.ts';
import { readSessionConfig } from '../log/session-config.ts';
import { judgeLog } from '../log/session-life.ts';
import type { SessionId } from '../model/ids.ts';
import type { Lab } from '../model/lab.ts';
import { Overlord } from '../overlord/overlord.ts';
import { TentaclesKept, type KeptNow } from '../overlord/kept-now.ts';
import { RunsNow, type RunUnderWay } from '../overlord/runs-now.ts';
import { StagesNow, type StageNow } from '../overlord/stages-now.ts';
import type { Wait } from '../plan/waits.ts';
import { livenessOf } from '../process/identity.ts';
import type { RecordedRequest } from './past-session.ts';
import { waitsOfSession } from './session-waits.ts';

/** A session that runs now, as `testbed ps --format json` gives it; times are epoch ms. */
export interface LiveSession {
  readonly session: SessionId;
  /** Absolute; null: nobody knows. */
  readonly directory: string | null;
  /** False: it runs on another host, and only there can be told whether it still lives. */
  readonly certain: boolean;
  readonly pid: number;
  readonly host: string;
  /** Null where the state directory does not tell. */
  readonly user: string | null;
  /** When its process began it, or went on with it. */
  readonly since: number;
  readonly command: string;
  /** From here on null when its log can not be read, as another user's. */
  readonly lab: string | null;
  readonly counters: Counters | null;
  /** Attempts under way that somebody asked for by hand; they are in no counter, and among the runs. */
  readonly again: number | null;
  readonly runs: readonly RunUnderWay[] | null;
  /** Those that were begun and are needed. */
  readonly stages: readonly StageNow[] | null;
  /** Tentacles that somebody who watches looks at. */
  readonly kept: readonly KeptNow[] | null;
  /** Null, too, when its plan can not be made here. */
  readonly waiting: readonly Wait[] | null;
}

/** What runs, and the labs in which it does. */
export interface LiveSessions {
  readonly sessions: readonly LiveSession[];
  readonly labs: readonly Lab[];
}

/** The sessions below `results` that run now, and those that `records` know of, oldest first. */
export async function liveSessions(
  results: string,
  records: ReadonlyMap<SessionId, SessionRecord>,
): Promise<LiveSessions> {
  const sessions: LiveSession[] = [];
  const labs: Lab[] = [];
  const directories = new Map(sessionNames(results).map((id) => [id, path.join(results, id)]));
  const ids = new Set([...directories.keys(), ...records.keys()]);
  for (const id of ids) {
    const record = records.get(id);
    const directory = directories.get(id) ?? record?.holder.directory;
    const found = directory === undefined ? undefined : await fromLog(directory, record);
    if (found?.lab !== undefined) labs.push(found.lab);
    const session = found === undefined ? fromRecord(id, record) : found.session;
    if (session !== undefined) sessions.push(session);
  }
  // Names of one second differ in random digits only.
  return { sessions: sessions.toSorted((a, b) => a.since - b.since), labs };
}

/** Undefined: there is no log that can be read here. */
async function fromLog(
  directory: string,
  record: SessionRecord | undefined,
): Promise<{ readonly session: LiveSession | undefined; readonly lab?: Lab } | undefined> {
  const file = path.join(directory, 'events.jsonl');
  if (!existsSync(file)) return undefined;
  if (isFinished(file)) return { session: undefined };
  const log = readEvents(file);
  const overlord = new Overlord();
  const now = { runs: new RunsNow(), stages: new StagesNow(), kept: new TentaclesKept() };
  let begun = { since: 0, command: '' };
  for (const { event } of log.records(() => true)) {
    if (event === undefined) continue;
    overlord.apply(event);
    for (const fold of Object.values(now)) fold.apply(event);
    if (event.type === 'session-started' || event.type === 'session-resumed')
      begun = { since: event.at ?? 0, command: event.command.join(' ') };
  }
  const { started, writer } = log;
  const { life } = judgeLog(log, livenessOf);
  if (started === undefined || writer === undefined || (life !== 'running' && life !== 'elsewhere'))
    return { session: undefined };
  const config = readSessionConfig<RecordedRequest>(directory);
  const certain = life === 'running';
  const session: LiveSession = {
    session: started.session,
    directory,
    certain,
    pid: writer.pid,
    host: writer.host,
    user: record?.holder.user ?? null,
    ...begun,
    lab: started.lab,
    counters: overlord.counters,
    again: overlord.again,
    runs: now.runs.runs,
    stages: now.stages.stages,
    kept: now.kept.tentacles,
    waiting:
      config === undefined || !certain
        ? null
        : await waitsOfSession({
            config,
            writer,
            settled: overlord.settled,
            runs: now.runs.runs,
            kept: now.kept.tentacles,
          }),
  };
  return { session, ...(config === undefined ? {} : { lab: config.lab }) };
}

/** All that is known of a session whose log lies where we may not look. */
function fromRecord(id: SessionId, record: SessionRecord | undefined): LiveSession | undefined {
  if (record === undefined || record.liveness === 'dead') return undefined;
  const { pid, host, user, since, command, directory } = record.holder;
  return {
    session: id,
    directory: directory ?? null,
    certain: record.liveness === 'alive',
    pid,
    host,
    user,
    since,
    command,
    lab: null,
    counters: null,
    again: null,
    runs: null,
    stages: null,
    kept: null,
    waiting: null,
  };
}

/** All that state directories know of sessions. */
export function recordedSessions(stateDirectories: Iterable<string>): Map<SessionId, SessionRecord> {
  return new Map([...stateDirectories].flatMap((directory) => [...readSessions(directory)]));
}
