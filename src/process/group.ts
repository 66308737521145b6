import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { statOf } from '../util/process-identity.ts';

const POLL_MS = 10;

/** Sends a signal to a process group; false when nobody is in it (any more). */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    // EPERM: somebody is in it who changed the user; the others got the signal.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Resolves with true when nobody of the group lives any more, with false after the limit. */
export async function groupGone(group: number, limitMs: number): Promise<boolean> {
  const limit = performance.now() + limitMs;
  for (;;) {
    if (!groupLives(group)) return true;
    if (performance.now() >= limit) return false;
    await delay(Math.min(POLL_MS, limit - performance.now()));
  }
}

/** Zombies do not count: where nobody reaps them (a container's first process), they stay for ever. */
function groupLives(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  return readdirSync('/proc').some((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return false;
    const stat = statOf(pid);
    return stat !== undefined && stat.group === group && stat.state !== 'Z' && stat.state !== 'X';
  });
}
