import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';

/**
 * What is written into lab files, overlays and plans, by hand or by accident: 10,000 of them, the same each time.
 * `FUZZ_SEED=7 vitest run test/config/fuzz.test.ts` reads others.
 */
const COUNT = 10_000;
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const scratch = mkdtempSync(path.join(os.tmpdir(), 'testbed-fuzz-'));
const main = path.join(import.meta.dirname, 'fuzz', 'main.ts');

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** In a process of its own, so that even what never ends is told: the file that it hangs on is the last one it wrote. */
async function fuzz(seed: number, count: number): Promise<string> {
  const directory = path.join(scratch, String(seed));
  mkdirSync(directory);
  const { stdout, stderr, timedOut } = await execa({ reject: false, timeout: 110_000 })(process.execPath, [
    main,
    directory,
    String(seed),
    String(count),
  ]);
  return timedOut ? `it hangs on:\n${newestIn(directory)}` : stdout + stderr;
}

function newestIn(directory: string): string {
  const files = globSync('*/*.yaml', { cwd: directory }).map((name) => path.join(directory, name));
  const newest = files.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  return newest === undefined ? 'no file' : readFileSync(newest, 'utf8');
}

test(`${COUNT} mutated files: no crash, no hang, every fault told once, at letters that are there`, async () => {
  const halves = await Promise.all([fuzz(2 * SEED, COUNT / 2), fuzz(2 * SEED + 1, COUNT / 2)]);
  for (const half of halves) expect(half).toMatch(new RegExp(`^${COUNT / 2} files, the slowest \\d+ ms$`));
}, 120_000);
