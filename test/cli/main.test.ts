import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { commandTable } from '../../src/cli/table.ts';
import { helpOf } from '../../src/cli/help.ts';
import { Rig, root } from '../support/rig.ts';

test('--version is the version of package.json', async () => {
  await using rig = new Rig();
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(await rig.run(['--version'])).toEqual({ exit: 0, signal: null, stdout: `${version}\n`, stderr: '' });
});

test('--version loads no dependency', () => {
  const probe = `
    import { registerHooks } from 'node:module';
    registerHooks({ load(url, context, next) { if (url.includes('node_modules')) console.log(url); return next(url, context); } });
    const { main } = await import(${JSON.stringify(path.join(root, 'dist/cli/main.js'))});
    await main(process.argv[1] === 'control' ? ['check', '-c', ${JSON.stringify(path.join(root, 'testbed.yaml.example'))}] : ['--version']);`;
  const loaded = (...args: string[]): string =>
    spawnSync(process.execPath, ['--input-type=module', '-e', probe, ...args], { encoding: 'utf8' }).stdout;
  expect(loaded()).not.toContain('node_modules');
  expect(loaded('control'), 'the probe sees what it looks for').toContain('node_modules');
});

test('an unknown command, option or choice is exit 2 with the nearest name', async () => {
  await using rig = new Rig();
  const told = async (...args: string[]): Promise<string> => {
    const { exit, stdout, stderr } = await rig.run(args);
    expect([exit, stdout]).toEqual([2, '']);
    return stderr;
  };
  expect(await told('rnu')).toBe('testbed: there is no command "rnu".\n  Did you mean "testbed run"?\n');
  expect(await told('run', '--onyl', 'x')).toBe(
    'testbed: "testbed run" has no option --onyl.\n  Did you mean --only?\n',
  );
  expect(await told('run', '--flash', 'never')).toBe(
    'testbed: --flash is one of auto, skip, force, not "never".\n',
  );
  expect(await told('run', '--count', 'many')).toBe('testbed: --count is a whole number, not "many".\n');
  for (const given of [['--test'], ['--test', ''], ['--test=']])
    expect(await told('run', ...given)).toBe(
      'testbed: --test needs a value: --test GLOB (only tests whose path matches).\n',
    );
  expect(await told('run', 'SMOKE')).toBe(
    'testbed: "testbed run" takes no argument, but got "SMOKE".\n  To choose what is run: testbed run --only SMOKE\n',
  );
});

test('every command has help that fits 80 columns and names its options', async () => {
  for (const entry of commandTable) {
    const command = await entry.load();
    expect(command.name).toBe(entry.name);
    const help = helpOf(command, entry.summary);
    for (const name of Object.keys(command.options)) expect(help).toContain(`--${name}`);
    expect(help.split('\n').filter((line) => line.length > 80 && !line.startsWith('  testbed'))).toEqual([]);
  }
});

test('an old Node is told in one line what is missing', async () => {
  await using rig = new Rig();
  const [shebang, ...lines] = readFileSync(path.join(root, 'bin', 'testbed'), 'utf8').split('\n');
  expect(shebang).toBe('#!/usr/bin/env node');
  const old = rig.write('old.cjs', lines.join('\n').replaceAll('process.versions.node', "'20.1.0'"));
  const { status, stderr } = spawnSync(process.execPath, [old], { encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toBe(
    'testbed: needs Node.js 24 or newer, this is 20.1.0: start it as "npx testbed" (the checkout brings its own), or install Node.js 24.\n',
  );
});
