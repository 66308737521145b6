import { closeSync, fchmodSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { BoardVariant, RunId, SessionId, Sha256, TentacleId } from '../model/ids.ts';
import { inState } from './fault.ts';
import { makeDirectory } from '../util/make-directory.ts';
import { isShared } from './state-directory.ts';

/** Firmware was put on a tentacle: a line of `ledger.jsonl`. */
export interface LedgerEntry {
  /** Epoch ms. */
  readonly at: number;
  readonly tentacle: TentacleId;
  readonly leaseKey: string;
  readonly boardVariant: BoardVariant;
  readonly firmware: Sha256;
  readonly version: string;
  readonly session: SessionId;
  readonly run: RunId;
}

/** What is further back is forgotten: the board is asked, or flashed once more. Bounds the time that a session needs to start. */
const LOOK_BACK = 1024 * 1024;

/** Adds a line, in one write. Throws `LabStateFault`. */
export function appendLedger(stateDirectory: string, entry: LedgerEntry): void {
  const file = ledgerFile(stateDirectory);
  inState(file, () => {
    makeDirectory(stateDirectory);
    const descriptor = openSync(file, 'a+');
    try {
      if (fstatSync(descriptor).size === 0 && isShared(stateDirectory)) fchmodSync(descriptor, 0o664);
      // After a torn line (power cut, full disk), the next one must not become part of it.
      const torn = !endsWithNewline(descriptor);
      writeSync(descriptor, `${torn ? '\n' : ''}${JSON.stringify(entry)}\n`);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** The last entry of each lease key, as far as the ledger tells; torn and foreign lines are passed over. */
export function loadedFirmware(stateDirectory: string): ReadonlyMap<string, LedgerEntry> {
  const loaded = new Map<string, LedgerEntry>();
  for (const line of tailOf(ledgerFile(stateDirectory)).split('\n')) {
    const entry = parse(line);
    if (entry !== undefined) loaded.set(entry.leaseKey, entry);
  }
  return loaded;
}

function ledgerFile(stateDirectory: string): string {
  return path.join(stateDirectory, 'ledger.jsonl');
}

function endsWithNewline(descriptor: number): boolean {
  const { size } = fstatSync(descriptor);
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, size - 1);
  return last[0] === 10;
}

function tailOf(file: string): string {
  return inState(file, () => {
    let descriptor: number;
    try {
      descriptor = openSync(file, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    }
    try {
      const { size } = fstatSync(descriptor);
      const bytes = Buffer.alloc(Math.min(size, LOOK_BACK));
      const read = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString('utf8', 0, read);
    } finally {
      closeSync(descriptor);
    }
  });
}

function parse(line: string): LedgerEntry | undefined {
  if (!line.startsWith('{') || !line.endsWith('}')) return undefined;
  try {
    const entry = JSON.parse(line) as Partial<LedgerEntry>;
    return typeof entry.leaseKey === 'string' && typeof entry.firmware === 'string'
      ? (entry as LedgerEntry)
      : undefined;
  } catch {
    return undefined;
  }
}
