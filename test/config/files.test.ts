import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadLab, type LabRequest } from '../../src/config/load.ts';
import { readUser } from '../../src/config/read-user.ts';
import { formatDiagnostic } from '../../src/diagnostic/format.ts';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), 'testbed-files-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function write(name: string, text: string | Buffer): void {
  mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true });
  writeFileSync(path.join(cwd, name), text);
}

async function faults(request: Partial<LabRequest> = {}): Promise<string> {
  const loaded = await loadLab({ cwd, env: { HOME: cwd }, ...request });
  const diagnostics = loaded.ok ? loaded.warnings : loaded.faults;
  return diagnostics
    .map((one) => formatDiagnostic(one, { color: false, cwd }))
    .join('\n\n')
    .replaceAll(cwd, '<here>');
}

test.each<[what: string, text: string | Buffer, fault: string]>([
  ['an empty file', '', 'testbed.yaml:1:1: error: this file is empty\n      1 |\n        | ~'],
  [
    'comments only',
    '# lab: x\n',
    'testbed.yaml:1:1: error: this file holds nothing but comments\n      1 | # lab: x\n        | ~',
  ],
  [
    'a tab',
    'lab: x\ntentacles:\n\tv0: { board: VIRTUAL }\n',
    'testbed.yaml:3:1: error: this is no YAML: a line is indented with a tab\n      3 | →v0: { board: VIRTUAL }\n        | ~\n    use spaces',
  ],
  [
    'no closing bracket',
    'lab: x\nplans: [smoke\ntentacles: {}\n',
    'testbed.yaml:2:8: error: this is no YAML: this "[" is never closed\n      2 | plans: [smoke\n        |        ~',
  ],
  [
    'no closing quote',
    'lab: "x\n',
    'testbed.yaml:1:6: error: this is no YAML: this " is never closed\n      1 | lab: "x\n        |      ~',
  ],
  [
    'a value in a value',
    'lab: x: y\n',
    'testbed.yaml:1:6: error: this is no YAML: a second "key: value" where only a value can stand\n      1 | lab: x: y\n        |      ~\n    put it on a line of its own, in line with its neighbours; or quote a text that has ": " in it',
  ],
  [
    'two documents',
    'lab: x\n---\nlab: y\n',
    'testbed.yaml:2:1: error: this is no YAML: a second document begins with "---"\n      2 | ---\n        | ~~~\n    one file holds one document',
  ],
  [
    'a tag',
    'lab: !secret x\n',
    'testbed.yaml:1:6: error: this is no YAML: unresolved tag: !secret\n      1 | lab: !secret x\n        |      ~~~~~~~\n    a text that begins with "!" needs quotes',
  ],
  [
    'an unknown anchor',
    'lab: *name\n',
    'testbed.yaml:1:6: error: there is no anchor "&name" before this "*name"\n      1 | lab: *name\n        |      ~~~~~',
  ],
  [
    'an anchor in itself',
    'lab: x\nboards: &b { A: *b }\n',
    'testbed.yaml:2:17: error: "*b" stands inside its own anchor\n      2 | boards: &b { A: *b }\n        |                 ~~',
  ],
  [
    'a list',
    '- lab\n',
    'testbed.yaml:1:1: error: wrong value for the file as a whole\n      1 | - lab\n        | ~~~~~\n    expected: a map: lines of "key: value"\n    found: a list',
  ],
  [
    'binary junk',
    Buffer.from([0, 255, 1, 254, 7]),
    'testbed.yaml:1:1: error: this is a NUL byte, so the file is no text, and no lab file\n      1 | ·ÿ·þ·\n        | ~',
  ],
  [
    'text in Latin-1',
    Buffer.from('lab: x\n# Stecker lädt nicht, für später\n', 'latin1'),
    'testbed.yaml:2:12: error: this is no letter of UTF-8, so the file is no lab file\n      2 | # Stecker lädt nicht, für später\n        |            ~\n    if it is text, save it as UTF-8, or: iconv -f LATIN1 -t UTF-8',
  ],
  [
    'text in UTF-16',
    Buffer.from('\ufefflab: x\n', 'utf16le'),
    'testbed.yaml:1:1: error: this is text in UTF-16; a lab file is in UTF-8\n      1 | lab: x\n        | ~\n    save it as UTF-8, or: iconv -f UTF-16 -t UTF-8',
  ],
  [
    'a quote that swallows the rest of a long file',
    `lab: "x\n${'plans: []\n'.repeat(8000)}`,
    'testbed.yaml:1:6: error: this text has more than 65536 letters\n      1 | lab: "x\n        |      ~\n    is it never closed?',
  ],
  [
    'more than anybody writes',
    `lab: x\nplans: [${'a,'.repeat(110_000)}]\n`,
    `testbed.yaml:2:133333: error: this file is too long: its first 200000 words, signs and spaces end here\n      2 | …${',a'.repeat(34)}…\n        | ${' '.repeat(18)}~`,
  ],
  [
    '50 MB',
    Buffer.alloc(50 * 1024 * 1024, 'a'),
    'testbed.yaml: error: this has 50.0 MB; a lab file has at most 1 MB',
  ],
])('%s is one clear fault', async (_what, text, fault) => {
  write('testbed.yaml', text);
  expect(await faults()).toBe(fault);
});

test('a bomb of aliases is one fault, at once', async () => {
  const lines = ['a: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 10; level++)
    lines.push(`${'a'.repeat(level + 1)}: &a${level} [${`*a${level - 1}, `.repeat(10)}]`);
  write('testbed.yaml', `${lines.join('\n')}\n`);
  const text = await faults();
  expect(text.split('error:')).toHaveLength(2);
  expect(text).toContain('the aliases of this file unfold to more than 100000 values');
});

test('a file nested a thousand levels deep is one fault', async () => {
  write('testbed.yaml', `lab: x\nplans: ${'['.repeat(1000)}${']'.repeat(1000)}\n`);
  expect((await faults()).split('error:')).toHaveLength(2);
});

test('missing, a directory, another extension', async () => {
  mkdirSync(path.join(cwd, 'folder'));
  write('bench.conf', 'lab: x\ntentacles: {}\n');
  expect(await faults({ file: 'nowhere.yaml' })).toBe('nowhere.yaml: error: there is no such lab file');
  expect(await faults({ file: 'folder' })).toBe('folder: error: this is a directory, not a lab file');
  expect(await faults({ file: 'bench.conf' })).toBe('');
  expect(await faults()).toContain(
    'there is no lab file here: none of testbed.yaml, testbed.yml, testbed.json, .config/testbed.yaml in <here> or above it',
  );
});

test.each(['testbed.yaml', 'testbed.yml', 'testbed.json', '.config/testbed.yaml'])(
  '%s is found from far below',
  async (name) => {
    write(name, name.endsWith('json') ? '{\n\t"lab": "found",\n\t"tentacles": {}\n}\n' : 'lab: found\n');
    mkdirSync(path.join(cwd, 'a/b/c'), { recursive: true });
    const loaded = await loadLab({ cwd: path.join(cwd, 'a/b/c'), env: {} });
    expect(loaded.ok && [loaded.lab.name, loaded.lab.file]).toEqual(['found', path.join(cwd, name)]);
  },
);

test('a directory with the name of a lab file is told, not passed over for one further up', async () => {
  write('testbed.yaml', 'lab: outer\n');
  mkdirSync(path.join(cwd, 'inner/testbed.yml'), { recursive: true });
  const loaded = await loadLab({ cwd: path.join(cwd, 'inner'), env: {} });
  expect(loaded.ok ? [] : loaded.faults.map(({ message }) => message)).toEqual([
    'this is a directory, not a lab file',
  ]);
});

test('an empty lab file is told, not passed over for one further up', async () => {
  write('testbed.yaml', 'lab: outer\n');
  write('inner/testbed.yaml', '');
  const loaded = await loadLab({ cwd: path.join(cwd, 'inner'), env: {} });
  expect(loaded.ok).toBe(false);
});

test.each([
  '{ "lab": "a b", "secrets": { "PASS": "geheim" }, "plans": ["nowhere"] }\n',
  '{\n  "secrets": {\n    "PASS": "geheim" },\n  "lab": "a b" }\n',
  'secrets:\n- geheim\n- PASS: geheim\nlab: [\n',
  'secrets: { PASS: geheim, PASS: geheim }\n',
  'secrets: geheim\n',
  '? secrets\n: { PASS: [geheim] }\nlab: a b\n',
  '"secrets":\n  PASS: >\n    geheim\n  PASS: geheim\n',
])('no fault of an overlay shows a secret: %j', async (overlay) => {
  write('testbed.yaml', 'lab: x\n');
  write('testbed.local.yaml', overlay);
  const text = await faults();
  expect(text).toContain('testbed.local.yaml:');
  expect(text).not.toContain('geheim');
});

test('comments and blank lines before a fault, or before what is said, take no time', async () => {
  const head = '# so\n\n'.repeat(9);
  const startedAt = performance.now();
  write('testbed.yaml', 'lab: x\n');
  write('testbed.local.yaml', `${head}secrets: [`);
  expect(await faults()).toContain('testbed.local.yaml:19:10: error: this is no YAML');
  write('testbed.local.yaml', head);
  expect(await faults()).toBe('');
  write('config.yaml', `${head}theme: light\n`);
  expect(await readUser(path.join(cwd, 'config.yaml'))).toEqual({ ok: true, config: { theme: 'light' } });
  write('config.yaml', head);
  expect(await readUser(path.join(cwd, 'config.yaml'))).toEqual({ ok: true, config: {} });
  expect(performance.now() - startedAt).toBeLessThan(1000);
});
