import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { publicSchema } from '../../src/config/schema.ts';
import { Rig, root } from '../support/rig.ts';

const LAB = `
plans: [./own.yaml]
sources: { here: . }
tentacles:
  v0: { board: VIRTUAL, tags: { tier: 1 } }
  2731: { board: RPI_PICO2, port: ./no-such-port, features: [wlan] }
  old1: { board: OWN, disabled: bent connector, port: ./other }
boards:
  OWN: { port: rp2, mcu: rp2040, variants: ['', SLOW] }
`;
const PLAN = `
plan: own
specs:
  talk: { label: TALK, help: Two boards talk., roles: { a: { feature: wlan }, b: { feature: mcu } }, timeout: 90s, command: ["true"], results: exit-code }
  host: { label: HOST, help: Runs here., timeout: 1m, cwd: "\${source.here}", command: ["true"], results: exit-code }
`;

function rigWithLab(lab = LAB): Rig {
  const rig = new Rig();
  rig.lab(lab);
  rig.write('own.yaml', PLAN);
  return rig;
}

/** What a command says, with this rig's directory as `RIG`; it must end with this exit code. */
async function say(rig: Rig, exit: number, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const ended = await rig.run(args);
  const plain = (printed: string): string =>
    printed.replaceAll(rig.directory, 'RIG').replaceAll(root, 'ROOT');
  expect(ended.exit, `testbed ${args.join(' ')}: ${ended.stderr}`).toBe(exit);
  return { stdout: plain(ended.stdout), stderr: plain(ended.stderr) };
}

function text(...lines: string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

test('check: what the lab holds, or every fault with its place', async () => {
  await using rig = rigWithLab();
  expect(await say(rig, 0, 'check')).toEqual({
    stdout: '',
    stderr:
      'testbed: lab rig (RIG/testbed.yaml) has 3 tentacles, 2 specs, 1 source, no warnings and no fault.\n',
  });
  expect(JSON.parse((await say(rig, 0, 'check', '--format', 'json')).stdout)).toEqual({
    format: 1,
    ok: true,
    errors: 0,
    warnings: 0,
    diagnostics: [],
  });
  rig.lab('plans: [smok]\ntentacles:\n  v0: { board: VIRTUEL }\n');
  expect((await say(rig, 2, 'check')).stderr).toBe(
    text(
      'testbed.yaml:3:9: error: there is no plan "smok"',
      '      3 | plans: [smok]',
      '        |         ~~~~',
      '    expected: a shipped plan (micropython, smoke), the path of a file, or an npm package',
      '    did you mean "smoke"?',
      '',
      'testbed.yaml:5:16: error: there is no board "VIRTUEL"',
      '      5 |   v0: { board: VIRTUEL }',
      '        |                ~~~~~~~',
      '    did you mean "VIRTUAL"?',
      '',
      'testbed: 2 faults in the configuration; nothing was run.',
    ),
  );
  expect(JSON.parse((await say(rig, 2, 'check', '--format', 'json')).stdout)).toMatchObject({
    ok: false,
    diagnostics: [
      { severity: 'error', message: 'there is no plan "smok"', line: 3, column: 9, endColumn: 13 },
      { file: 'RIG/testbed.yaml', line: 5, suggestion: 'did you mean "VIRTUAL"?' },
    ],
  });
});

test('list: each of its kinds, as a table and as JSON', async () => {
  await using rig = rigWithLab();
  const list = async (what: string): Promise<[string, Record<string, unknown>[]]> => [
    (await say(rig, 0, 'list', what)).stdout,
    JSON.parse((await say(rig, 0, 'list', what, '--format', 'json')).stdout) as Record<string, unknown>[],
  ];
  const [tentacles, tentaclesJson] = await list('tentacles');
  // What else is connected here stands behind the port that is missing.
  expect(tentacles.split('\n')).toEqual([
    expect.stringMatching(/^TENTACLE +BOARD +CONNECTED +HELD +FEATURES +TAGS$/),
    expect.stringMatching(/^2731 +RPI_PICO2 +no: RIG\/no-such-port: there is no such port.* {2}mcu, wlan$/),
    expect.stringMatching(/^v0 +VIRTUAL +virtual +mcu +tier=1$/),
    expect.stringMatching(/^old1 +OWN +no: .* +disabled: bent connector +mcu$/),
    '',
  ]);
  expect(tentaclesJson[1]).toEqual({
    tentacle: 'v0',
    board: 'VIRTUAL',
    connected: 'virtual',
    features: ['mcu'],
    tags: ['tier=1'],
  });

  const [specs, specsJson] = await list('specs');
  expect(specs).toBe(
    text(
      'SPEC  NEEDS       TIMEOUT  HELP',
      'talk  wlan + mcu  90s      Two boards talk.',
      'host  host        1m       Runs here.',
    ),
  );
  expect(specsJson[0]).toEqual({
    spec: 'talk',
    label: 'TALK',
    roles: ['a:wlan', 'b:mcu'],
    needs: 'wlan + mcu',
    results: 'exit-code',
    timeout: '90s',
    plan: 'own',
    help: 'Two boards talk.',
  });

  const [boards, boardsJson] = await list('boards');
  expect(boards).toContain(
    '\nRPI_PICO2                      rp2350   "", RISCV                  mcu             picotool\n',
  );
  expect(boards).toContain('\nOWN                            rp2040   "", SLOW                   mcu\n');
  expect(boardsJson.find(({ board }) => board === 'OWN')).toEqual({
    board: 'OWN',
    port: 'rp2',
    mcu: 'rp2040',
    variants: ['', 'SLOW'],
    features: ['mcu'],
    driver: 'serial',
  });

  const [plans, plansJson] = await list('plans');
  expect(plans).toBe(
    text(
      'PLAN         HERE      FILE',
      'micropython  not used  ROOT/plans/micropython.yaml',
      'smoke        not used  ROOT/plans/smoke.yaml',
      'own          2 specs   RIG/own.yaml',
    ),
  );
  expect(plansJson[2]).toEqual({ plan: 'own', here: '2 specs', file: 'RIG/own.yaml' });

  const [features, featuresJson] = await list('features');
  expect(features).toBe(
    text('FEATURE  TENTACLES       SPECS', 'mcu      2731, v0, old1  talk', 'wlan     2731            talk'),
  );
  expect(featuresJson[1]).toEqual({ feature: 'wlan', tentacles: ['2731'], specs: ['talk'] });

  const [sources, sourcesJson] = await list('sources');
  // The column is as wide as the directory's real name.
  expect(sources.replaceAll(/ {2,}/g, '  ')).toBe(text('SOURCE  SPEC  SPECS', 'here  RIG  host'));
  expect(sourcesJson).toEqual([{ source: 'here', spec: 'RIG', specs: ['host'] }]);
});

test('list: a source that only a stage or a teardown reads is used, and so is a plan that brings only stages', async () => {
  await using rig = new Rig();
  rig.lab('plans: [./own.yaml, ./stages.yaml]\nsources: { served: ., tidied: ., spare: . }\ntentacles: {}\n');
  rig.write(
    'stages.yaml',
    'plan: stages\nstages:\n  www: { command: [./serve], ready: { port: 80 }, cwd: "${source.served}" }\n  app: { after: [www], command: [./app], ready: { port: 81 } }\n',
  );
  rig.write(
    'own.yaml',
    'plan: own\nspecs:\n  one: { label: ONE, help: x., timeout: 1m, stage: app, command: [a], teardown: [["${source.tidied}/t"]], results: exit-code }\n',
  );
  const rows = async (what: string) =>
    JSON.parse((await say(rig, 0, 'list', what, '--format', 'json')).stdout) as Record<string, unknown>[];
  expect((await rows('sources')).map(({ source, specs }) => [source, specs])).toEqual([
    ['served', ['one']],
    ['tidied', ['one']],
    ['spare', []],
  ]);
  expect((await rows('plans')).slice(2).map(({ plan, here }) => [plan, here])).toEqual([
    ['stages', '0 specs'],
    ['own', '1 spec'],
  ]);
});

test('list: what testbed brings needs no lab; all else says that there is none', async () => {
  await using rig = new Rig();
  expect((await say(rig, 0, 'list', 'plans')).stdout).toBe(
    text(
      'PLAN         FILE',
      'micropython  ROOT/plans/micropython.yaml',
      'smoke        ROOT/plans/smoke.yaml',
    ),
  );
  expect((await say(rig, 2, 'list', 'specs')).stderr).toContain('there is no lab file here');
  expect((await say(rig, 2, 'list', 'bords')).stderr).toBe(
    text(
      'testbed: there is no list of "bords", only of tentacles, specs, boards, plans, features, sources.',
      '  Did you mean "testbed list boards"?',
    ),
  );
});

test('schema: the JSON Schema of lab, plan and event', async () => {
  await using rig = new Rig();
  for (const name of ['lab', 'plan', 'user', 'event'] as const) {
    const { stdout, stderr } = await say(rig, 0, 'schema', name);
    expect([JSON.parse(stdout), stderr]).toEqual([publicSchema(name), '']);
    expect(stdout, 'whole: nothing has to be fetched').not.toMatch(/"\$ref": "(?!#)/);
  }
  expect((await say(rig, 2, 'schema', 'lap')).stderr).toBe(
    text(
      'testbed: there is no schema "lap", only lab, plan, user, event.',
      '  Did you mean "testbed schema lab"?',
    ),
  );
});

test('run --dry-run says what plan says, and runs nothing', async () => {
  await using rig = rigWithLab();
  const plan = await say(rig, 0, 'plan', '--only', 'host');
  expect(plan).toEqual({
    stdout: text(
      'host  HOST  Runs here.',
      '└─ host ▸ this machine',
      '',
      'rig: 1 order of 1 spec.',
      '1 of 3 tentacles can serve; about 6.0 s of work, one after the other.',
    ),
    stderr: '',
  });
  expect(await say(rig, 0, 'run', '--dry-run', '--only', 'host')).toEqual(plan);
  expect(existsSync(`${rig.directory}/results`)).toBe(false);
});

test.each(['log', 'replay', 'report'])('%s: where there is no session, what to do', async (command) => {
  await using rig = rigWithLab();
  const told = {
    stdout: '',
    stderr: text(
      'testbed: there is no session in RIG/results yet.',
      '  Make one with "testbed run", or say where they are with --results DIR.',
    ),
  };
  expect(await say(rig, 2, command)).toEqual(told);
  rig.write('results/.keep', '');
  expect(await say(rig, 2, command)).toEqual(told);
});

test('a state directory that can not be used: no list of tentacles; a plan, and what runs, without who holds what', async () => {
  await using rig = rigWithLab();
  rig.write('file', '');
  rig.write('testbed.yaml', rig.read('testbed.yaml').replace(rig.state, './file'));
  const why = 'RIG/file/leases can not be used (ENOTDIR): something that is no directory is in the way.';
  expect((await say(rig, 2, 'list', 'tentacles')).stderr).toContain(`testbed: ${why}`);
  for (const command of ['plan', 'ps'])
    expect((await say(rig, 0, command)).stderr, command).toContain(
      `testbed: who holds what is not known: ${why}`,
    );
  // Not even a directory is made for it, so "latest" is still the one before.
  rig.write(
    'own.yaml',
    `${PLAN}  one: { label: ONE, help: One board., roles: { dut: { feature: mcu } }, timeout: 1m, command: ["true"], results: exit-code }\n`,
  );
  expect((await say(rig, 2, 'run')).stderr).toContain('testbed: RIG/file can not be used (EEXIST)');
  expect(existsSync(path.join(rig.directory, 'results'))).toBe(false);
});
