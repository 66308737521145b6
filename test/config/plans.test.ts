import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadLab, type LabRequest, type LoadedLab } from '../../src/config/load.ts';
import { formatDiagnostic } from '../../src/diagnostic/format.ts';

/** A package as somebody would publish it: two plans, one with tests of its own, one that extends a shipped plan. */
const SHARED = path.join(import.meta.dirname, 'packages', 'bench-plans');
const SHIPPED = path.resolve(import.meta.dirname, '..', '..', 'plans');

let cwd = '';
beforeEach(() => {
  cwd = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'testbed-plans-')));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function write(name: string, ...lines: string[]): void {
  mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true });
  writeFileSync(path.join(cwd, name), lines.map((line) => `${line}\n`).join(''));
}

function loaded(request: Partial<LabRequest> = {}): Promise<LoadedLab> {
  return loadLab({ cwd, env: { HOME: cwd }, ...request });
}

async function load(request: Partial<LabRequest> = {}): Promise<Extract<LoadedLab, { ok: true }>> {
  const result = await loaded(request);
  if (!result.ok) throw new Error(await faults(request));
  return result;
}

/** What a person sees, without the lines of the files. */
async function faults(request: Partial<LabRequest> = {}): Promise<string> {
  const result = await loaded(request);
  return (result.ok ? result.warnings : result.faults)
    .map((one) => formatDiagnostic(one, { color: false, cwd }))
    .join('\n')
    .split('\n')
    .filter((line) => !/^ +(\d+)? *\|/.test(line))
    .join('\n')
    .replaceAll(SHIPPED, '<plans>')
    .replaceAll(cwd, '<here>');
}

const spec = (label: string, more = ''): string =>
  `{ label: ${label}, help: x., timeout: 1m, command: [x], results: tap${more} }`;

test.each(['as a directory', 'as a symbolic link'])(
  'a plan from an npm package, installed %s',
  async (how) => {
    mkdirSync(path.join(cwd, 'node_modules/@us'), { recursive: true });
    const installed = path.join(cwd, 'node_modules/@us/bench-plans');
    if (how === 'as a directory') cpSync(SHARED, installed, { recursive: true });
    else symlinkSync(SHARED, installed);
    // From the lab file's directory upward.
    write(
      'far/below/testbed.yaml',
      'lab: x',
      "plans: ['@us/bench-plans']",
      'tentacles: { v0: { board: VIRTUAL } }',
    );
    const { lab, warnings } = await load({ cwd: path.join(cwd, 'far/below') });
    expect(warnings).toEqual([]);
    expect(lab.specs.map(({ name, timeoutMs, env, cwd: at }) => [name, timeoutMs, env, at])).toEqual([
      ['greeting', 10_000, {}, path.join(realpathSync(installed), 'plans')],
      ['smoke', 30 * 60_000, { NIGHT: 'yes' }, SHIPPED],
      ['smoke-host', 10_000, {}, SHIPPED],
    ]);
  },
);

test('one plan of a package; a package of a package, as Node.js finds it', async () => {
  write('testbed.yaml', 'lab: x', "plans: ['@us/bench-plans/host', outer]");
  cpSync(SHARED, path.join(cwd, 'node_modules/@us/bench-plans'), { recursive: true });
  // Linked from a store, where what it needs lies beside it.
  write('store/outer@1/node_modules/outer/plans/a.yaml', 'plan: a', 'extends: [inner]');
  write('store/outer@1/node_modules/inner/plans/b.yml', 'plan: b', `specs: { b: ${spec('B')} }`);
  symlinkSync('../store/outer@1/node_modules/outer', path.join(cwd, 'node_modules/outer'));
  const { lab } = await load();
  expect(lab.specs.map(({ name }) => name)).toEqual(['greeting', 'b']);
});

test('a plan that is not there: what there is, and what was probably meant', async () => {
  write(
    'testbed.yaml',
    'lab: x',
    "plans: [smok, '@us/bench-plan', '@us/bench-plans/nightl', empty, own, ./gone.yaml, '@us', a b]",
  );
  cpSync(SHARED, path.join(cwd, 'node_modules/@us/bench-plans'), { recursive: true });
  mkdirSync(path.join(cwd, 'node_modules/empty'));
  write('own.yaml', 'plan: own');
  const anything = '    expected: a shipped plan (micropython, smoke), the path of a file, or an npm package';
  expect((await faults()).split('\n')).toEqual([
    'testbed.yaml:2:9: error: there is no plan "smok"',
    anything,
    '    did you mean "smoke"?',
    'testbed.yaml:2:15: error: there is no plan "@us/bench-plan"',
    anything,
    '    did you mean "@us/bench-plans"?',
    'testbed.yaml:2:33: error: the npm package "@us/bench-plans" has no plan "nightl"',
    '    expected: one of host, nightly',
    '    did you mean "@us/bench-plans/nightly"?',
    'testbed.yaml:2:59: error: the npm package "empty" brings no plan',
    '    expected: plans/*.yaml in <here>/node_modules/empty',
    'testbed.yaml:2:66: error: there is no plan "own"',
    anything,
    '    did you mean "./own.yaml"?',
    'testbed.yaml:2:71: error: there is no plan file <here>/gone.yaml',
    anything,
    'testbed.yaml:2:84: error: there is no plan "@us"',
    anything,
    '    did you mean "@us/bench-plans"?',
    'testbed.yaml:2:91: error: there is no plan "a b"',
    anything,
  ]);
});

test('a plan that extends another brings all of it along, and overrides, adds and drops specs', async () => {
  write('testbed.yaml', 'lab: x', 'plans: [./top/top.yaml]', 'tentacles: { v0: { board: OWN, port: a0 } }');
  write(
    'top/top.yaml',
    'plan: top',
    'extends: [../base/base.yaml]',
    'specs:',
    '  a: { timeout: 9m, env: { X: 2, Z: }, command: [z], silence: }',
    '  b:',
    `  c: ${spec('C')}`,
    '  d: { cwd: here }',
    'expect: [{ test: t, specs: [a, B], reason: r }]',
  );
  write(
    'base/base.yaml',
    'plan: base',
    'specs:',
    `  a: ${spec('A', ', silence: 5s, env: { X: 1, Y: 1, Z: 1 }')}`,
    `  b: ${spec('B')}`,
    `  d: ${spec('D', ', cwd: there')}`,
    `  e: ${spec('E')}`,
    'boards: { OWN: { port: rp2, mcu: m } }',
    'expect: [{ test: u, specs: [b], reason: r }]',
  );
  const { lab, warnings } = await load();
  expect(warnings).toEqual([]);
  expect(lab.specs.map(({ name, cwd: at }) => [name, path.relative(cwd, at)])).toEqual([
    ['a', 'base'],
    ['d', 'top/here'],
    ['e', 'base'],
    ['c', 'top'],
  ]);
  const [a] = lab.specs;
  expect(a).toMatchObject({ label: 'A', timeoutMs: 540_000, env: { X: '2', Y: '1' }, command: ['z'] });
  expect(a?.env).not.toHaveProperty('Z');
  expect(a).not.toHaveProperty('silenceMs');
  expect(lab.expectations.map((one) => one.test)).toEqual(['u', 't']);
});

test('the lab file overrides the plans, and its overlay overrides both', async () => {
  write(
    'testbed.yaml',
    'lab: x',
    'plans: [./own.yaml]',
    'specs:',
    '  a: { timeout: 90m, retries: 3, cwd: . }',
    '  b: { timeout: 2m }',
    '  c:',
  );
  write(
    'testbed.local.yaml',
    'secrets: { WORD: hush }',
    'specs:',
    '  a: { retries: 0, env: { W: "${secret.WORD}" } }',
    '  b:',
  );
  write('plans/sub/x', '');
  write('own.yaml', 'plan: own', 'specs:', ...['a', 'b', 'c'].map((name) => `  ${name}: ${spec(name)}`));
  const { lab, warnings, secrets } = await load();
  expect([warnings, secrets]).toEqual([[], { WORD: 'hush' }]);
  expect(lab.specs).toHaveLength(1);
  expect(lab.specs[0]).toMatchObject({
    name: 'a',
    timeoutMs: 90 * 60_000,
    estimateMs: 9 * 60_000,
    retries: 0,
    env: { W: '${secret.WORD}' },
    cwd,
  });
});

test('an overridden spec is checked as a whole, and each fault is told in the file where it stands', async () => {
  write(
    'testbed.yaml',
    'lab: x',
    'plans: [./top.yaml]',
    'specs:',
    '  a: { timeout: 5, results: repl, retris: 1 }',
    '  b: 7',
    '  A: { timeout: 1m }',
    '  bb: { timeout: 1m }',
    '  c: { label: OTHER }',
    '  c2:',
  );
  write(
    'top.yaml',
    'plan: top',
    'extends: [./base.yaml]',
    'specs:',
    '  a: { env: { "1": x }, timeot: 3m }',
    '  bb: { timeout: 1m }',
    `  c: ${spec('C2')}`,
  );
  write(
    'base.yaml',
    'plan: base',
    'specs:',
    ...['a', 'b', 'c'].map((name) => `  ${name}: ${spec(name.toUpperCase())}`),
  );
  expect((await faults()).split('\n')).toEqual([
    'testbed.yaml:4:17: error: wrong value for "specs.a.timeout"',
    '    expected: a duration, such as 500ms, 60s, 6m or 1h30m',
    '    found: 5',
    '    did you mean "5s"?',
    'testbed.yaml:4:35: error: unknown key "retris" in specs.a',
    '    did you mean "retries"?',
    'testbed.yaml:5:6: error: wrong value for "specs.b"',
    '    expected: a map of what is to be other, such as { timeout: 90m }',
    '    found: 7',
    'testbed.yaml:6:3: error: no plan of this lab has a spec "A" to override',
    '    expected: one of a, b, c',
    '    did you mean "a"?',
    'testbed.yaml:7:3: error: no plan of this lab has a spec "bb" to override',
    '    expected: one of a, b, c',
    '    did you mean "b"?',
    'testbed.yaml:8:15: error: an override leaves the label as it is: it stands in the ids of orders, wherever the plan is used',
    '    remove label:',
    'testbed.yaml:9:3: error: no plan of this lab has a spec "c2" to drop',
    '    expected: one of a, b, c',
    '    did you mean "c"?',
    'top.yaml:4:15: error: "1" can not be a key in specs.a.env',
    '    expected: the name of an environment variable: letters, digits and "_"',
    'top.yaml:4:25: error: unknown key "timeot" in specs.a',
    '    did you mean "timeout"?',
    'top.yaml:5:3: error: no plan that this one extends has a spec "bb" to override',
    '    expected: one of a, b, c; or a label:, if this is a new spec',
    '    did you mean "b"?',
    'top.yaml:6:3: error: a plan that this one extends has a spec "c" already',
    '    leave out label: to override it, else give this one another name',
    '    base.yaml:5:3: the other one',
    'base.yaml:3:3: error: nothing says which tests a runs',
    '    expected: files: a glob, or list: a command',
    '    testbed.yaml:4:3: a is overridden here',
    'base.yaml:3:3: error: "results: repl" needs a tentacle, but a has no roles',
    '    expected: roles: { dut: { feature: mcu } }',
    '    testbed.yaml:4:3: a is overridden here',
    'base.yaml:3:41: error: "results: repl" sends files through the REPL itself and takes no command',
    '    remove command:, or say how else results: come about',
    '    testbed.yaml:4:3: a is overridden here',
  ]);
});

test('plans that extend each other in a circle, and one that extends itself', async () => {
  write('testbed.yaml', 'lab: x', 'plans: [./a.yaml]', 'specs: { nothing: { timeout: 1m } }');
  write('a.yaml', 'plan: a', 'extends: [./b.yaml]', 'specs: { far: { timeout: 1m } }');
  write('b.yaml', 'plan: b', 'extends: [./sub/c.yaml, ./b.yaml]');
  write('sub/c.yaml', 'plan: c', 'extends: [../a.yaml]', `specs: { c: ${spec('C')} }`);
  // By way of a link that never ends.
  symlinkSync('.', path.join(cwd, 'sub/again'));
  write('sub/d.yaml', 'plan: d', 'extends: [./again/d.yaml]');
  expect((await faults()).split('\n')).toEqual([
    'sub/c.yaml:2:11: error: here plans extend each other in a circle',
    '    take one of these away; what both need can be a plan that both extend',
    '    a.yaml:2:11: and here',
    '    b.yaml:2:11: and here',
    'b.yaml:2:25: error: a plan can not extend itself',
  ]);
  write('testbed.yaml', 'lab: x', 'plans: [./sub/d.yaml]');
  expect(await faults()).toBe('sub/d.yaml:2:11: error: a plan can not extend itself');
});

test('what two plans extend comes in once, unless one of them overrides it', async () => {
  write('testbed.yaml', 'lab: x', 'plans: [./a.yaml, ./b.yaml, ./base.yaml]');
  write('a.yaml', 'plan: a', 'extends: [./base.yaml]', `specs: { a: ${spec('A')} }`);
  write('b.yaml', 'plan: b', 'extends: [./base.yaml, ./a.yaml]', 'specs: { a: { timeout: 2m } }');
  write('base.yaml', 'plan: base', 'specs:', `  x: ${spec('X')}`, `  y: ${spec('Y')}`);
  expect((await faults()).split('\n')).toEqual([
    'b.yaml:3:10: error: two plans bring the spec "a", and not the same',
    '    name only the plan that is to count, or override the spec in the lab file instead',
    '    a.yaml:3:10: the other one brings it as it is here',
  ]);
  write('testbed.yaml', 'lab: x', 'plans: [./b.yaml, ./base.yaml]');
  const { lab } = await load();
  expect(lab.specs.map(({ name, timeoutMs }) => [name, timeoutMs])).toEqual([
    ['x', 60_000],
    ['y', 60_000],
    ['a', 120_000],
  ]);
});

test('a plan that can not be read: nothing that may be in it is missed besides', async () => {
  write('testbed.yaml', 'lab: x', 'plans: [./a.yaml]', 'specs: { far: { timeout: 1m } }');
  write('a.yaml', 'plan: a', 'extends: [./b.yaml, ./b.yaml, smoke]', 'specs: { near: { timeout: 1m } }');
  write('b.yaml', 'plan: [');
  expect((await faults()).split('\n').filter((line) => line.includes('error:'))).toEqual([
    expect.stringMatching(/^b\.yaml:1:\d+: error: this is no YAML/),
    'a.yaml:2:21: error: this plan is named twice',
  ]);
});

const stage = (port: number, more = ''): string => `{ command: [serve], ready: { port: ${port} }${more} }`;

test('stages: an extending plan overrides, adds and drops them, then the lab file does, then its overlay', async () => {
  write(
    'testbed.yaml',
    'lab: x',
    'plans: [./top/top.yaml]',
    'stages:',
    '  a: { limit: 2m, env: { Y: 2 } }',
    '  c: { ready: { line: "(?<port>\\\\d+)" } }',
    '  d:',
  );
  write('testbed.local.yaml', 'stages: { a: { env: { Z: 3 } } }');
  write(
    'top/top.yaml',
    'plan: top',
    'extends: [../base.yaml]',
    'stages:',
    '  a: { grace: 1s, command: [other], cwd: here }',
    '  b:',
    `  c: ${stage(3)}`,
    '  board: { steps: [{ power: cycle }] }',
    '  warm: { preload: python, imports: [json] }',
  );
  write(
    'base.yaml',
    'plan: base',
    'stages:',
    `  a: ${stage(1, ', env: { X: 1, Y: 1 }')}`,
    `  b: ${stage(2)}`,
    `  d: ${stage(4)}`,
    '  board: { steps: [{ flash: always }], limit: 9m }',
    'specs:',
    `  a: ${spec('A', ', stage: a')}`,
  );
  const { lab, warnings } = await load();
  expect(warnings).toEqual([]);
  expect(lab.stages).toEqual([
    expect.objectContaining({
      kind: 'host',
      name: 'a',
      command: ['other'],
      ready: { kind: 'port', port: '1' },
      env: { X: '1', Y: '2', Z: '3' },
      cwd: path.join(cwd, 'top/here'),
      limitMs: 120_000,
      graceMs: 1000,
      file: path.join(cwd, 'base.yaml'),
    }),
    expect.objectContaining({ name: 'board', steps: [{ kind: 'power' }], limitMs: 540_000 }),
    expect.objectContaining({
      name: 'c',
      cwd: path.join(cwd, 'top'),
      ready: { kind: 'line', pattern: String.raw`(?<port>\d+)` },
    }),
    expect.objectContaining({ name: 'warm' }),
  ]);
});

test('stages: what is wrong with an override is told in the file where it stands', async () => {
  write(
    'testbed.yaml',
    'lab: x',
    'plans: [./top.yaml]',
    'stages:',
    '  a: { limt: 2m, steps: [{ power: cycle }] }',
    '  b:',
    '  c: 7',
    '  aa: { limit: 2m }',
    `  new: ${stage(9)}`,
  );
  write(
    'top.yaml',
    'plan: top',
    'extends: [./base.yaml]',
    'stages:',
    '  bb: { limit: 1m }',
    `  more: ${stage(3, ', after: [b]')}`,
  );
  write(
    'base.yaml',
    'plan: base',
    'stages:',
    ...['a', 'b', 'c'].map((name, index) => `  ${name}: ${stage(index + 1)}`),
    'specs:',
    `  b: ${spec('B', ', stage: b')}`,
  );
  expect((await faults()).split('\n')).toEqual([
    'testbed.yaml:4:8: error: unknown key "limt" in stages.a',
    '    did you mean "limit"?',
    'testbed.yaml:6:6: error: wrong value for "stages.c"',
    '    expected: a map: command and ready, or preload, or steps',
    '    found: 7',
    'testbed.yaml:7:3: error: no plan of this lab has a stage "aa" to override',
    '    expected: one of a, c, more',
    '    did you mean "a"?',
    'testbed.yaml:8:3: error: no plan of this lab has a stage "new" to override',
    '    expected: one of a, c, more',
    'top.yaml:4:3: error: no plan that this one extends has a stage "bb" to override',
    '    expected: one of a, b, c; or command: and ready:, or preload:, or steps:, if this is a new stage',
    '    did you mean "b"?',
    'top.yaml:5:57: error: the stage "b" is dropped, and this still starts from it',
    '    drop this, too, or override it with another stage',
    '    testbed.yaml:5:3: dropped here',
    'base.yaml:3:8: error: "command" is for host stages, and this one has steps:',
    '    testbed.yaml:4:18: steps:',
    '    testbed.yaml:4:3: a is overridden here',
    'base.yaml:3:26: error: "ready" is for host stages, and this one has steps:',
    '    testbed.yaml:4:18: steps:',
    '    testbed.yaml:4:3: a is overridden here',
    'base.yaml:7:76: error: the stage "b" is dropped, and this still starts from it',
    '    drop this, too, or override it with another stage',
    '    testbed.yaml:5:3: dropped here',
  ]);
});

test('stages: two plans that bring one and the same in different ways', async () => {
  write('testbed.yaml', 'lab: x', 'plans: [./a.yaml, ./b.yaml]');
  write('a.yaml', 'plan: a', 'extends: [./base.yaml]', 'stages: { www: { limit: 2m } }');
  write('b.yaml', 'plan: b', 'extends: [./base.yaml]', 'stages: { www: { limit: 3m } }');
  write(
    'base.yaml',
    'plan: base',
    `stages: { www: ${stage(1)} }`,
    `specs: { s: ${spec('S', ', stage: www')} }`,
  );
  expect((await faults()).split('\n')).toEqual([
    'b.yaml:3:11: error: two plans bring the stage "www", and not the same',
    '    name only the plan that is to count, or override the stage in the lab file instead',
    '    a.yaml:3:11: the other one overrides it here',
  ]);
  write('testbed.yaml', 'lab: x', 'plans: [./a.yaml]', 'stages: { www: { limit: 4m } }');
  expect((await load()).lab.stages.map(({ limitMs }) => limitMs)).toEqual([240_000]);
  write('testbed.yaml', 'lab: x', 'plans: [./base.yaml, ./c.yaml]');
  write('c.yaml', 'plan: c', `stages: { www: ${stage(2)} }`);
  expect((await faults()).split('\n')).toEqual([
    'c.yaml:2:11: error: two stages have the name "www"',
    '    base.yaml:2:11: the other one',
  ]);
});
