// The part of the fault table that every `npm test` has: one row of each kind. The whole: npm run faults.
import { expect, test } from 'vitest';
import { carryOut } from './carry-out.ts';
import { table } from './markdown.ts';
import { KINDS, type Result } from './row.ts';
import { rows } from './rows/index.ts';

const short = rows.filter((row) => row.short);

test('each kind of fault is in here, and each fault stands in the table once', () => {
  expect(new Set(short.map(({ kind }) => kind))).toEqual(new Set(KINDS));
  expect(rows.map(({ fault }) => fault)).toEqual([...new Set(rows.map(({ fault }) => fault))]);
});

test('each session that meets a fault has a run that passes: that twin shows that only the fault is at fault', () => {
  for (const row of rows) {
    if ('attempt' in row || row.holds.check !== undefined) continue;
    const { runs = [], resumed } = row.holds;
    expect([row.fault, ...runs, ...(resumed ?? [])].some((run) => run.endsWith(' pass'))).toBe(true);
  }
});

test.for(short)('$fault', async (row, { skip }) => {
  const { outcome, what, broken } = await carryOut(row, { timed: false });
  skip(outcome === 'not here', what);
  expect(broken).toEqual([]);
});

test('the table: whatever a result says stays in its cell, and what is broken is told', () => {
  const [row] = short;
  const result: Result = {
    row: { ...row!, fault: 'a | b' },
    outcome: 'broken',
    what: '',
    verdictMs: 1234,
    processes: '0',
    leases: '1, after the next start 0',
    log: 'complete',
    broken: ['exit 3,\nnot 0'],
  };
  expect(table([result], { version: 'v24.0.0', cores: 2 })).toBe(`# Faults, and what came of them

Made by \`npm run faults\`, Node v24.0.0, 2 cores: 0 held, 1 broken, 0 not here.

## When a process is killed

| fault | what happened | verdict after | processes left | leases left | log |
|---|---|---|---|---|---|
| a \\| b | **broken**: exit 3, not 0 | 1.2 s | 0 | 1, after the next start 0 | complete |
`);
});
