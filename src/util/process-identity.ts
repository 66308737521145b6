import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';

/** Names one process on one machine for ever: a pid alone is reused, and a reboot begins anew. */
export interface Identity {
  readonly pid: number;
  /** Field 22 of `/proc/<pid>/stat`, in ticks since boot. */
  readonly startTime: string;
  readonly bootId: string;
  readonly host: string;
  /**
   * Told from others of the same name (`raspberrypi`) by a hash of `/etc/machine-id`, which itself is not for everybody's eyes;
   * empty where there is none, absent in records of an older testbed.
   */
  readonly machine?: string;
  /** Pids of another one (a container) mean nothing here. Empty where it can not be told, absent as above. */
  readonly pidNamespace?: string;
}

/** `unknown`: it lives, or lived, where this process can not look: on another host, in another container. */
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

/** Of this boot of this machine; empty where the kernel does not tell. */
const thisBoot = once(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim());

const thisMachine = once(() => {
  const id = readFileSync('/etc/machine-id', 'latin1').trim();
  return id === '' ? '' : createHash('sha256').update(`testbed ${id}`).digest('hex').slice(0, 16);
});

const thisPidNamespace = once(() => readlinkSync('/proc/self/ns/pid'));

/** Empty where it can not be told. */
function once(ask: () => string): () => string {
  let answer: string | undefined;
  return () => {
    try {
      return (answer ??= ask());
    } catch {
      return (answer = '');
    }
  };
}

/** Who a living process of this host is; without an argument: this process. Undefined when it is gone. */
export function identityOf(pid: number): Identity | undefined {
  const stat = statOf(pid);
  if (stat === undefined) return undefined;
  return { pid, startTime: stat.startTime, ...here() };
}

/** Who this process is. */
export function ownIdentity(): Required<Identity> {
  return { pid: process.pid, startTime: statOf(process.pid)?.startTime ?? '', ...here() };
}

function here(): Omit<Required<Identity>, 'pid' | 'startTime'> {
  return {
    bootId: thisBoot(),
    host: os.hostname(),
    machine: thisMachine(),
    pidNamespace: thisPidNamespace(),
  };
}

/**
 * Whether that very process is still there; one elsewhere is never called dead. A zombie is dead: it will never do anything
 * again, and who should reap it may never come.
 */
export function livenessOf(identity: Identity): Liveness {
  const { host, bootId, machine = thisMachine(), pidNamespace } = identity;
  const sameName = host === os.hostname();
  if (bootId !== thisBoot()) return sameName && machine === thisMachine() ? 'dead' : 'unknown';
  // One boot is one machine, even when its name was changed meanwhile; or it is a container there, with a name of its own.
  const visible =
    bootId === '' || pidNamespace === undefined ? sameName : pidNamespace === thisPidNamespace();
  if (!visible) return 'unknown';
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
