import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import type { CheckDocument } from '../../src/config/check-document.ts';
import { Rig, root, type Finished } from '../support/rig.ts';

const schema = JSON.parse(readFileSync(path.join(root, 'schema/check.schema.json'), 'utf8')) as object;
const isDocument = new Ajv({ strict: true, allErrors: true }).compile(schema);

async function check(rig: Rig, ...more: readonly string[]): Promise<Finished> {
  return await rig.start(['check', ...more]).finished;
}

/** What `--format json` prints, held against the schema. */
async function document(
  rig: Rig,
  ...more: readonly string[]
): Promise<CheckDocument & { exit: number | null }> {
  const { stdout, stderr, exit } = await check(rig, '--format', 'json', ...more);
  expect(stderr).toBe('');
  const printed = JSON.parse(stdout) as CheckDocument;
  expect(isDocument(printed) ? [] : isDocument.errors).toEqual([]);
  return { ...printed, exit };
}

function day(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

const bomb = ['a: &a0 [x, x, x, x, x, x, x, x, x, x]']
  .concat(Array.from({ length: 9 }, (_, level) => `b${level}: &a${level + 1} [${`*a${level}, `.repeat(10)}]`))
  .join('\n');

test.each<[what: string, text: string, place: string, told: string]>([
  ['a bomb of aliases', bomb, ':5:', 'the aliases of this file unfold to more than 100000 values'],
  ['50 MB', '#'.repeat(50_000_000), '', 'this has 47.7 MB; a lab file has at most 1 MB'],
  ['a megabyte of brackets', '[{'.repeat(500_000), ':1:', 'this file is too long'],
  [
    'a megabyte of one glob',
    `expect: [{ test: "${'[a'.repeat(500_000)}" }]`,
    ':1:',
    'this text has more than 65536 letters',
  ],
  [
    'binary junk',
    '\u0000\u0001\u0002ELF',
    ':1:1',
    'this is a NUL byte, so the file is no text, and no lab file',
  ],
  ['an empty file', '', ':1:1', 'this file is empty'],
  ['tabs', 'lab: x\ntentacles:\n\tv0: { board: VIRTUAL }\n', ':3:1', 'a line is indented with a tab'],
])('%s: one clear fault, exit 2', async (_what, content, place, told) => {
  await using rig = new Rig();
  rig.write('testbed.yaml', content);
  const { exit, stdout, stderr } = await check(rig);
  expect([exit, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(new RegExp(`^testbed\\.yaml${place}`));
  expect(stderr).toContain(told);
  expect(stderr).toMatch(/\n\ntestbed: a fault in the configuration; nothing was run\.\n$/);
  expect(stderr).not.toMatch(/^ +at /m);
  const { ok, errors, diagnostics, exit: again } = await document(rig);
  expect([ok, errors, diagnostics.length, again]).toEqual([false, 1, 1, 2]);
});

test('a missing file, a directory, a link in a circle: one clear fault, exit 2', async () => {
  await using rig = new Rig();
  mkdirSync(path.join(rig.directory, 'folder'));
  symlinkSync('loop.yaml', path.join(rig.directory, 'loop.yaml'));
  const told = await Promise.all(
    ['missing.yaml', 'folder', 'loop.yaml'].map(async (file) => {
      const { exit, stderr } = await check(rig, '-c', file);
      return [exit, stderr.split('\n')[0]];
    }),
  );
  expect(told).toEqual([
    [2, 'missing.yaml: error: there is no such lab file'],
    [2, 'folder: error: this is a directory, not a lab file'],
    [2, 'loop.yaml: error: this is a symbolic link in a circle'],
  ]);
});

test('a file that may not be read, whoever asks', async () => {
  await using rig = new Rig();
  chmodSync(rig.directory, 0o755);
  chmodSync(rig.lab('tentacles: {}\n'), 0);
  // Root may read everything, so it asks as nobody.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const child = spawn(process.execPath, [path.join(root, 'bin/testbed'), 'check'], {
    cwd: rig.directory,
    env: { PATH: process.env['PATH'], NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...nobody,
  });
  const [stderr, [exit]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect(stderr.split('\n')[0]).toBe('testbed.yaml: error: you may not read this lab file');
  expect(exit).toBe(2);
});

test('plans that extend each other, or are none: told where they are named', async () => {
  await using rig = new Rig();
  rig.lab('plans: [./a.yaml, ./folder.yaml, ./nowhere.yaml]\n');
  mkdirSync(path.join(rig.directory, 'folder.yaml'));
  rig.write('a.yaml', 'plan: a\nextends: [./b.yaml]\n');
  rig.write('b.yaml', 'plan: b\nextends: [./a.yaml]\n');
  const { exit, diagnostics } = await document(rig);
  const told = diagnostics.map(({ file = '', line, column, message }) => [
    path.basename(file),
    line,
    column,
    message,
  ]);
  expect(exit).toBe(2);
  expect(told).toEqual([
    ['testbed.yaml', 3, 19, `${rig.directory}/folder.yaml: this is a directory, not a plan`],
    ['testbed.yaml', 3, 34, expect.stringContaining('there is no plan file')],
    ['b.yaml', 2, 11, expect.stringContaining('circle')],
  ]);
});

test('warnings are shown, and the exit is 0; what changes no run is told by check alone', async () => {
  await using rig = new Rig();
  rig.lab(
    [
      'plans: [smoke]',
      'sources: { forgotten: . }',
      'tentacles: { v0: { board: VIRTUAL } }',
      `expect:`,
      `  - { test: a, reason: b, until: ${day(-3)} }`,
      `  - { test: b, reason: b, until: ${day(5)} }`,
      `  - { test: c, reason: b, until: ${day(40)} }`,
      '',
    ].join('\n'),
  );
  const { exit, stdout, stderr } = await check(rig);
  const told = stderr.split('\n').filter((line) => line.includes('warning'));
  expect([exit, stdout]).toEqual([0, '']);
  expect(told).toEqual([
    expect.stringMatching(/^testbed\.yaml:3:9: .* role "instance1" of smoke-pair/),
    'testbed.yaml:4:12: warning: nothing uses the source "forgotten"',
    'testbed.yaml:7:34: warning: this has expired, and no longer excuses a',
    expect.stringMatching(
      /^testbed\.yaml:8:34: warning: this expires in [456] days, and then no longer excuses b$/,
    ),
    expect.stringMatching(/1 source, 4 warnings and no fault\.$/),
  ]);
  const { ok, errors, warnings, diagnostics } = await document(rig);
  expect([ok, errors, warnings, diagnostics.length]).toEqual([true, 0, 4, 4]);
  const planned = await rig.start(['plan']).finished;
  expect(planned.stderr.match(/warning: .*/g)).toEqual([
    expect.stringContaining('has expired'),
    expect.stringContaining('this expires in'),
  ]);
});

test('two places, an expectation and a suggestion, as JSON', async () => {
  await using rig = new Rig();
  const lab = rig.lab(
    'tentacles:\n  a: { board: RPI_PICO, usb: { serial: abc } }\n  b: { bord: RPI_PICO, usb: { serial: ABC } }\n',
  );
  const { diagnostics } = await document(rig);
  expect(diagnostics).toContainEqual({
    severity: 'error',
    message: 'unknown key "bord" in tentacles.b',
    suggestion: 'did you mean "board"?',
    file: lab,
    line: 5,
    column: 8,
    endLine: 5,
    endColumn: 12,
  });
  expect(diagnostics).toContainEqual({
    severity: 'error',
    message: 'tentacle b has the usb serial of tentacle a',
    file: lab,
    line: 5,
    column: 39,
    endLine: 5,
    endColumn: 42,
    also: [{ message: 'tentacle a', file: lab, line: 4, column: 40, endLine: 4, endColumn: 43 }],
  });
});
