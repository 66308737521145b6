import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import type { ProcessIdentity } from '../event/event.ts';
import { livenessOf, ownIdentity, type Liveness } from '../util/process-identity.ts';
import { inState } from './fault.ts';

/** What a lease's file holds: who has the exclusive right, and how to tell whether he still lives. */
export interface LeaseRecord extends Required<ProcessIdentity> {
  readonly format: 1;
  readonly key: string;
  /** Never given twice: two leases of one key are told apart by it. */
  readonly id: string;
  readonly user: string;
  readonly command: string;
  /** Carried by every process of the holder as `TESTBED_COOKIE`. */
  readonly cookie: string;
  /** Epoch ms. */
  readonly since: number;
  /** Symlinks under `<state>/virtual/` that the holder leaves behind when it dies, relative to the state directory. */
  readonly leftovers: readonly string[];
}

/** A lease as it was found. */
export interface HeldLease {
  /** Absolute path of its file. */
  readonly file: string;
  readonly holder: LeaseRecord;
  /** `unknown`: the holder is on another machine or in another container; only a person can say. */
  readonly liveness: Liveness;
}

/** Who asks for a lease. */
export interface LeaseOwner {
  /** The command line, for people. */
  readonly command: string;
  readonly cookie: string;
  readonly leftovers?: readonly string[];
}

/** A new record, owned by this process. */
export function newRecord(key: string, id: string, owner: LeaseOwner): LeaseRecord {
  const { command, cookie, leftovers = [] } = owner;
  const user = userName();
  return { format: 1, key, id, ...ownIdentity(), user, command, cookie, since: Date.now(), leftovers };
}

/** Reads one lease's file; undefined when it is not there (any more). */
export function readLeaseFile(file: string, key: string): HeldLease | undefined {
  return inState(file, () => {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      if (code === 'EACCES') return unreadable(file, key, '');
      throw error;
    }
    const holder = parse(text);
    return holder === undefined
      ? unreadable(file, key, text)
      : { file, holder, liveness: livenessOf(holder) };
  });
}

/** A lease is whole from its first moment, so a torn one is what a power cut left, or somebody's edit. */
function unreadable(file: string, key: string, text: string): HeldLease | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const bootedAt = Date.now() - os.uptime() * 1000;
  const holder: LeaseRecord = {
    format: 1,
    key,
    id: createHash('sha256').update(`${stat.ino} ${stat.mtimeMs} ${text}`).digest('hex').slice(0, 32),
    pid: 0,
    startTime: '',
    bootId: '',
    host: '',
    user: '?',
    command: 'a lease that can not be read',
    cookie: '',
    since: Math.round(stat.mtimeMs),
    machine: '',
    pidNamespace: '',
    leftovers: [],
  };
  return { file, holder, liveness: stat.mtimeMs < bootedAt ? 'dead' : 'unknown' };
}

function parse(text: string): LeaseRecord | undefined {
  try {
    const record = JSON.parse(text) as Partial<LeaseRecord> | null;
    const whole =
      typeof record?.pid === 'number' &&
      typeof record.id === 'string' &&
      typeof record.cookie === 'string' &&
      typeof record.since === 'number';
    return whole ? (record as LeaseRecord) : undefined;
  } catch {
    return undefined;
  }
}

function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    // Of a user without an entry, as in containers.
    return String(process.getuid?.() ?? '?');
  }
}
