import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/rig.ts';
import { Editor } from './editor.ts';

const editor = new Editor();
const LAB = '# yaml-language-server: $schema=./schema/testbed.schema.json\nlab: bench\nspecs:\n';
const PLAN =
  '# yaml-language-server: $schema=./schema/plan.schema.json\nplan: own\nextends: [smoke]\nspecs:\n';

test.each(['host.yaml', 'nightly.yaml'])('the shared plan %s: the editor marks nothing', async (name) => {
  const file = path.join('test/config/packages/bench-plans/plans', name);
  expect(await editor.marks(file, readFileSync(path.join(root, file), 'utf8'))).toEqual([]);
});

test.each([
  ['a lab file', LAB],
  ['a plan', PLAN],
])('in %s: an override needs nothing, may drop, and knows its keys', async (_what, head) => {
  expect(
    await editor.marks('x.yaml', `${head}  smoke: { timeout: 90m, retries: 0 }\n  smoke-pair:\n`),
  ).toEqual([]);
  expect(await editor.marks('x.yaml', `${head}  smoke: { timeuot: 90m }\n`)).toEqual([
    { message: 'Property timeuot is not allowed.', text: 'timeuot' },
  ]);
  expect(await editor.marks('x.yaml', `${head}  smoke: { results: nothing }\n`)).toHaveLength(1);
  expect(await editor.hover('x.yaml', `${head}  smoke:\n    timeout: 90m\n`, 'timeout')).toContain(
    'Limit of the test phase',
  );
});

test('in a plan: a new spec has a label, and then all that a spec needs', async () => {
  expect(await editor.marks('x.yaml', `${PLAN}  own: { label: OWN }\n`)).toEqual([
    expect.objectContaining({ message: 'Missing property "help".' }),
    expect.objectContaining({ message: 'Missing property "timeout".' }),
    expect.objectContaining({ message: 'Missing property "results".' }),
  ]);
  const offered = await editor.complete('x.yaml', `${PLAN}  own:\n    ▮\n`);
  expect(offered.map(({ label }) => label)).toEqual(
    expect.arrayContaining(['label', 'help', 'timeout', 'results']),
  );
});

const STAGES = 'stages:\n';

test.each([
  ['a lab file', LAB.replace('specs:\n', STAGES)],
  ['a plan', PLAN.replace('specs:\n', STAGES)],
])('in %s: so does an override of a stage', async (_what, head) => {
  expect(
    await editor.marks('x.yaml', `${head}  broker: { limit: 2m, ready: { port: 1 } }\n  www:\n`),
  ).toEqual([]);
  expect(await editor.marks('x.yaml', `${head}  broker: { limt: 2m }\n`)).toEqual([
    { message: 'Property limt is not allowed.', text: 'limt' },
  ]);
  expect(await editor.hover('x.yaml', `${head}  broker:\n    limit: 2m\n`, 'limit')).toContain(
    'until it is ready',
  );
});
