import { findSession } from '../log/find-session.ts';
import { readEvents } from '../log/read-events.ts';
import { readSessionConfig, type SessionConfig } from '../log/session-config.ts';
import { judgeLog } from '../log/session-life.ts';
import type { SessionId } from '../model/ids.ts';
import { Overlord } from '../overlord/overlord.ts';
import { livenessOf } from '../process/identity.ts';
import { UsageFault, type Io, type Values } from './command.ts';
import type { PlanOptions } from './make-plan.ts';
import type { labOptions } from './options.ts';

/** What a session was asked for, by its `config.json`. */
export type RecordedRequest = PlanOptions & Pick<Values<typeof labOptions>, 'port' | 'board' | 'source'>;

/** A session's directory, and what it was begun with. */
export interface FoundPast {
  readonly id: SessionId;
  /** Absolute. */
  readonly directory: string;
  readonly eventsFile: string;
  readonly config: SessionConfig<RecordedRequest>;
}

/** A session that ended, in whatever way. */
export interface PastSession extends FoundPast {
  /** All that its log tells. */
  readonly overlord: Overlord;
  readonly nextSeq: number;
  /** Sentences about what its log does not tell, or tells wrong; empty for a log in good order. */
  readonly gaps: readonly string[];
}

const ANEW = 'Start a new session: testbed run';

/** Finds a session by name, default the latest; throws `UsageFault` when its record can not be read. */
export function findPast(results: string, wanted: string | undefined, io: Io): FoundPast {
  const found = findSession(results, wanted, io.cwd);
  if (!found.ok) throw new UsageFault(found.message, found.hint);
  const { id, directory, eventsFile } = found;
  const config = readSessionConfig<RecordedRequest>(directory);
  if (config === undefined)
    throw new UsageFault(`${directory} has no config.json that this testbed can read.`, ANEW);
  return { id, directory, eventsFile, config };
}

/** Reads the log of a session that is over; throws `UsageFault` for one that still runs, or can not be read. */
export function openPast(found: FoundPast): PastSession {
  const { id, eventsFile } = found;
  const log = readEvents(eventsFile);
  const overlord = new Overlord();
  for (const { event } of log.records(() => true)) if (event !== undefined) overlord.apply(event);
  const { life, sound, messages } = judgeLog(log, livenessOf);
  if (log.started === undefined) throw new UsageFault(messages.join(' '), ANEW);
  if (life === 'running' || life === 'elsewhere') {
    const who = `pid ${log.writer?.pid} on ${log.writer?.host}`;
    throw life === 'running'
      ? new UsageFault(`session ${id} still runs (${who}).`, 'Wait for it, or end that process.')
      : new UsageFault(`session ${id} may still run (${who}).`, 'Only that host can tell: go on there.');
  }
  return { ...found, overlord, nextSeq: log.nextSeq, gaps: sound ? [] : messages };
}
