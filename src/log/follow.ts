import { existsSync } from 'node:fs';
import type { EventType } from '../event/event.ts';
import type { EventLog, LogRecord } from './read-events.ts';
import type { LivenessCheck } from './session-life.ts';
import { FileWatch } from './watch-file.ts';

/** What comes of a log that is followed. */
export type Followed =
  | ({ readonly kind: 'record' } & LogRecord)
  /** All that stands in the log was given; more is waited for. */
  | { readonly kind: 'waiting' }
  /** The file is not there any more. The last step. */
  | { readonly kind: 'gone' };

/** How a log is followed. */
export interface FollowOptions {
  /** Types to be parsed. */
  readonly wanted: (type: EventType) => boolean;
  readonly livenessOf: LivenessCheck;
  /** Asked when the process of the session is dead: somebody is about to resume it, so that waiting goes on. */
  readonly resuming?: () => boolean;
  /** Aborted: nothing more is wanted. */
  readonly signal: AbortSignal;
}

/**
 * Gives every record of a log, and then each one as it is written, until there will be no more:
 *
 *     reading ── all was read ──▶ waiting ── changed, or a second is over ──▶ reading
 *        ├─ session-finished was the last ──▶ over
 *        ├─ its process is dead, nobody resumes it, and nothing came since ──▶ over
 *        └─ it is none of ours, or was taken away ──▶ over
 *
 * `judgeLog` tells which, afterwards. Half a record at the end waits for its rest. Of a process on another host nobody knows:
 * it is waited for.
 */
export async function* followLog(
  log: EventLog,
  { wanted, livenessOf, resuming = () => false, signal }: FollowOptions,
): AsyncGenerator<Followed, void, void> {
  using changes = new FileWatch(log.file);
  let changed = true;
  for (;;) {
    const { writer } = log;
    // Asked before reading: whatever a dead process wrote is there by now.
    const dead = writer === undefined ? !changed : livenessOf(writer) === 'dead';
    if (!existsSync(log.file)) {
      yield { kind: 'gone' };
      return;
    }
    let more = false;
    for (const record of log.records(wanted)) {
      if (signal.aborted) return;
      more = true;
      yield { kind: 'record', ...record };
    }
    if (log.ending === 'finished' || log.ending === 'foreign') return;
    if (dead && !more && !resuming()) return;
    // Who writes it is known only now, or it is dead and was not when it wrote this: neither needs to be waited for.
    if ((dead && more) || (writer === undefined && log.writer !== undefined)) continue;
    yield { kind: 'waiting' };
    changed = await changes.next(signal);
    if (signal.aborted) return;
  }
}
