import type { TestbedEvent } from '../event/event.ts';
import { followLog } from '../log/follow.ts';
import type { EventLog } from '../log/read-events.ts';
import { livenessOf } from '../process/identity.ts';
import type { SessionShow } from '../render/session-show.ts';
import type { Io } from './command.ts';
import { breather } from './open-session.ts';

/** How a session is followed that another process carries out. */
export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Records before this one happened before it was of interest: they count, and are not shown. */
  readonly from?: number;
  /** Whether somebody who lives is about to go on with the session. */
  readonly resuming?: () => boolean;
  /** After each record; the next one waits for what it gives. */
  readonly onRecord?: (event: TestbedEvent | undefined) => Promise<unknown> | undefined;
  /** All was shown that is there. */
  readonly onWaiting?: () => void;
}

/** Shows a session from its log as it is written, until nothing more will come, or the signal; `gone`: the log was taken away. */
export async function followSession(
  log: EventLog,
  show: SessionShow,
  { signal, from = 0, resuming, onRecord, onWaiting }: FollowOptions,
): Promise<'over' | 'gone'> {
  const breathe = breather();
  const steps = followLog(log, {
    wanted: (type) => from > 0 || show.wants(type),
    livenessOf,
    signal,
    ...(resuming === undefined ? {} : { resuming }),
  });
  for await (const step of steps) {
    if (step.kind === 'gone') return 'gone';
    if (step.kind === 'waiting') {
      onWaiting?.();
      continue;
    }
    const { line, event } = step;
    if (event !== undefined && event.seq !== undefined && event.seq < from) show.recall(event);
    else show.apply(line, event);
    await breathe();
    await onRecord?.(event);
  }
  return 'over';
}

/** Tells that a log was taken away. */
export function tellGone(log: EventLog, io: Io): void {
  io.stderr.write(`testbed: ${log.file} was taken away; nobody can tell from here how the session ends.\n`);
}
