import { expect, test } from 'vitest';
import { nextPositionals } from '../../src/cli/completion/usage.ts';
import { unquote } from '../../src/cli/completion/unquote.ts';
import { Rig } from '../support/rig.ts';

/** What a script is told for these words, the last of which is being typed. */
async function candidates(rig: Rig, ...words: string[]): Promise<string[]> {
  const ended = await rig.run(['completion', 'candidates', '--', ...words]);
  expect(ended, words.join(' ')).toMatchObject({ exit: 0, stderr: '' });
  return ended.stdout.replace(/\n$/, '').split('\n');
}

test('commands, options, their values and arguments come from the tables that help comes from', async () => {
  await using rig = new Rig();
  expect(await candidates(rig, 'sc')).toEqual([
    'values',
    'schema\tprint a JSON Schema: lab, plan, user or event',
  ]);
  expect(await candidates(rig, 'help', 'sc')).toHaveLength(2);
  expect(await candidates(rig, 'list', '--fo')).toEqual([
    'values',
    '--format\ttext for people (the default), or json for machines',
  ]);
  expect(await candidates(rig, 'list', '--format', '')).toEqual(['values', 'text\t', 'json\t']);
  expect(await candidates(rig, 'list', '--format=j')).toEqual(['values', '--format=json\t']);
  expect(await candidates(rig, 'list', '--format', 'json', '--fo')).toEqual(['values']);
  expect(await candidates(rig, 'list', 'f')).toEqual(['values', 'features\t']);
  expect(await candidates(rig, 'check', '-c', '')).toEqual(['files']);
  expect(await candidates(rig, 'log', '--results', 'a', '--results=')).toEqual(['directories']);
  expect(await candidates(rig, 'tentacle', 'fault', 'v0', 'ba')).toEqual(['values', 'babble\t']);
  expect(await candidates(rig, 'completion', '')).toEqual(['values', 'bash\t', 'zsh\t', 'fish\t']);
});

test('names come from the lab that the command line means', async () => {
  await using rig = new Rig();
  rig.lab('plans: [smoke]\ntentacles:\n  v0: { board: VIRTUAL, tags: { note: "two\\nlines" } }\n');
  rig.write(
    'other.yaml',
    `lab: other\nstate: ${rig.state}\ntentacles:\n  2731: { board: PYBV11, port: a7 }\n`,
  );
  expect(await candidates(rig, 'plan', '--only', 'tentacle:')).toEqual(['values', 'tentacle:v0\tVIRTUAL']);
  expect(await candidates(rig, 'plan', '-c', 'other.yaml', '--only', "'tentacle:")).toEqual([
    'values',
    'tentacle:2731\tPYBV11',
  ]);
  expect(await candidates(rig, 'run', '--only', 'smoke-h')).toEqual([
    'values',
    'smoke-host\tA command on this computer; no board takes part.',
  ]);
  expect(await candidates(rig, 'plan', '--only', 'tag:'), 'a value of two lines can not be typed').toEqual([
    'values',
  ]);
  expect(await candidates(rig, 'plan', '--what-if', '-')).toEqual(['values', '-v0\twithout this tentacle']);
  expect(await candidates(rig, 'plan', '--what-if=+PYBL')).toEqual([
    'values',
    '--what-if=+PYBLITEV10\twith one more: stm32f4',
  ]);
  // A port is not asked which board it has.
  expect(await candidates(rig, 'run', '--port', '/dev/null', '--only', 'board:')).toEqual([
    'values',
    'board:UNKNOWN\tunknown',
  ]);
  rig.lab('tentacles: [\n');
  expect(await candidates(rig, 'plan', '--only', 'bo')).toEqual([
    'values',
    'board:\ttentacles with this board, or board and variant',
  ]);
  expect(await candidates(rig, 'frob', '--only', '')).toEqual(['values']);
});

test('a shell that there is no completion for', async () => {
  await using rig = new Rig();
  expect(await rig.run(['completion', 'fishy'])).toMatchObject({
    exit: 2,
    stdout: '',
    stderr:
      'testbed: there is no completion for "fishy", only for bash, zsh, fish.\n  Did you mean "testbed completion fish"?\n',
  });
});

test.each([
  ['lab|plan|user|event', [], ['lab', 'plan', 'user', 'event']],
  ['lab|plan|user|event', ['lab'], []],
  ['[SESSION]', [], ['SESSION']],
  ['serve [ID …] | fault ID [KIND]', [], ['serve', 'fault']],
  ['serve [ID …] | fault ID [KIND]', ['serve', 'v0', 'v1'], ['ID']],
  ['serve [ID …] | fault ID [KIND]', ['fault', 'v0'], ['KIND']],
  ['serve [ID …] | fault ID [KIND]', ['fault', 'v0', 'drop'], []],
  ['', [], []],
])('usage "%s" after %j', (usage, before, next) => {
  expect(nextPositionals(usage, before).filter((word) => word !== '')).toEqual(next);
});

test.each([
  ["'a b", 'a b'],
  ['"a \\" $b', 'a " $b'],
  [String.raw`top\ left`, 'top left'],
  ["ta'g:'x", 'tag:x'],
  ['', ''],
])('%s is typed for %s', (typed, word) => {
  expect(unquote(typed)).toBe(word);
});
