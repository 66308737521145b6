import { expect, test } from 'vitest';
import { planOrders } from '../../src/plan/plan-orders.ts';
import { parseSelection } from '../../src/plan/select.ts';
import { lab, roles } from './labs.ts';

const bench = lab({
  boards: {
    RPI_PICO: { features: ['mcu', 'extmod'] },
    RPI_PICO2: { variants: ['', 'RISCV'], features: ['mcu', 'extmod'] },
    RPI_PICO_W: { features: ['mcu', 'wlan'] },
    ESP32: { features: ['mcu', 'wlan'] },
  },
  tentacles: [
    ['2731', 'RPI_PICO2', { tags: { tier: '1' } }],
    ['2732', 'RPI_PICO2', { tags: { tier: '2' } }],
    ['5f2c', 'RPI_PICO_W', { tags: { tier: '1' } }],
    ['1830', 'RPI_PICO'],
  ],
  specs: [
    { name: 'standard', label: 'RUN-TESTS_STANDARD', priority: 2 },
    { name: 'multinet', label: 'RUN-MULTINET', roles: roles({ instance0: 'wlan', instance1: 'wlan' }) },
    { name: 'flash', label: 'FLASH', cover: 'each-tentacle', roles: roles({ dut: 'extmod' }) },
    { name: 'docs', label: 'DOCS', roles: [] },
    { name: 'bluetooth', roles: roles({ dut: 'ble' }) },
    { name: 'small', results: 'repl', cover: 'once' },
  ],
});

function select(only: readonly string[] = [], skip: readonly string[] = [], count = 1): string[] {
  const answer = parseSelection({ only, skip, tests: [] }, bench);
  if (!answer.ok) return answer.faults.map((fault) => `! ${fault}`);
  return [...planOrders(bench, { selection: answer.selection, count })].map(({ id }) => id);
}

test('everything: orders of a lab in the order of serving, by their ids', () => {
  expect(select()).toEqual([
    'RUN-TESTS_STANDARD[RPI_PICO2-RISCV]',
    'RUN-TESTS_STANDARD[RPI_PICO2]',
    'RUN-TESTS_STANDARD[RPI_PICO]',
    'RUN-TESTS_STANDARD[RPI_PICO_W]',
    'RUN-MULTINET[RPI_PICO_W,instance0]',
    'FLASH[RPI_PICO2-RISCV@2731]',
    'FLASH[RPI_PICO2-RISCV@2732]',
    'FLASH[RPI_PICO2@2731]',
    'FLASH[RPI_PICO2@2732]',
    'FLASH[RPI_PICO@1830]',
    'SMALL[any]',
    'DOCS',
  ]);
});

test('what only and skip leave', () => {
  expect(select(['standard', 'board:RPI_PICO2'])).toEqual([
    'RUN-TESTS_STANDARD[RPI_PICO2-RISCV]',
    'RUN-TESTS_STANDARD[RPI_PICO2]',
  ]);
  expect(select(['RUN-TESTS_*', 'board:RPI_PICO2-'])).toEqual(['RUN-TESTS_STANDARD[RPI_PICO2]']);
  expect(select(['standard', 'board:*-RISCV', 'board:RPI_PICO'])).toEqual([
    'RUN-TESTS_STANDARD[RPI_PICO2-RISCV]',
    'RUN-TESTS_STANDARD[RPI_PICO]',
  ]);
  expect(select(['flash', 'tentacle:2731'])).toEqual([
    'FLASH[RPI_PICO2-RISCV@2731]',
    'FLASH[RPI_PICO2@2731]',
  ]);
  expect(select(['feature:wlan'])).toEqual(['RUN-MULTINET[RPI_PICO_W,instance0]']);
  expect(select(['tag:tier=1', 'standard'])).toEqual([
    'RUN-TESTS_STANDARD[RPI_PICO2-RISCV]',
    'RUN-TESTS_STANDARD[RPI_PICO2]',
    'RUN-TESTS_STANDARD[RPI_PICO_W]',
  ]);
  expect(select(['docs'])).toEqual(['DOCS']);
  expect(select(['docs', 'standard'], ['board:RPI_PICO2', 'tentacle:5f2c'])).toEqual([
    'RUN-TESTS_STANDARD[RPI_PICO]',
    'DOCS',
  ]);
  expect(select(['id:DOCS', 'id:FLASH[RPI_PICO@1830]'], [], 2)).toEqual([
    'FLASH[RPI_PICO@1830]',
    'FLASH[RPI_PICO@1830]#2',
    'DOCS',
    'DOCS#2',
  ]);
  expect(select(['id:DOCS#7'])).toEqual(['DOCS#7']);
  expect(select(['docs'], ['id:DOCS#2'], 3)).toEqual(['DOCS', 'DOCS#3']);
});

test('a tentacle that is skipped is no partner either, one that is not selected may be', () => {
  const pair = lab({
    boards: { A: { features: ['wlan'] } },
    tentacles: [
      ['a1', 'A'],
      ['a2', 'A'],
    ],
    specs: [{ name: 'net', roles: roles({ one: 'wlan', two: 'wlan' }) }],
  });
  const plan = (request: { only?: string[]; skip?: string[] }) => {
    const answer = parseSelection({ only: [], skip: [], tests: [], ...request }, pair);
    return answer.ok
      ? [...planOrders(pair, { selection: answer.selection }).cursors].map(({ covering, obstacle }) => [
          covering.map(({ id }) => id),
          obstacle?.reason,
        ])
      : answer.faults;
  };
  expect(plan({ only: ['tentacle:a1'] })).toEqual([[['a1'], undefined]]);
  expect(plan({ skip: ['tentacle:a2'] })).toEqual([
    [['a1'], 'No partner for role two (wlan): no tentacle but a1 itself has it.'],
  ]);
});

test('arguments are appended to the commands of the specs that are named', () => {
  const answer = parseSelection(
    { only: [`standard:--via-mpy -e "a b"`, 'docs'], skip: [], tests: ['basics/*'] },
    bench,
  );
  if (!answer.ok) throw new Error(answer.faults.join());
  expect(answer.selection.extraArguments('standard')).toEqual(['--via-mpy', '-e', 'a b']);
  const words = (text: string): readonly string[] | string => {
    const split = parseSelection({ only: [`standard:${text}`], skip: [], tests: [] }, bench);
    return split.ok ? split.selection.extraArguments('standard') : split.faults.join();
  };
  // As a shell: quotes hold together what stands beside them, too.
  expect(words(`--define='a b'"c d" '' x"'"y`)).toEqual(['--define=a bc d', '', `x'y`]);
  expect(words(`-e 'a b`)).toContain('a quotation mark is not closed');
  expect(words(`-e 'a"b c`)).toContain('a quotation mark is not closed');
  expect(answer.selection.extraArguments('docs')).toEqual([]);
  expect(answer.selection.tests).toEqual(['basics/*']);
});

test('what nobody knows is a fault with the nearest name, all at once', () => {
  expect(
    select(
      ['stanard', 'board:RPI_PCIO', 'tentacle:9999'],
      ['feature:wlna', 'tag:teir=1', 'tag:tier', 'id:DOC', 'standard:-x', 'board:'],
    ),
  ).toEqual([
    '! --only "stanard": there is no spec "stanard". Did you mean "standard"?',
    '! --only "board:RPI_PCIO": there is no board or variant "RPI_PCIO". Did you mean "RPI_PICO"?',
    '! --only "tentacle:9999": there is no tentacle "9999". There are: 1830, 2731, 2732, 5f2c.',
    '! --skip "feature:wlna": there is no feature "wlna". Did you mean "wlan"?',
    '! --skip "tag:teir=1": there is no tag "teir=1". Did you mean "tier=1"?',
    '! --skip "tag:tier": a tag is written tag:KEY=VALUE.',
    '! --skip "id:DOC": there is no order "DOC". Did you mean "DOCS"?',
    '! --skip "standard:-x": arguments can only be appended by --only.',
    '! --skip "board:": something should stand after "board:".',
  ]);
  expect(select(['bord:RPI_PICO', 'small:-x', 'docs:"a'])).toEqual([
    '! --only "bord:RPI_PICO": there is no spec "bord". Did you mean "board:RPI_PICO"?',
    '! --only "small:-x": small has no command to append arguments to.',
    '! --only "docs:"a": a quotation mark is not closed.',
  ]);
});

test('a spec that is named and gives nothing is a fault', () => {
  expect(select(['bluetooth'])).toEqual(['! --only "bluetooth": no tentacle of this lab has ble.']);
  expect(select(['multinet', 'board:RPI_PICO'])).toEqual([
    '! --only "multinet": the other selectors leave none of its orders.',
  ]);
  expect(select(['board:ESP32'])).toEqual([
    '! --only "board:ESP32": no tentacle of this lab has that board. It has RPI_PICO, RPI_PICO2, RPI_PICO_W.',
  ]);
  expect(select(['feature:wlan', 'board:RPI_PICO'])).toEqual([
    '! --only "feature:wlan" "board:RPI_PICO": together they select nothing.',
  ]);
  expect(select([], ['*'])).toEqual([]);
});
