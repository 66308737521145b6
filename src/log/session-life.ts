import type { ProcessIdentity } from '../event/event.ts';
import { unreachable } from '../util/unreachable.ts';
import type { EventLog } from './read-events.ts';

/** Whether a session may still write to its log. */
type SessionLife =
  /** It ended in good order. */
  | 'over'
  /** Its process lives. */
  | 'running'
  /** Its process is gone, or never said who it is, and the log has no end. */
  | 'dead'
  /** Its process was on another host, and only that can tell. */
  | 'elsewhere';

/** What stands in a log that a person has to know before trusting it. */
export interface LogVerdict {
  readonly life: SessionLife;
  /** The log tells all, or all until now; else exit 4. */
  readonly sound: boolean;
  /** Sentences for a person; empty for a log in good order. */
  readonly messages: readonly string[];
}

/** Says whether a process lives; `unknown` for one on another host. Passed in, because `process/` lies above this floor. */
export type LivenessCheck = (process: ProcessIdentity) => 'alive' | 'dead' | 'unknown';

/** Judges a log that was read to its end. */
export function judgeLog(log: EventLog, livenessOf: LivenessCheck): LogVerdict {
  const { ending, faults, writer } = log;
  const life = lifeOf(log, livenessOf);
  const told = faults.map(({ message }) => `${log.file}: ${message}.`);
  if (ending === 'foreign') return { life, sound: false, messages: told };
  const process = writer === undefined ? '' : `pid ${writer.pid} on ${writer.host}`;
  const who = process === '' ? 'its process' : `its process (${process})`;
  switch (life) {
    case 'over':
      return { life, sound: faults.length === 0, messages: told };
    case 'running': {
      // Half a record at the end is one that is just being written.
      const broken = faults.filter(({ kind }) => kind !== 'torn');
      return {
        life,
        sound: broken.length === 0,
        messages: [
          `this session is still running (${process}); this is what happened until now.`,
          ...broken.map(({ message }) => `${log.file}: ${message}.`),
        ],
      };
    }
    case 'elsewhere':
      return {
        life,
        sound: false,
        messages: [
          ...told,
          `the log has no end, and whether ${who} still writes it can only be told on that host. This is what happened until now.`,
        ],
      };
    case 'dead':
      return {
        life,
        sound: false,
        messages: [
          ...told,
          `the session was cut off: ${who} is gone, and the log has no end. What was finished stands; the rest was never judged.`,
        ],
      };
    default:
      return unreachable(life);
  }
}

const LIFE = { alive: 'running', dead: 'dead', unknown: 'elsewhere' } as const;

function lifeOf(log: EventLog, livenessOf: LivenessCheck): SessionLife {
  if (log.ending === 'finished') return 'over';
  return log.writer === undefined ? 'dead' : LIFE[livenessOf(log.writer)];
}
