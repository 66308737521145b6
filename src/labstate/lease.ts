import { createHash, randomUUID } from 'node:crypto';
import { linkSync, readdirSync, rmSync, statSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { inState, LabStateFault } from './fault.ts';
import {
  newRecord,
  readLeaseFile,
  type HeldLease,
  type LeaseOwner,
  type LeaseRecord,
} from './lease-record.ts';
import { stateFolder, writeNewFile } from './state-directory.ts';

export type { HeldLease, LeaseOwner, LeaseRecord } from './lease-record.ts';

const SUFFIX = '.json';
/** What is made aside and older than this was left by a process that was killed in the middle of it. */
const STALE_MS = 3_600_000;

/** The exclusive right to a tentacle, held by this process. */
export interface Lease {
  readonly stateDirectory: string;
  readonly file: string;
  readonly record: LeaseRecord;
}

/** What asking for a lease came to. A dead holder keeps the lease until `breakLease`. */
export type Acquired =
  { readonly ok: true; readonly lease: Lease } | { readonly ok: false; readonly held: HeldLease };

/**
 * Takes the lease of a key for this process, or says who has it. Synchronous, and atomic between processes, users and
 * hosts that share the directory. Throws `LabStateFault` when the state directory can not be used.
 */
export function acquireLease(stateDirectory: string, key: string, owner: LeaseOwner): Acquired {
  const file = leaseFile(stateDirectory, key);
  for (;;) {
    const record = newRecord(key, randomUUID(), owner);
    if (createWhole(stateDirectory, file, JSON.stringify(record)))
      return { ok: true, lease: { stateDirectory, file, record } };
    const held = readLeaseFile(file, key);
    // Released between our two steps: ask again.
    if (held !== undefined) return { ok: false, held };
  }
}

/** Gives the lease back; releasing twice is fine. False when it was not ours any more, which is worth a warning. */
export function releaseLease(lease: Lease): boolean {
  if (readLeaseFile(lease.file, lease.record.key)?.holder.id !== lease.record.id) return false;
  inState(lease.file, () => rmSync(lease.file, { force: true }));
  return true;
}

/** The lease of one key, whoever holds it. */
export function readLease(stateDirectory: string, key: string): HeldLease | undefined {
  const file = leaseFile(stateDirectory, key);
  return readLeaseFile(file, key);
}

/** All leases, by key. A state directory that is not there yet holds none. */
export function readLeases(stateDirectory: string): ReadonlyMap<string, HeldLease> {
  const folder = leasesFolder(stateDirectory);
  const leases = new Map<string, HeldLease>();
  for (const name of namesIn(folder)) {
    if (!name.endsWith(SUFFIX) || name.startsWith('.')) continue;
    const key = unescapeKey(name.slice(0, -SUFFIX.length));
    const held = readLeaseFile(path.join(folder, name), key);
    if (held !== undefined) leases.set(held.holder.key, held);
  }
  return leases;
}

/** Makes the folder of leases and proves that it can be written, so that a session that could take none does not begin. */
export function prepareLeases(stateDirectory: string): void {
  const folder = stateFolder(stateDirectory, 'leases');
  const probe = path.join(folder, `.probe-${randomUUID()}`);
  createWhole(stateDirectory, probe, '');
  rmSync(probe, { force: true });
  for (const name of namesIn(folder).filter((entry) => /^\.(new|probe|breaking)-/.test(entry))) {
    const file = path.join(folder, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.mtimeMs > STALE_MS) rmSync(file, { force: true });
  }
}

/** Absolute; the folder need not exist. */
function leasesFolder(stateDirectory: string): string {
  return path.join(stateDirectory, 'leases');
}

/** Absolute path of a key's lease. */
export function leaseFile(stateDirectory: string, key: string): string {
  return path.join(leasesFolder(stateDirectory), `${escapeKey(key)}${SUFFIX}`);
}

/**
 * Makes a file that is whole from its first moment, or says that it is there already (false): written aside, then linked
 * to its name, which fails when the name is taken.
 */
export function createWhole(stateDirectory: string, file: string, text: string): boolean {
  const folder = stateFolder(stateDirectory, 'leases');
  const aside = path.join(folder, `.new-${randomUUID()}`);
  try {
    inState(file, () => writeNewFile(stateDirectory, aside, text));
    linkSync(aside, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof LabStateFault) throw error;
    if (code === 'EEXIST') return false;
    // We could write in there, so this is a filesystem without hard links.
    if (code === 'EPERM') throw new LabStateFault(file, Object.assign(error as Error, { code: 'ENOTSUP' }));
    throw new LabStateFault(file, error as NodeJS.ErrnoException);
  } finally {
    rmSync(aside, { force: true });
  }
}

/** For `breakLease`: removes a lease's file when it is still that lease. */
export function removeLease(held: HeldLease): void {
  inState(held.file, () => unlinkSync(held.file));
}

/** A key as a file name: everything but letters, digits, `_`, `-` and inner `.` as `%XX`; too long ones end in a hash. */
function escapeKey(key: string): string {
  const escaped = [...Buffer.from(key)]
    .map((byte, index) => {
      const letter = String.fromCharCode(byte);
      const plain = /[A-Za-z0-9_-]/.test(letter) || (letter === '.' && index > 0);
      return plain ? letter : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`;
    })
    .join('');
  if (escaped.length <= 180) return escaped;
  return `${escaped.slice(0, 120)}%-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}

function unescapeKey(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function namesIn(folder: string): string[] {
  return inState(folder, () => {
    try {
      return readdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  });
}
