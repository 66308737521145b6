import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { completeChoices } from '../../src/render/create.ts';
import { createPaint } from '../../src/render/paint.ts';
import { chooseRenderers } from '../../src/render/renderer-choice.ts';
import { colorsFor } from '../../src/render/theme.ts';
import { Rig } from '../support/rig.ts';
import { Kept } from './support/live.ts';

function chosen(given: readonly string[], short = {}): string {
  const choice = chooseRenderers(given, short, '/here');
  if (!choice.ok) return [choice.message, choice.hint ?? ''].join(' ').trim();
  return choice.choices.map(({ name, place }) => `${name}:${JSON.stringify(Object.values(place))}`).join(' ');
}

/** The names of what is shown on such a stderr. */
function names(given: readonly string[], terminal: boolean, env = {}): string {
  const choice = chooseRenderers(given, {}, '/');
  if (!choice.ok) throw new Error(choice.message);
  const stderr = Object.assign(new Kept(), { isTTY: terminal });
  return completeChoices(choice.choices, stderr, env)
    .map(({ name }) => name)
    .join(' ');
}

describe('--renderer', () => {
  test('names what is shown and where; -q, -v and --format are short for it', () => {
    expect(chosen(['tree', 'junit=a=b.xml', 'jsonl=fd:3', 'tap=/dev/fd/4', 'qvf=-'])).toBe(
      'tree:["stderr"] junit:["path","a=b.xml"] jsonl:["descriptor",3] tap:["descriptor",4] qvf:["stdout"]',
    );
    expect(chosen([], { verbose: true, format: 'jsonl' })).toBe('verbose:["stderr"] jsonl:["stdout"]');
    expect(chosen(['jsonl'])).toBe(chosen([], { format: 'jsonl' }));
    expect(chosen(['quiet'])).toBe(chosen([], { quiet: true, format: 'text' }));
  });

  test.each([
    [['tre'], 'there is no renderer "tre". Did you mean "tree"?'],
    [['dots'], 'there is no renderer "dots". There are tree, lines, verbose, quiet, qvf, jsonl, tap, junit.'],
    [['junit'], 'the renderer junit needs a place: --renderer junit=FILE'],
    [['lines='], 'the renderer lines needs a place: --renderer lines=FILE'],
    [['tree=x'], 'the renderer tree is for the screen, and takes no place.'],
    [
      ['jsonl', 'tap'],
      'the renderers jsonl and tap would both write to stdout. Give one of them another place: --renderer tap=FILE',
    ],
    [
      ['tap=x', 'junit=./x'],
      'the renderers tap and junit would both write to /here/x. Give one of them another place: --renderer junit=FILE',
    ],
  ])('%j is told to be wrong', (given, message) => {
    expect(chosen(given)).toBe(message);
  });

  test('a screen is added where nobody has one, and a tree needs a terminal', () => {
    expect(names([], true)).toBe('tree');
    expect(names([], true, { CI: 'true' })).toBe('lines');
    expect(names(['tree'], true, { CI: 'true' })).toBe('tree');
    expect(names(['tree'], true, { TERM: 'dumb' })).toBe('lines');
    expect(names(['tree'], false)).toBe('lines');
    expect(names(['junit=x', 'jsonl=fd:3'], true)).toBe('junit jsonl tree');
    expect(names(['jsonl'], true)).toBe('jsonl');
  });

  test('a report whose directory is not there is told before anything is run', async () => {
    await using rig = new Rig();
    rig.lab('tentacles: {}\n');
    const { exit, stderr } = await rig.run(['run', '--renderer', 'junit=no/such/x.xml']);
    expect([exit, stderr]).toEqual([
      2,
      `testbed: --renderer: there is no directory ${rig.directory}/no/such to write x.xml into.\n`,
    ]);
    rig.write('kept.tap', 'precious\n');
    rig.write('results/old/events.jsonl', 'a log\n');
    const log = await rig.run([
      'run',
      '--renderer',
      'tap=kept.tap',
      '--renderer',
      'jsonl=results/old/events.jsonl',
    ]);
    expect([log.exit, log.stderr]).toEqual([
      2,
      'testbed: --renderer: results/old/events.jsonl is the log of a session, and would be written over. Choose another name.\n',
    ]);
    const nothing = await rig.run(['run', '--renderer', 'tap=kept.tap', '--only', 'nobody']);
    expect([nothing.exit, rig.read('kept.tap'), rig.read('results/old/events.jsonl')]).toEqual([
      2,
      'precious\n',
      'a log\n',
    ]);
    const both = await rig.run(['run', '-q', '-v']);
    expect([both.exit, both.stderr]).toEqual([2, 'testbed: --quiet and --verbose exclude each other.\n']);
  });
});

describe('colours', () => {
  test('are those of the source document, in their places', () => {
    const { good, bad, name, note, pale } = createPaint(colorsFor({}));
    const numbers = [good('x'), bad('x'), name('x'), note('x'), pale('x')].map(
      (text) => text.split(/[;m]/)[2],
    );
    // 050 500 025 155 433 in the cube of 256 colours: 16 + 36 r + 6 g + b.
    expect(numbers).toEqual(['46', '196', '33', '87', '181']);
    expect(createPaint('terminal').good('x')).toBe('\u001b[32mx\u001b[39m');
    expect(createPaint(false).bad('x')).toBe('x');
  });

  test('a user has a theme and colours of their own, and their file is checked as any other', async () => {
    await using rig = new Rig();
    rig.lab('plans: [smoke]\ntentacles: {}\n');
    const file = rig.write('xdg/testbed/config.yaml', 'theme: light\ncolors: { name: "#ff8000" }\n');
    const run = (env: NodeJS.ProcessEnv) =>
      rig.run(['run'], { env: { XDG_CONFIG_HOME: path.join(rig.directory, 'xdg'), ...env } });
    expect((await run({ NO_COLOR: '', FORCE_COLOR: '2' })).stderr).toContain('\u001b[38;2;255;128;0m');
    expect((await run({ NO_COLOR: '1' })).stderr).not.toContain('\u001b');
    expect((await run({ NO_COLOR: '1', FORCE_COLOR: '1' })).stderr).toContain('\u001b[34m');
    // Whatever shows something on a terminal shows it in the same colours.
    const env = { XDG_CONFIG_HOME: path.join(rig.directory, 'xdg'), NO_COLOR: '', FORCE_COLOR: '2' };
    for (const args of [['log'], ['plan'], ['plan', '--simulate'], ['check', '--show'], ['report']]) {
      const { stdout, exit: fine } = await rig.run(args, { env });
      expect([
        args,
        fine,
        ['2;255;128;0', '5;102'].some((color) => stdout.includes(`\u001b[38;${color}m`)),
      ]).toEqual([args, 0, true]);
      expect((await rig.run(args, { env: { ...env, FORCE_COLOR: '' } })).stdout).not.toContain('\u001b');
    }
    rig.write('xdg/testbed/config.yaml', 'theme: drak\ncolors: { good: 060, nme: 050 }\n');
    const { exit, stderr } = await run({});
    expect(exit).toBe(2);
    for (const told of [
      ':1:8',
      'did you mean "dark"?',
      ':2:17',
      'three digits 0 to 5',
      ':2:22',
      'did you mean "name"?',
    ])
      expect(stderr).toContain(told);
    expect(stderr).toContain(path.relative(rig.directory, file));
    const log = await rig.run(['log'], { env });
    expect([log.exit, log.stdout]).toEqual([2, '']);
    expect(log.stderr).toContain('did you mean "dark"?');
    // Where there are no colours, nobody cares which.
    expect((await rig.run(['log'], { env: { ...env, FORCE_COLOR: '' } })).exit).toBe(0);
    mkdirSync(path.join(rig.directory, 'empty'));
    expect((await run({ XDG_CONFIG_HOME: path.join(rig.directory, 'empty') })).exit).not.toBe(2);
  });
});
