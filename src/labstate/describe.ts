import { unreachable } from '../util/unreachable.ts';
import type { HeldLease } from './lease-record.ts';

/** Who holds a lease and since when, as half a sentence for a person: `held by ann (pid 12, "testbed run") since 20:15`. */
export function describeHolder({ holder, liveness, file }: HeldLease, now: number = Date.now()): string {
  const where = holder.host === '' ? '' : ` on ${holder.host}`;
  const who = `held by ${holder.user}${where} (pid ${holder.pid}, ${JSON.stringify(holder.command)}) for ${age(now - holder.since)}`;
  switch (liveness) {
    case 'alive':
      return who;
    case 'dead':
      return `${who}; that process is gone`;
    case 'unknown':
      return `${who}; whether that process still lives can not be told from here: if it does not, remove ${file}`;
    default:
      return unreachable(liveness);
  }
}

function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
