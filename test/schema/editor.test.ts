import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { catalogue } from '../../src/config/catalogue.ts';
import { blocksOf, PAGES, type Block } from '../docs/blocks.ts';
import { root } from '../support/rig.ts';
import { Editor } from './editor.ts';

const editor = new Editor();
const LAB = '# yaml-language-server: $schema=./schema/testbed.schema.json\nlab: bench\n';
const PLAN = '# yaml-language-server: $schema=./schema/plan.schema.json\nplan: own\n';
const USER = '# yaml-language-server: $schema=./schema/user.schema.json\n';
const SPEC = `${PLAN}specs:\n  blink:\n`;

test.each(['testbed.yaml.example', ...globSync('plans/{,examples/}*.yaml', { cwd: root })])(
  '%s: the editor marks nothing',
  async (file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    expect(text.split('\n')[0], 'it says which schema it has').toMatch(/^# yaml-language-server: \$schema=/);
    expect(await editor.marks(file, text)).toEqual([]);
  },
);

/** Those of the reference are the schema's own, see `words.test.ts`. */
const examples = PAGES.filter((page) => !page.startsWith('docs/reference/'))
  .flatMap(blocksOf)
  .filter(({ info }) => info === 'yaml');

test('the examples of the pages are as the schemas want them', async () => {
  expect(examples.length).toBeGreaterThan(2);
  for (const block of examples)
    expect(await editor.marks('page.yaml', asFile(block)), `${block.page}:${block.line}`).toEqual([]);
});

/** An example may leave out what is said once: which schema, and whose file it is. */
function asFile({ text }: Block): string {
  const own = text.replaceAll(/^# yaml-language-server:.*\n/gm, '');
  if (/^plan:/m.test(own)) return PLAN.replace('plan: own\n', own);
  return /^lab:/m.test(own) ? LAB.replace('lab: bench\n', own) : LAB + own;
}

test.each([
  ['an unknown key', `${LAB}tentacels: {}\n`, 'Property tentacels is not allowed.', 'tentacels'],
  ['what has to be there', `${LAB}tentacles:\n  v0: { port: a0 }\n`, 'Missing property "board".', 'v0'],
  ['a duration without a unit', `${SPEC}    timeout: 60\n`, 'Incorrect type. Expected "string".', '60'],
  [
    'a duration that is none',
    `${LAB}boards:\n  B: { port: rp2, mcu: rp2350, limits: { power: 5 sec } }\n`,
    expect.stringContaining('String does not match the pattern'),
    '5 sec',
  ],
  [
    'one of a few words',
    `${SPEC}    results: junitxml\n`,
    expect.stringMatching(/not accepted.*"micropython", "repl", "tap", "junit", "events", "exit-code"/),
    'junitxml',
  ],
  ['text for a number', `${SPEC}    retries: often\n`, 'Incorrect type. Expected "integer".', 'often'],
  [
    'a usb id',
    `${LAB}boards:\n  B: { port: rp2, mcu: rp2350, usb: { application: 2e8a-0005 } }\n`,
    expect.stringContaining('String does not match the pattern'),
    '2e8a-0005',
  ],
])('%s is marked where it stands', async (_what, text, message, marked) => {
  const file = text.startsWith(LAB) ? 'testbed.yaml' : 'own.yaml';
  expect(await editor.marks(file, text)).toContainEqual({ message, text: marked });
});

test('a lab says what is to be other than its plans say, and drops a spec', async () => {
  const lab = `${LAB}specs:\n  standard: { timeout: 90m, needs: [] }\n  smoke-pair:\n`;
  expect(await editor.marks('testbed.yaml', lab)).toEqual([]);
  expect(await editor.marks('testbed.yaml', lab.replace('needs', 'neds'))).toMatchObject([{ text: 'neds' }]);
});

test('what is text to testbed is no fault to the editor, even if YAML calls it a number', async () => {
  const lab = `${LAB}tentacles:\n  2731:\n    board: RPI_PICO2\n    usb: { serial: 0001 }\n    tags: { tier: 1, spare: true }\n`;
  const plan = `${SPEC}    label: 1.10\n    help: Blinks.\n    timeout: 1m\n    command: [test, 5e10, -gt, 1]\n    results: exit-code\n`;
  expect([await editor.marks('testbed.yaml', lab), await editor.marks('own.yaml', plan)]).toEqual([[], []]);
});

test.each([
  ['the keys of a lab file', `${LAB}▮\n`, ['plans', 'sources', 'tentacles', 'boards', 'expect', 'state']],
  [
    'the keys of a tentacle',
    `${LAB}tentacles:\n  v0:\n    ▮\n`,
    ['board', 'usb', 'port', 'features', 'faults'],
  ],
  ['the shipped plans', `${LAB}plans: [▮]\n`, ['smoke', 'micropython']],
  [
    'the boards of the catalogue',
    `${LAB}tentacles:\n  v0:\n    board: ▮\n`,
    catalogue().map(({ name }) => name),
  ],
  ['the same as partner', `${LAB}reference: ▮\n`, ['RPI_PICO_W', 'ESP32_GENERIC']],
  [
    'the kinds of faults',
    `${LAB}tentacles:\n  v0:\n    board: VIRTUAL\n    faults:\n      - kind: ▮\n`,
    [
      'vanish',
      're-enumerate',
      'hang',
      'babble',
      'slow',
      'drop',
      'wrong-version',
      'no-boot',
      'full-filesystem',
    ],
  ],
  [
    'what a fault of this kind takes',
    `${LAB}tentacles:\n  v0:\n    board: VIRTUAL\n    faults:\n      - kind: drop\n        ▮\n`,
    ['one-in'],
  ],
  [
    'the keys of a hook',
    `${LAB}hooks:\n  tell:\n    ▮\n`,
    ['on', 'when', 'command', 'timeout', 'env', 'cwd'],
  ],
  [
    'what a hook may be told',
    `${LAB}hooks:\n  tell:\n    on:\n      - ▮\n`,
    ['session-finished', 'run-finished'],
  ],
  ['the keys of a spec', `${SPEC}    ▮\n`, ['label', 'roles', 'timeout', 'needs', 'command', 'results']],
  ['what a lab may say otherwise', `${LAB}specs:\n  standard:\n    ▮\n`, ['timeout', 'silence', 'retries']],
  ['ways to a verdict', `${SPEC}    results: ▮\n`, ['micropython', 'repl', 'tap', 'junit', 'exit-code']],
  ['what to cover', `${SPEC}    cover: ▮\n`, ['each-variant', 'each-role', 'each-tentacle', 'once']],
  ['what a spec may need', `${SPEC}    needs:\n      - ▮\n`, ['filesystem', 'unittest', 'wlan', 'clock']],
])('completion offers %s, each with what it means', async (_what, text, labels) => {
  const offered = await editor.complete(text.startsWith(LAB) ? 'testbed.yaml' : 'own.yaml', text);
  const told = new Map(offered.map(({ label, documentation }) => [label, documentation]));
  expect([...told.keys()]).toEqual(expect.arrayContaining(labels));
  for (const label of labels) expect(told.get(label), label).toMatch(/\w+ \S/);
});

test('hover tells what a key means, its unit and default, and shows an example', async () => {
  const lab = `${LAB}tentacles:\n  v0:\n    usb: { serial: e463 }\n    board: RPI_PICO2\nboards:\n  B: { port: rp2, mcu: rp2350, limits: { flash: 5s } }\n`;
  expect(await editor.hover('testbed.yaml', lab, 'flash')).toBe(
    [
      '#### lab file of testbed',
      '',
      'Until the firmware is on it (ms, s, m, h). Default: 60s.',
      '',
      'Example:',
      '',
      '```yaml',
      '90s',
      '```',
      '',
      'Source: [testbed.schema.json](SCHEMA)',
    ]
      .join('\n')
      .replace('SCHEMA', new URL('../../schema/testbed.schema.json', import.meta.url).href),
  );
  expect(await editor.hover('testbed.yaml', lab, 'usb:')).toMatch(/twins[^]*Example:[^]*location: 3-1\.4\.3/);
  expect(await editor.hover('testbed.yaml', lab, 'RPI_PICO2')).toMatch(
    /The model[^]*```yaml\nRPI_PICO2\n```/,
  );
  const plan = `${SPEC}    cover: once\n    silence: 60s\n`;
  expect(await editor.hover('own.yaml', plan, 'cover')).toMatch(
    /Default: each-variant\.[^]*Allowed Values:[^]*`once`: One order, on whichever tentacle is free\./,
  );
  expect(await editor.hover('own.yaml', plan, 'silence')).toMatch(/\(ms, s, m, h\)[^]*Example:[^]*60s/);
});

test("a user's configuration: what is wrong is marked, and what may stand there is offered", async () => {
  const file = 'config.yaml';
  expect(await editor.marks(file, `${USER}theme: light\ncolors: { good: 050, bad: "#ff0000" }\n`)).toEqual(
    [],
  );
  expect(await editor.marks(file, `${USER}theme: drak\n`)).toMatchObject([{ text: 'drak' }]);
  expect(await editor.marks(file, `${USER}colors: { goood: "050" }\n`)).toMatchObject([{ text: 'goood' }]);
  expect(await editor.marks(file, `${USER}colors: { good: "0500" }\n`)).toMatchObject([{ text: '"0500"' }]);
  const offered = async (text: string) => (await editor.complete(file, text)).map(({ label }) => label);
  expect(await offered(`${USER}theme: ▮\n`)).toEqual(['dark', 'light', 'terminal']);
  expect(await offered(`${USER}colors:\n  ▮\n`)).toEqual(['good', 'bad', 'note', 'name', 'pale']);
  expect(await editor.hover(file, `${USER}colors: { good: "050" }\n`, 'good')).toContain('What passed.');
});
