import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { appendLedger, loadedFirmware, type LedgerEntry } from '../../src/labstate/ledger.ts';

const scratch = mkdtempSync(path.join(os.tmpdir(), 'testbed-ledger-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const entry = (leaseKey: string, firmware: string): LedgerEntry => ({
  at: 1,
  tentacle: 't',
  leaseKey,
  boardVariant: 'B',
  firmware,
  version: '1',
  session: 's',
  run: 'r',
});

test('the last entry of each tentacle counts, torn and foreign lines do not', () => {
  const state = path.join(scratch, 'state');
  expect(loadedFirmware(state).size).toBe(0);
  appendLedger(state, entry('a', '1'));
  appendLedger(state, entry('b', '2'));
  appendFileSync(path.join(state, 'ledger.jsonl'), 'hello\n{"leaseKey":"b","firmw');
  appendLedger(state, entry('a', '3'));
  expect([...loadedFirmware(state)].map(([key, { firmware }]) => [key, firmware])).toEqual([
    ['a', '3'],
    ['b', '2'],
  ]);
});

test('a long ledger is read from its end only', () => {
  const state = path.join(scratch, 'long');
  appendLedger(state, entry('old', '1'));
  appendFileSync(
    path.join(state, 'ledger.jsonl'),
    `${JSON.stringify(entry('b', 'x'.repeat(1000)))}\n`.repeat(2000),
  );
  appendLedger(state, entry('b', '2'));
  expect([...loadedFirmware(state)].map(([key, { firmware }]) => [key, firmware])).toEqual([['b', '2']]);
});
