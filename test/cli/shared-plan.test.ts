import { cpSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Rig, root } from '../support/rig.ts';

test('a plan from an npm package is run with the tests of the package, as the lab overrides it', async () => {
  await using rig = new Rig();
  cpSync(
    path.join(root, 'test/config/packages/bench-plans'),
    path.join(rig.directory, 'node_modules/@us/bench-plans'),
    { recursive: true },
  );
  rig.lab("plans: ['@us/bench-plans/host']\nspecs:\n  greeting: { env: { WORD: bench } }\n");
  const ended = await rig.run(['run']);
  expect(ended.exit, ended.stderr).toBe(0);
  expect(rig.read('results/latest/runs/GREETING/output.txt')).toBe('hello bench\n');
});
