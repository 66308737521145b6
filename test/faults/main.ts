// npm run faults [-- --out FILE] [--only WORDS]: brings every fault of the table about, and tells what came of it as Markdown.
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { carryOut } from './carry-out.ts';
import { table } from './markdown.ts';
import type { Result, Row } from './row.ts';
import { rows } from './rows/index.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
  },
});
const chosen = rows.filter(({ fault, kind }) => `${kind}: ${fault}`.includes(values.only));
const startedAt = performance.now();
const results = new Map<Row, Result>();
const waiting = [...chosen];
await Promise.all(Array.from({ length: Number(values.jobs) }, serve));

const told = chosen.flatMap((row) => results.get(row) ?? []);
const text = table(told, { version: process.version, cores: os.availableParallelism() });
if (values.out !== undefined) writeFileSync(values.out, text);
process.stdout.write(text);
const broken = told.filter(({ outcome }) => outcome === 'broken');
const seconds = Math.round((performance.now() - startedAt) / 1000);
process.stderr.write(`\n${told.length} faults in ${seconds} s, ${broken.length} of them not held\n`);
process.exitCode = broken.length > 0 || told.length === 0 ? 1 : 0;

async function serve(): Promise<void> {
  for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
    const result = await carryOut(row, { timed: true });
    results.set(row, result);
    process.stderr.write(`${result.outcome.padEnd(8)} ${row.fault}\n`);
    for (const sentence of result.broken) process.stderr.write(`         ${sentence}\n`);
  }
}
