import { expect, test } from 'vitest';
import { listFilter, type ListFilter } from '../../src/cli/list-filter.ts';
import { lab as labOf, roles } from '../plan/labs.ts';
import { Rig } from '../support/rig.ts';

const lab = labOf({
  boards: {
    A: { features: ['mcu'] },
    OWN: { variants: ['', 'SLOW'], features: ['mcu', 'wlan', 'wire'] },
    AIR_1: { features: ['mcu', 'ble'] },
  },
  tentacles: [
    ['a1', 'A', { tags: { tier: '1' } }],
    ['a2', 'A', { features: ['mcu', 'wlan'], tags: { tier: '2' } }],
    ['own1', 'OWN', { disabled: 'bent connector' }],
  ],
  specs: [
    { name: 'talk', roles: roles({ a: 'wlan', b: 'wlan' }) },
    { name: 'wired', roles: roles({ dut: 'wire' }) },
    { name: 'air', roles: roles({ dut: 'ble' }) },
    { name: 'std' },
    { name: 'host', roles: [] },
  ],
});

/** `tentacles --only talk`: what is left of that list. */
async function left(question: string): Promise<readonly string[]> {
  const [list, ...words] = question.split(' ');
  const given: Record<'only' | 'skip', string[]> = { only: [], skip: [] };
  for (let i = 0; i < words.length; i += 2)
    given[words[i] === '--skip' ? 'skip' : 'only'].push(words[i + 1]!);
  const filter: ListFilter = await listFilter(lab, given);
  const lists: Readonly<Record<string, readonly string[]>> = {
    tentacles: lab.tentacles.filter(filter.tentacle).map(({ id }) => id),
    specs: lab.specs.filter(filter.spec).map(({ name }) => name),
    boards: lab.boards.filter(filter.board).map(({ name }) => name),
    features: ['mcu', 'wlan', 'wire', 'ble'].filter(filter.feature),
  };
  return lists[list!]!;
}

test('a list takes the selectors of a plan: what they name, and what goes together with it', async () => {
  const expected: Record<string, string[]> = {
    tentacles: ['a1', 'a2', 'own1'],
    'tentacles --only talk': ['a2', 'own1'],
    'tentacles --only board:OWN-SLOW': ['own1'],
    'tentacles --only board:AIR_1': [],
    'tentacles --only feature:wlan --only board:A': ['a2'],
    'tentacles --only tag:tier=1 --only tag:tier=2': ['a1', 'a2'],
    'tentacles --skip feature:wlan': ['a1'],
    'tentacles --skip talk': ['a1', 'a2', 'own1'],
    'tentacles --only id:WIRED[OWN-SLOW]': ['own1'],
    'specs --only tentacle:own1': ['talk', 'wired', 'std'],
    'specs --only air': ['air'],
    'specs --only board:AIR_1': ['air', 'std'],
    'specs --only feature:wire --only feature:ble': ['wired', 'air'],
    'specs --skip feature:* --skip air': ['host'],
    'specs --only id:TALK[OWN,a]': ['talk'],
    'boards --only wired': ['OWN'],
    'boards --only tag:tier=1': ['A'],
    'boards --only board:AIR*': ['AIR_1'],
    'boards --only feature:wlan --only board:A': ['A'],
    'boards --skip feature:ble': ['A', 'OWN'],
    'features --only talk': ['wlan'],
    'features --only tentacle:own1 --skip feature:mcu': ['wlan', 'wire'],
    'features --only board:OWN --only wired': ['wire'],
    'features --only id:STD[A]': ['mcu'],
  };
  const found: Record<string, readonly string[]> = {};
  for (const question of Object.keys(expected)) found[question] = await left(question);
  expect(found).toEqual(expected);
});

test('testbed list: filtered; a name that nobody knows is a fault; a list with nothing in it says so', async () => {
  await using rig = new Rig();
  rig.lab('plans: [./own.yaml]\nsources: { here: . }\ntentacles: { v0: { board: VIRTUAL } }\n');
  rig.write(
    'own.yaml',
    [
      'plan: own',
      'specs:',
      '  host: { label: HOST, help: Here., timeout: 1m, cwd: "${source.here}", command: ["true"], results: exit-code }',
      '  tiny: { label: TINY, help: A board., timeout: 1m, roles: { dut: { feature: mcu } }, command: ["true"], results: exit-code }',
      '',
    ].join('\n'),
  );
  const [specs, plans, sources, none, unknown] = await Promise.all(
    [
      ['specs', '--only', 'tentacle:v0', '--format', 'json'],
      ['plans', '--only', 'tiny'],
      ['sources', '--only', 'tiny', '--format', 'json'],
      ['tentacles', '--only', 'board:RPI_PICO2'],
      ['specs', '--only', 'tinny'],
    ].map((args) => rig.run(['list', ...args])),
  );
  expect(JSON.parse(specs!.stdout)).toMatchObject([{ spec: 'tiny' }]);
  expect(plans!.stdout).toMatch(/^PLAN.*\nown +2 specs .*\n$/);
  expect(JSON.parse(sources!.stdout)).toEqual([]);
  expect(none).toMatchObject({
    exit: 0,
    stdout: '',
    stderr: 'testbed: what is selected has no tentacles.\n',
  });
  expect([unknown!.exit, unknown!.stdout]).toEqual([2, '']);
  expect(unknown!.stderr).toContain('--only "tinny": there is no spec "tinny". Did you mean "tiny"?');
});

test('boards of the catalogue can be selected where there is no lab', async () => {
  await using rig = new Rig();
  const { exit, stdout } = await rig.run([
    'list',
    'boards',
    '--only',
    'feature:ble',
    '--only',
    'board:NUCLEO*',
  ]);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^BOARD.*\nNUCLEO_WB55 .*\n$/);
});
