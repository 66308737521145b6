import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/config/duration.ts';
import { globFault } from '../../src/config/globs.ts';
import {
  expand,
  expandArgv,
  parseTemplate,
  TEMPLATE_NAMES,
  templateVariables,
} from '../../src/model/template.ts';
import type { Board, Tentacle } from '../../src/model/lab.ts';
import { suggest } from '../../src/util/suggest.ts';

test.each<[text: string, ms: number | undefined]>([
  ['6m', 360_000],
  ['60s', 60_000],
  ['1h30m', 5_400_000],
  ['500ms', 500],
  ['1.5s', 1500],
  ['1m500ms', 60_500],
  ['0s', 0],
  ['60', undefined],
  ['', undefined],
  ['5 s', undefined],
  ['30m1h', undefined],
  ['-1s', undefined],
  ['1.2.3s', undefined],
  ['s', undefined],
])('the duration %j is %j ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

test.each([
  [0, '0ms'],
  [1500, '1500ms'],
  [90_000, '90s'],
  [120_000, '2m'],
  [3_660_000, '61m'],
  [7_200_000, '2h'],
])('%j ms are the duration %j, and back', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
  expect(parseDuration(text)).toBe(ms);
});

const board: Board = {
  name: 'RPI_PICO2',
  port: 'rp2',
  mcu: 'rp2350',
  driver: 'serial',
  variants: ['', 'RISCV'],
  features: ['mcu'],
  usb: {},
  limits: { powerMs: 1, flashMs: 1, verifyMs: 1, setupMs: 1, teardownMs: 1 },
  perfbench: [150, 200],
};
const tentacle: Tentacle = {
  id: '2731',
  board: 'RPI_PICO2',
  features: ['mcu'],
  relays: {},
  tags: { tier: '1' },
  faults: [],
  leaseKey: 'x',
};
const variables = templateVariables({
  lab: 'bench',
  python: 'python3',
  sources: { micropython: '/src/mp' },
  env: { HOME: '/home/x', UNSET: undefined },
  secrets: { PASS: 'geheim' },
  stages: { www: { port: '8000', pid: '4711', dir: '/results/stages/www', user: 'bob' } },
  session: { id: '2026-11-20T23-11-05-4f2a', dir: '/results/2026-11-20T23-11-05-4f2a' },
  run: { dir: '/r', id: 'A[2731-RPI_PICO2-RISCV]~2', order: 'A[RPI_PICO2-RISCV]', attempt: 2 },
  roles: [
    { role: 'dut', port: '/dev/ttyACM0', tentacle, board, variant: 'RISCV', boardVariant: 'RPI_PICO2-RISCV' },
  ],
});

test('templates are replaced, an element that is just ${tests} becomes many', () => {
  expect(expand('${source.micropython}/tests', variables)).toBe('/src/mp/tests');
  expect(expand('a$b{c}$', variables)).toBe('a$b{c}$');
  expect(expand('$${HOME} ${env.HOME} $$$', variables)).toBe('${HOME} /home/x $$$');
  expect(expand('[${dut.tag.tier}${dut.tag.none}]', variables)).toBe('[1]');
  expect(expandArgv(['x', '-p${dut.port}', '${tests}', 'y'], variables, ['a b', '${lab}'])).toEqual([
    'x',
    '-p/dev/ttyACM0',
    'a b',
    '${lab}',
    'y',
  ]);
  expect(() => expand('${env.UNSET}', variables)).toThrow(
    'Internal error: expected a value for ${env.UNSET}',
  );
  expect(() => expand('${constructor}', variables)).toThrow('Internal error');
  expect(parseTemplate('a ${b')).toMatchObject({ ok: false, fault: { offset: 2, length: 3 } });
});

test('every name of the table has a value, and stands in the manual', () => {
  const manual = readFileSync('docs/design/plans.md', 'utf8');
  for (const { name, meaning } of TEMPLATE_NAMES) {
    expect(manual).toContain(`| \`${name}\` | ${meaning} |`);
    const concrete = name
      .replace('source.NAME', 'source.micropython')
      .replace('env.NAME', 'env.HOME')
      .replace('secret.NAME', 'secret.PASS')
      .replace('stage.NAME', 'stage.www')
      .replace('KEY', 'user')
      .replace('ROLE', 'dut')
      .replace('tag.K', 'tag.tier');
    if (name !== 'tests') expect(Object.keys(variables)).toContain(concrete);
  }
});

test.each<[typed: string, candidates: string[], meant: string | undefined]>([
  ['VIRTAUL', ['VIRTUAL', 'RPI_PICO'], 'VIRTUAL'],
  ['rpi_pico2', ['RPI_PICO', 'RPI_PICO2'], 'RPI_PICO2'],
  ['RPI_PICOW', ['RPI_PICO', 'RPI_PICO_W'], 'RPI_PICO_W'],
  ['RPI-PICO', ['RPI_PICO', 'RPI_PICO2'], 'RPI_PICO'],
  ['stand', ['standard', 'smoke'], 'standard'],
  ['feautres', ['features', 'faults'], 'features'],
  ['x', ['usb', 'port'], undefined],
  ['lab', ['lab'], undefined],
  ['zzzzzz', ['tentacles', 'boards'], undefined],
  ['a'.repeat(5000), ['b'], undefined],
])('%s is probably meant as %s: %s', (typed, candidates, meant) =>
  expect(suggest(typed, candidates)).toBe(meant),
);

test.each<[glob: string, fault: string | undefined]>([
  ['multi_net/*.py', undefined],
  ['a/!(b).py', undefined],
  ['[[]x', undefined],
  ['{a,b}/**/*.py', undefined],
  ['\\[x', undefined],
  ['[a', 'this is no glob: a "[" has no "]"'],
  ['{a,b', 'this is no glob: a "{" has no "}"'],
  ['[z-a]', 'this is no glob: "[z-a]" is no set of letters'],
  ['a)', 'this is no glob: a ")" has no "("'],
])('the glob %s', (glob, fault) => expect(globFault(glob)).toBe(fault));
