import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadLab, type LabRequest } from '../../src/config/load.ts';
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
    'testbed.yaml:3:1: error: this is no YAML: a line is indented with a tab\n      3 |  v0: { board: VIRTUAL }\n        | ~\n    use spaces',
  ],
  [
    'no closing bracket',
    'lab: x\nplans: [smoke\ntentacles: {}\n',
    'testbed.yaml:3:1: error: this is no YAML: a "[" before this has no "]"\n      3 | tentacles: {}\n        | ~',
  ],
  [
    'no closing quote',
    'lab: "x\n',
    'testbed.yaml:1:7: error: this is no YAML: a " has no end\n      1 | lab: "x\n        |       ~',
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
    'testbed.yaml: error: this is no text in UTF-8, so it is no lab file',
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

test.skipIf(process.getuid?.() === 0)('a file that may not be read', async () => {
  write('testbed.yaml', 'lab: x\n');
  chmodSync(path.join(cwd, 'testbed.yaml'), 0);
  expect(await faults()).toContain('you may not read this lab file');
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

test('an empty lab file is told, not passed over for one further up', async () => {
  write('testbed.yaml', 'lab: outer\n');
  write('inner/testbed.yaml', '');
  const loaded = await loadLab({ cwd: path.join(cwd, 'inner'), env: {} });
  expect(loaded.ok).toBe(false);
});
