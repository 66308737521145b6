import { expect, test } from 'vitest';
import type { Diagnostic } from '../../src/diagnostic/diagnostic.ts';
import { diagnosticDocument } from '../../src/diagnostic/document.ts';
import { formatDiagnostic } from '../../src/diagnostic/format.ts';
import { positionOf } from '../../src/diagnostic/position.ts';
import { widthOf } from '../../src/diagnostic/width.ts';

function format(text: string, marked: string, more: Partial<Diagnostic> = {}): string {
  const source = { file: '/lab/testbed.yaml', text };
  const range = { offset: text.indexOf(marked), length: marked.length };
  const diagnostic: Diagnostic = { severity: 'error', message: 'no', source, range, ...more };
  return formatDiagnostic(diagnostic, { color: false, cwd: '/lab' });
}

test('a range over several lines is underlined where its text is, and cut after three', () => {
  expect(format('a:\n  - one\n  - two\nb: 1\n', '- one\n  - two')).toBe(
    `testbed.yaml:2:3: error: no
      2 |   - one
        |   ~~~~~
      3 |   - two
        |   ~~~~~`,
  );
  expect(format('a\nb\nc\nd\ne\n', 'a\nb\nc\nd').split('\n').at(-1)).toBe('        | …');
});

test('what takes two columns, or none, or is a tab, does not move the squiggle; what would move the cursor is shown as a dot', () => {
  expect(format('名前: größe\tx', 'größe')).toBe(
    `testbed.yaml:1:5: error: no
      1 | 名前: größe x
        |       ~~~~~`,
  );
  expect(format('a\u001b[31m: e\u0301 bad', 'bad')).toBe(
    `testbed.yaml:1:12: error: no
      1 | a·[31m: e\u0301 bad
        |           ~~~`,
  );
});

test('a long line is cut around what is wrong in it', () => {
  const line = `${'x'.repeat(500)} wrong ${'y'.repeat(500)}`;
  const [place, shown = '', marks = ''] = format(line, 'wrong').split('\n');
  expect(place).toBe('testbed.yaml:1:502: error: no');
  expect(shown.length).toBe(80);
  expect(shown.slice(marks.indexOf('~'), marks.lastIndexOf('~') + 1)).toBe('wrong');
});

test('of a long line, as much is shown as there are columns: its beginning if the fault is there, wide letters counted twice', () => {
  const lines = (text: string, marked: string): string[] => format(text, marked).split('\n').slice(1);
  expect(lines(`a: wrong ${'y'.repeat(100)}`, 'wrong')).toEqual([
    `      1 | a: wrong ${'y'.repeat(60)}…`,
    '        |    ~~~~~',
  ]);
  expect(lines(`${'x'.repeat(100)} wrong`, 'wrong')).toEqual([
    `      1 | …${'x'.repeat(63)} wrong`,
    `        | ${' '.repeat(65)}~~~~~`,
  ]);
  expect(lines(`${'名'.repeat(50)} wrong`, 'wrong')[0]).toMatch(/^ {6}1 \| …名{2,} wrong$/);
  for (const line of lines('名'.repeat(200), '名'.repeat(100))) expect(widthOf(line)).toBeLessThanOrEqual(80);
  expect(
    format('\n'.repeat(12_344) + 'wrong', 'wrong')
      .split('\n')
      .slice(1),
  ).toEqual(['    12345 | wrong', '          | ~~~~~']);
});

test('columns count characters, in whatever order they are asked for', () => {
  const text = 'a: 😀😀 b\n😀 c: 😀 d\n';
  const at = (offset: number): string => {
    const { line, column } = positionOf(text, offset);
    return `${line}:${column}`;
  };
  expect([8, 10, 12, 16, 13, 3, 99].map(at)).toEqual(['1:7', '2:1', '2:2', '2:6', '2:3', '1:4', '3:1']);
});

test('a tab that is wrong is seen; what a message quotes can not move the cursor, and has an end', () => {
  expect(format('a:\n\tb: c\n', '\t').split('\n').slice(1)).toEqual(['      2 | →b: c', '        | ~']);
  const message = `no board "\u001b[2J\nerror: ${'x'.repeat(10_000)}"`;
  const [first = '', ...more] = format('lab: x', 'x', { message }).split('\n');
  expect(first).toMatch(/^testbed\.yaml:1:6: error: no board "·\[2J·error: x+…$/);
  expect(first.length).toBeLessThan(600);
  expect(more).toHaveLength(2);
});

test('sentences are wrapped for a terminal, and only for one', () => {
  const source = { file: '/lab/testbed.yaml', text: 'lab: x' };
  const diagnostic: Diagnostic = {
    severity: 'warning',
    message: 'the environment variable WLAN_SSID is not set',
    source,
    range: { offset: 5, length: 1 },
    expected: 'a name of letters and digits that begins with a letter',
    suggestion: 'set it',
  };
  const layout = { color: false, cwd: '/lab' };
  expect(formatDiagnostic(diagnostic, { ...layout, columns: 50 })).toBe(
    `testbed.yaml:1:6: warning: the environment
      variable WLAN_SSID is not set
      1 | lab: x
        |      ~
    expected: a name of letters and digits that
      begins with a letter
    set it`,
  );
  expect(formatDiagnostic(diagnostic, layout).split('\n')).toHaveLength(5);
});

test('the end of a file, Windows line ends, an empty range', () => {
  expect(format('lab: x\r\nplans: y\r\n', 'x')).toBe(
    'testbed.yaml:1:6: error: no\n      1 | lab: x\n        |      ~',
  );
  const source = { file: '/elsewhere/x.yaml', text: 'lab: x' };
  const at = (offset: number): string =>
    formatDiagnostic(
      { severity: 'warning', message: 'end', source, range: { offset, length: 0 } },
      { color: false, cwd: '/lab' },
    );
  expect(at(6)).toBe('/elsewhere/x.yaml:1:7: warning: end\n      1 | lab: x\n        |       ~');
  expect(at(0)).toBe('/elsewhere/x.yaml:1:1: warning: end\n      1 | lab: x\n        | ~');
});

test('everything that a diagnostic can say, in colour and as JSON', () => {
  const source = { file: '/lab/testbed.yaml', text: 'a: 1\na: 2\n' };
  const diagnostic: Diagnostic = {
    severity: 'error',
    message: 'twice',
    source,
    range: { offset: 5, length: 1 },
    expected: 'once',
    found: 'twice',
    suggestion: 'remove one',
    also: [{ message: 'the first', source, range: { offset: 0, length: 1 } }],
  };
  const colored = formatDiagnostic(diagnostic, { color: true, cwd: '/lab' });
  const plain = formatDiagnostic(diagnostic, { color: false, cwd: '/lab' });
  // oxlint-disable-next-line no-control-regex
  expect(colored.replaceAll(/\u001b\[\d*m/g, '')).toBe(plain);
  expect(colored).toContain('\u001b[31m~\u001b[0m');
  expect(plain).toBe(`testbed.yaml:2:1: error: twice
      2 | a: 2
        | ~
    expected: once
    found: twice
    remove one
    testbed.yaml:1:1: the first
          1 | a: 1
            | ~`);
  expect(diagnosticDocument(diagnostic)).toEqual({
    severity: 'error',
    message: 'twice',
    file: '/lab/testbed.yaml',
    line: 2,
    column: 1,
    endLine: 2,
    endColumn: 2,
    expected: 'once',
    found: 'twice',
    suggestion: 'remove one',
    also: [{ message: 'the first', file: '/lab/testbed.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 }],
  });
  expect(formatDiagnostic({ severity: 'error', message: 'no place' }, { color: false })).toBe(
    'error: no place',
  );
});
