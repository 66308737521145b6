import { randomUUID } from 'node:crypto';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { inState, LabStateFault } from './fault.ts';
import { newRecord, readLeaseFile, type HeldLease } from './lease-record.ts';
import { createWhole, removeLease } from './lease.ts';

/** How breaking went: `not-dead` also when the lease is gone, or another one; `elsewhere`: another process breaks it. */
export type Broken = 'broken' | 'not-dead' | 'elsewhere';

/**
 * Removes the lease of a dead holder, after ending what still carries its cookie. Among all processes that try, exactly
 * one does it; the lease is then free for anyone.
 *
 * The right to break lease L is itself a file, `.breaking-L-1`. A breaker that dies leaves it behind; the next one makes
 * `.breaking-L-2`, and so on: the highest number counts. These files go only after L is gone, and whoever makes one looks
 * for L again, so no late-comer can break what came after L.
 *
 * @param endStrays ends all processes with a cookie; resolves when they are gone
 */
export async function breakLease(
  stateDirectory: string,
  held: HeldLease,
  endStrays: (cookie: string) => Promise<unknown>,
): Promise<Broken> {
  if (held.liveness !== 'dead') return 'not-dead';
  const own = claimBreaking(stateDirectory, held);
  if (own === undefined) return 'elsewhere';
  try {
    if (!isStill(held)) return 'not-dead';
    if (held.holder.cookie !== '') await endStrays(held.holder.cookie);
    for (const leftover of held.holder.leftovers) removeLeftover(stateDirectory, leftover);
    // A person may have removed it by hand meanwhile, and somebody taken the next one.
    if (!isStill(held)) return 'not-dead';
    removeLease(held);
    return 'broken';
  } finally {
    // As long as L is there, nobody but the next breaker may follow us.
    const done = isStill(held) ? [own] : breakingFiles(held).map(({ file }) => file);
    for (const file of done) rmSync(file, { force: true });
  }
}

function isStill(held: HeldLease): boolean {
  return readLeaseFile(held.file, held.holder.key)?.holder.id === held.holder.id;
}

function claimBreaking(stateDirectory: string, held: HeldLease): string | undefined {
  const latest = breakingFiles(held).at(-1);
  if (latest !== undefined) {
    const breaker = readLeaseFile(latest.file, held.holder.key);
    if (breaker !== undefined && breaker.liveness !== 'dead') return undefined;
  }
  const file = path.join(path.dirname(held.file), `${breakingPrefix(held)}${(latest?.number ?? 0) + 1}`);
  const record = newRecord(held.holder.key, randomUUID(), { command: 'breaks a dead lease', cookie: '' });
  return createWhole(stateDirectory, file, JSON.stringify(record)) ? file : undefined;
}

function breakingPrefix(held: HeldLease): string {
  return `.breaking-${held.holder.id}-`;
}

/** In order of their numbers. */
function breakingFiles(held: HeldLease): { readonly file: string; readonly number: number }[] {
  const folder = path.dirname(held.file);
  const prefix = breakingPrefix(held);
  return inState(folder, () => readdirSync(folder))
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ file: path.join(folder, name), number: Number(name.slice(prefix.length)) }))
    .toSorted((a, b) => a.number - b.number);
}

/** Only symlinks below `<state>/virtual/`: a record is written by others, and must not make us remove anything else. */
function removeLeftover(stateDirectory: string, leftover: string): void {
  const virtual = path.join(stateDirectory, 'virtual');
  const file = path.resolve(stateDirectory, leftover);
  if (!file.startsWith(`${virtual}${path.sep}`)) return;
  try {
    if (lstatSync(file).isSymbolicLink()) rmSync(file, { force: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw new LabStateFault(file, error as NodeJS.ErrnoException);
  }
}
