import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadLab } from '../../src/config/load.ts';
import { inOrder } from '../../src/diagnostic/in-order.ts';
import { formatDiagnostic } from '../../src/diagnostic/format.ts';

/**
 * Each folder of `fixtures/` holds a lab file with faults, and the whole text that a person sees for it; most hold a twin
 * without fault (`good.yaml`). `UPDATE=1 vitest run test/config` writes what is seen now: read it before you commit it.
 */
const fixtures = path.join(import.meta.dirname, 'fixtures');
const scratch = mkdtempSync(path.join(os.tmpdir(), 'testbed-faults-'));
const env = { PATH: '/usr/bin', HOME: scratch };

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function seen(cwd: string): Promise<string> {
  const loaded = await loadLab({ cwd, env });
  const diagnostics = loaded.ok
    ? inOrder([...loaded.warnings, ...loaded.advice()], loaded.lab.file)
    : loaded.faults;
  for (const { source, range, message } of diagnostics)
    expect(source !== undefined && range !== undefined, `a place for: ${message}`).toBe(true);
  const text = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, { color: false, cwd }));
  return `${text.join('\n\n')}\n`.replaceAll(path.resolve('plans'), '<plans>').replaceAll(cwd, '<here>');
}

function copyOf(name: string): string {
  const cwd = path.join(scratch, name);
  cpSync(path.join(fixtures, name), cwd, { recursive: true });
  for (const [from, to] of [
    ['bad.yaml', 'testbed.yaml'],
    ['overlay.yaml', 'testbed.local.yaml'],
  ] as const)
    if (existsSync(path.join(cwd, from))) renameSync(path.join(cwd, from), path.join(cwd, to));
  return cwd;
}

test.each(readdirSync(fixtures))('all faults of %s, each once', async (name) => {
  const cwd = copyOf(name);
  const text = await seen(cwd);
  const golden = path.join(fixtures, name, 'expected.txt');
  if (process.env['UPDATE'] === '1') writeFileSync(golden, text);
  expect(text).toBe(readFileSync(golden, 'utf8'));
  const good = path.join(cwd, 'good.yaml');
  if (!existsSync(good)) return;
  const twin = await loadLab({ cwd, file: 'good.yaml', env });
  expect(twin.ok ? twin.warnings : twin.faults).toEqual([]);
});

test.each(['unused', 'roles', 'clash'])('no advice where there is nothing to advise: %s', async (name) => {
  const loaded = await loadLab({ cwd: path.join(fixtures, name), file: 'good.yaml', env });
  expect(loaded.ok && loaded.advice()).toEqual([]);
});
