import { readFileSync } from 'node:fs';
import os from 'node:os';

/** Names one process on one machine for ever: a pid alone is reused, and a reboot begins anew. */
export interface Identity {
  readonly pid: number;
  /** Field 22 of `/proc/<pid>/stat`, in ticks since boot. */
  readonly startTime: string;
  readonly bootId: string;
  readonly host: string;
}

/** `unknown`: it lives, or lived, where this process can not look: on another host. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/** The state letter and start time of a process of this host; undefined when there is no such process, or it is hidden. */
export function statOf(
  pid: number,
): { readonly state: string; readonly group: number; readonly startTime: string } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The command stands in parentheses and may itself hold blanks and parentheses; what follows the last one is regular.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '?', group: Number(fields[2]), startTime: fields[19] ?? '' };
}

let bootId: string | undefined;

/** Of this boot of this machine; empty where the kernel does not tell. */
export function thisBoot(): string {
  try {
    bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    bootId = '';
  }
  return bootId;
}

/** Who a living process of this host is; without an argument: this process. Undefined when it is gone. */
export function identityOf(pid: number): Identity | undefined {
  const stat = statOf(pid);
  if (stat === undefined) return undefined;
  return { pid, startTime: stat.startTime, bootId: thisBoot(), host: os.hostname() };
}

/** Who this process is. */
export function ownIdentity(): Identity {
  return (
    identityOf(process.pid) ?? { pid: process.pid, startTime: '', bootId: thisBoot(), host: os.hostname() }
  );
}

/**
 * Whether that very process is still there. A zombie is dead: it will never do anything again, and who should reap it
 * may never come.
 */
export function livenessOf(identity: Identity): Liveness {
  if (identity.host !== os.hostname()) return 'unknown';
  if (identity.bootId !== thisBoot()) return 'dead';
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'dead';
  }
  const stat = statOf(identity.pid);
  // With `hidepid`, others' processes can be signalled at but not seen: believe that it is the same one.
  if (stat === undefined) return stillThere(identity.pid) ? 'alive' : 'dead';
  if (stat.state === 'Z' || stat.state === 'X') return 'dead';
  return identity.startTime === '' || stat.startTime === identity.startTime ? 'alive' : 'dead';
}

function stillThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
