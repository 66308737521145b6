import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Rig, root } from '../support/rig.ts';

const LAB = `plans: [./plans/ours.yaml]
sources: { here: ., other: https://host/x.git@v1 }
specs:
  hello: { timeout: 90m }
  gone:
tentacles:
  v0: { board: VIRTUAL, features: [wlan], tags: { tier: 1 } }
  0010: { board: OWN, port: ./no-such-port }
boards:
  OWN: { port: rp2, mcu: rp2040, limits: { flash: 5s } }
expect: [{ test: x, reason: known for long }]
`;
const OVERLAY = `secrets: { WORD: hush "quietly", OTHER: unused }
specs: { hello: { env: { WORD: 'hush "quietly"', REF: "\${secret.WORD}" } } }
tentacles: { v0: { tags: { tier: 2 } } }
`;
const OURS = `plan: ours
extends: [./base.yaml]
specs:
  gone: { retries: 0 }
  hello: { command: [sh, -c, exit 1] }
`;
const BASE = `plan: base
specs:
  hello: { label: HELLO, help: Says hello., timeout: 1m, command: [sh, -c, exit 0], results: exit-code }
  gone: { label: GONE, help: x., timeout: 1m, command: [x], results: tap }
  radio:
    label: RADIO
    help: "Needs a board.\\e[31m"
    roles: { dut: { feature: wlan } }
    timeout: 2m
    cwd: \${source.here}
    files: "*.py"
    results: repl
`;
const SHOWN = `lab: rig # testbed.yaml:1
plans: [ ./plans/ours.yaml ] # testbed.yaml:3
python: python3 # default
state: RIG/state # testbed.yaml:2

sources:
  here: RIG # testbed.yaml:4
  other: https://host/x.git@v1 # testbed.yaml:4

secrets:
  WORD: "***" # testbed.local.yaml:1
  OTHER: "***" # $OTHER

tentacles:
  v0: # testbed.yaml:9
    board: VIRTUAL # testbed.yaml:9
    features:
      - mcu # default
      - wlan # testbed.yaml:9
    tags:
      tier: "2" # testbed.local.yaml:3, instead of 1 (testbed.yaml:9)
  "0010": # testbed.yaml:10
    board: OWN # testbed.yaml:10
    port: RIG/no-such-port # testbed.yaml:10
    features: [ mcu ] # default

boards:
  VIRTUAL: # <testbed>/plans/boards.yaml
    port: webassembly # <testbed>/plans/boards.yaml
    mcu: wasm # <testbed>/plans/boards.yaml
    driver: virtual # <testbed>/plans/boards.yaml
    variants: [ "", V127 ] # <testbed>/plans/boards.yaml
    features: [ mcu ] # default
    limits: # <testbed>/plans/boards.yaml
      power: 10s # <testbed>/plans/boards.yaml
      flash: 10s # <testbed>/plans/boards.yaml
      verify: 5s # <testbed>/plans/boards.yaml
      setup: 30s # <testbed>/plans/boards.yaml
      teardown: 5s # <testbed>/plans/boards.yaml
    perfbench: [ 100, 100 ] # default
  OWN: # testbed.yaml:12
    port: rp2 # testbed.yaml:12
    mcu: rp2040 # testbed.yaml:12
    driver: serial # default
    variants: [ "" ] # default
    features: [ mcu ] # default
    limits: # testbed.yaml:12
      power: 10s # default
      flash: 5s # testbed.yaml:12
      verify: 10s # default
      setup: 2m # default
      teardown: 20s # default
    perfbench: [ 100, 100 ] # default

specs:
  hello: # plans/base.yaml:3
    label: HELLO # plans/base.yaml:3
    help: Says hello. # plans/base.yaml:3
    cover: each-variant # default
    priority: 0 # default
    timeout: 90m # testbed.yaml:6, instead of 1m (plans/base.yaml:3)
    grace: 5s # default
    estimate: 9m # default
    retries: 1 # default
    retry-fails: 0 # default
    isolated: false # default
    env: { WORD: "***", REF: "\${secret.WORD}" } # testbed.local.yaml:2
    cwd: RIG/plans # default
    command: [ sh, -c, exit 1 ] # plans/ours.yaml:5, instead of [ sh, -c, exit 0 ] (plans/base.yaml:3)
    results: exit-code # plans/base.yaml:3
    allow-empty: false # default
  radio: # plans/base.yaml:5
    label: RADIO # plans/base.yaml:6
    help: "Needs a board.\\u001b[31m" # plans/base.yaml:7
    roles: { dut: { feature: wlan } } # plans/base.yaml:8
    cover: each-variant # default
    priority: 0 # default
    timeout: 2m # plans/base.yaml:9
    grace: 5s # default
    estimate: 12s # default
    retries: 1 # default
    retry-fails: 0 # default
    isolated: false # default
    cwd: \${source.here} # plans/base.yaml:10
    files: "*.py" # plans/base.yaml:11
    results: repl # plans/base.yaml:12
    allow-empty: false # default

expect: [ { test: x, reason: known for long } ] # testbed.yaml:13
# the spec gone is dropped: testbed.yaml:7
`;

function rigWithPlans(): Rig {
  const rig = new Rig();
  rig.lab(LAB);
  rig.write('testbed.local.yaml', OVERLAY);
  rig.write('plans/ours.yaml', OURS);
  rig.write('plans/base.yaml', BASE);
  return rig;
}

async function show(rig: Rig, ...args: string[]): Promise<string> {
  const ended = await rig.run(['check', '--show', ...args], { env: { OTHER: 'from the environment' } });
  expect(ended.exit, ended.stderr).toBe(0);
  return ended.stdout.replaceAll(rig.directory, 'RIG').replaceAll(root, 'ROOT');
}

test('check --show: every value that counts, and where it comes from', async () => {
  await using rig = rigWithPlans();
  const text = await show(rig);
  const column = text.indexOf('#');
  expect(text.split('\n').filter((line) => line.indexOf('#') === column).length).toBeGreaterThan(50);
  // Lines of the shipped catalogue move with it.
  const lines = text.replaceAll(/ +#/g, ' #').replaceAll(/(boards\.yaml):\d+/g, '$1');
  expect(lines).toBe(SHOWN);
});

const at = (file: string, line: number, column: number, kind: string) => ({
  kind,
  file: `RIG/${file}`,
  line,
  column,
});

test('check --show --format json: the same, by JSON pointer', async () => {
  await using rig = rigWithPlans();
  const document = JSON.parse(await show(rig, '--format', 'json')) as {
    config: unknown;
    origins: Record<string, unknown>;
    dropped: unknown;
  };
  expect(document).toMatchObject({ ok: true });
  expect(document.config).toEqual(parse(await show(rig)));
  expect(document.origins).toMatchObject({
    '/lab': at('testbed.yaml', 1, 6, 'lab'),
    '/python': { kind: 'default' },
    '/secrets/WORD': at('testbed.local.yaml', 1, 18, 'overlay'),
    '/secrets/OTHER': { kind: 'environment', name: 'OTHER' },
    '/tentacles/v0/tags/tier': {
      ...at('testbed.local.yaml', 3, 34, 'overlay'),
      instead: { origin: at('testbed.yaml', 9, 57, 'lab'), value: '1' },
    },
    '/boards/VIRTUAL/mcu': { kind: 'catalogue', file: 'ROOT/plans/boards.yaml' },
    '/specs/hello': at('plans/base.yaml', 3, 3, 'plan'),
    '/specs/hello/timeout': {
      ...at('testbed.yaml', 6, 21, 'lab'),
      instead: { origin: at('plans/base.yaml', 3, 54, 'plan'), value: '1m' },
    },
    '/specs/hello/command': {
      ...at('plans/ours.yaml', 5, 21, 'plan'),
      instead: { origin: at('plans/base.yaml', 3, 67, 'plan'), value: ['sh', '-c', 'exit 0'] },
    },
    '/specs/hello/command/2': at('plans/ours.yaml', 5, 30, 'plan'),
    '/specs/hello/estimate': { kind: 'default' },
    '/specs/hello/env/WORD': at('testbed.local.yaml', 2, 32, 'overlay'),
  });
  expect(document.dropped).toEqual([{ spec: 'gone', origin: at('testbed.yaml', 7, 3, 'lab') }]);
  expect(JSON.stringify(document)).not.toContain('quietly');
});

test('check --show --only: the part that a selector means', async () => {
  await using rig = rigWithPlans();
  const names = async (...args: string[]) => {
    const config = parse(await show(rig, ...args)) as Record<string, object>;
    return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, Object.keys(value)]));
  };
  expect(await names('--only', 'hello')).toEqual({ specs: ['hello'] });
  expect(await names('--only', 'RADIO')).toEqual({
    tentacles: ['v0'],
    boards: ['VIRTUAL'],
    specs: ['radio'],
  });
  expect(await names('--skip', 'radio')).toEqual({ specs: ['hello'] });
  const wrong = await rig.run(['check', '--show', '--only', 'helo']);
  expect([wrong.exit, wrong.stdout]).toEqual([2, '']);
  expect(wrong.stderr).toContain('Did you mean "hello"?');
  const pointless = await rig.run(['check', '--only', 'hello']);
  expect([pointless.exit, pointless.stderr]).toEqual([
    2,
    'testbed: --only and --skip narrow what --show prints; without it everything is checked.\n  For example: testbed check --show --only smoke\n',
  ]);
});

test('check --show: what the command line says, and faults as without it', async () => {
  await using rig = rigWithPlans();
  expect(await show(rig, '--source', 'here=/')).toMatch(/^ {2}here: \/ +# --source$/m);
  const one = parse(await show(rig, '--port', 'a0', '--board', 'RPI_PICO2')) as Record<string, object>;
  expect(one).toMatchObject({
    lab: 'one',
    tentacles: { a0: { board: 'RPI_PICO2', port: 'a0', features: ['mcu'] } },
  });
  rig.write('plans/base.yaml', 'plan: base\n');
  const wrong = await rig.run(['check', '--show', '--format', 'json']);
  expect(wrong.exit).toBe(2);
  expect(JSON.parse(wrong.stdout)).toMatchObject({ ok: false, diagnostics: expect.any(Array) });
  expect(JSON.parse(wrong.stdout)).not.toHaveProperty('config');
});

test('stages with what was laid over them, hooks and resources, each with its place', async () => {
  await using rig = new Rig();
  rig.lab(`plans: [./top.yaml]
resources: { analyser: 2 }
stages:
  www: { limit: 2m }
  old:
hooks: { tell: { on: [warning], command: [./tell.sh] } }
`);
  rig.write('top.yaml', 'plan: top\nextends: [./base.yaml]\nstages: { www: { ready: { file: up } } }\n');
  rig.write(
    'base.yaml',
    `plan: base
stages:
  www: { command: [./serve], ready: { port: 80 }, limit: 1m }
  old: { command: [./old], ready: { port: 81 } }
specs:
  a: { label: A, help: a, timeout: 1m, stage: www, uses: { analyser: 1 }, command: [./a], results: exit-code }
`,
  );
  const { exit, stdout, stderr } = await rig.run(['check', '--show']);
  expect([exit, stderr]).toEqual([0, '']);
  const lines = stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());
  const section = (from: string): string[] =>
    lines.slice(lines.indexOf(from), lines.indexOf('', lines.indexOf(from)));
  expect(section('resources: { analyser: 2 } # testbed.yaml:4')).not.toEqual([]);
  expect(section('hooks:')).toEqual([
    'hooks:',
    'tell: # testbed.yaml:8',
    'on: [ warning ] # testbed.yaml:8',
    'command: [ ./tell.sh ] # testbed.yaml:8',
    'timeout: 30s # default',
    `cwd: ${rig.directory} # default`,
    '# the stage old is dropped: testbed.yaml:7',
  ]);
  expect(section('stages:')).toEqual([
    'stages:',
    'www: # base.yaml:3',
    'command: [ ./serve ] # base.yaml:3',
    'ready: { file: up } # top.yaml:3',
    'restart: always # default',
    'limit: 2m # testbed.yaml:6, instead of 1m (base.yaml:3)',
    'grace: 5s # default',
    `cwd: ${rig.directory} # default`,
  ]);
  const json = JSON.parse((await rig.run(['check', '--show', '--format', 'json'])).stdout) as {
    readonly dropped: readonly unknown[];
  };
  expect(json.dropped).toEqual([
    { stage: 'old', origin: { kind: 'lab', file: `${rig.directory}/testbed.yaml`, line: 7, column: 3 } },
  ]);
});

test('check --port alone asks the board, whatever the format', async () => {
  await using rig = new Rig();
  rig.write('elsewhere.yaml', `lab: elsewhere\nstate: ${rig.state}\ntentacles: { b0: { board: VIRTUAL } }\n`);
  const serving = rig.start(['tentacle', 'serve', 'b0', '-c', 'elsewhere.yaml']);
  await serving.printed('tty');
  const port = serving.output().trim().split(/\s+/).at(-1) ?? '';
  const env = { XDG_STATE_HOME: rig.state };
  const shown = await rig.run(['check', '--show', '--port', port], { env });
  const { stdout } = await rig.run(['check', '--show', '--port', port, '--format', 'json'], { env });
  const { config } = JSON.parse(stdout) as { readonly config: { readonly tentacles: unknown } };
  const { tentacles } = parse(shown.stdout) as { readonly tentacles: unknown };
  expect(config.tentacles).toEqual(tentacles);
  expect(JSON.stringify(tentacles)).toContain('"board":"VIRTUAL"');
});
