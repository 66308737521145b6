import { expect, test } from 'vitest';
import { replVerdict, type ReplFacts } from '../../src/audit/repl.ts';

function told(output: string, more: Partial<ReplFacts> & { exp?: string; cpython?: string } = {}): string {
  const { exp, cpython, ...rest } = more;
  const expected =
    exp === undefined
      ? cpython === undefined
        ? undefined
        : { text: cpython, origin: 'cpython' as const }
      : { text: exp, origin: 'exp' as const };
  const { verdict, reason, exceptionClass } = replVerdict({ output, stderr: '', expected, ...rest });
  return [verdict, exceptionClass, reason].filter((part) => part !== undefined).join(' | ');
}

test('the same output passes, whatever ends its lines', () => {
  expect(told('a\r\nb\r\n', { exp: 'a\nb\n' })).toBe('pass');
  expect(told('a\r\r\nb\r\n', { cpython: 'a\r\nb' })).toBe('pass');
  expect(told('', { exp: '' })).toBe('pass');
});

test('a difference is told by its first line', () => {
  expect(told('a\nB\nc\n', { exp: 'a\nb\nc\n' })).toBe('fail | line 2: expected "b", got "B"');
  expect(told('a\n', { exp: 'a\nb\n' })).toBe('fail | line 2: expected "b", got the end of the output');
  expect(told('a\nb\n', { cpython: 'a\n' })).toBe('fail | line 2: expected the end of the output, got "b"');
  expect(told(' a\n', { exp: 'a\n' })).toBe('fail | line 1: expected "a", got " a"');
  const long = 'x'.repeat(100);
  expect(told(`${long}1\n`, { exp: `${long}2\n` })).toBe(
    `fail | line 1: expected …"${'x'.repeat(59)}2", got …"${'x'.repeat(59)}1"`,
  );
});

test('SKIP skips, unless it is just what is expected', () => {
  expect(told('SKIP\r\n', { cpython: 'other\n' })).toBe('skip | the test says SKIP');
  expect(told('SKIP-TOO-LARGE\n', {})).toBe('skip | too large for the board');
  expect(told('begin\nSKIP\n', { cpython: 'begin\nend\n' })).toBe('skip | the test says SKIP');
  expect(told('begin\nSKIP\n', { exp: 'begin\nend\n' })).toBe('skip | the test says SKIP');
  expect(told('begin\nSKIP\n', { exp: 'begin\nSKIP\n' })).toBe('pass');
  expect(told('SKIP no pin is wired\n', { exp: 'ok\n' })).toBe('skip | no pin is wired');
  expect(told('SKIP: no pin is wired\n', { cpython: 'ok\n' })).toBe('skip | no pin is wired');
  expect(told('SKIP no pin is wired\n', { exp: 'SKIP no pin is wired\n' })).toBe('pass');
  expect(told('begin\nSKIP no pin\n', { exp: 'begin\n' })).toMatch(/^fail/);
  expect(told('SKIPPED\n', { exp: 'ok\n' })).toBe('fail | line 1: expected "ok", got "SKIPPED"');
});

test('an exception fails with its class, its words and its line', () => {
  const traceback =
    'Traceback (most recent call last):\r\n  File "<stdin>", line 3, in <module>\r\n  File "<stdin>", line 7, in f\r\n';
  expect(told('a\n', { stderr: `${traceback}ValueError: no: such thing\r\n`, exp: 'a\n' })).toBe(
    'fail | ValueError | ValueError: no: such thing (line 7)',
  );
  expect(told('', { stderr: `${traceback}KeyboardInterrupt: \r\n` })).toBe(
    'fail | KeyboardInterrupt | KeyboardInterrupt (line 7)',
  );
  expect(told('', { stderr: `${traceback}AssertionError\r\n` })).toBe(
    'fail | AssertionError | AssertionError (line 7)',
  );
  expect(told('', { stderr: `${traceback}MemoryError: memory allocation failed\r\n`, started: false })).toBe(
    'skip | too large for the board',
  );
  expect(
    told('', { stderr: `${traceback}MemoryError: memory allocation failed\r\n`, started: true }),
  ).toMatch(/^fail \| MemoryError/);
  expect(told('', { stderr: `${traceback}ImportError: no module named 'unittest'\r\n` })).toBe(
    'error | ImportError | the board has no module unittest; the spec should say "needs: [unittest]"',
  );
});

test('an exception that a multi-test printed says more than a difference', () => {
  const traceback = 'Traceback (most recent call last):\n  File "<stdin>", line 4, in <module>\n';
  const output = `--- instance0 ---\n--- instance1 ---\n${traceback}ImportError: no module named 'socket'\nmore: x\n`;
  expect(told(output, { exp: '--- instance0 ---\n--- instance1 ---\nok\n' })).toBe(
    "fail | ImportError | instance1: ImportError: no module named 'socket' (line 4)",
  );
  expect(told(output, { exp: output })).toBe('pass');
  expect(told(output, { exp: `x\n${traceback}` })).toMatch(/^fail \| line 1/);
  expect(told('Traceback (most recent call last):\n', { exp: 'a\n' })).toMatch(/^fail \| line 1/);
});

test('where CPython fails as well, its traceback is not told as what was expected', () => {
  const traceback = 'Traceback (most recent call last):\n  File "x.py", line 4, in <module>\n';
  const cpython = `CPYTHON3 CRASH:\n${traceback}ModuleNotFoundError: No module named 'machine'\n`;
  expect(told('ok\n', { cpython })).toBe(
    "fail | no .exp file says what it should print, and CPython fails: ModuleNotFoundError: No module named 'machine'",
  );
  const board = `${traceback}ImportError: no module named 'pyb'\nCRASH`;
  expect(told(board, { exp: cpython })).toBe(
    "fail | ImportError | ImportError: no module named 'pyb' (line 4)",
  );
});

/** How unittest ends. */
function summary(ran: number, result: string): string {
  return `test_a (T) ... ok\n${'-'.repeat(70)}\nRan ${ran} tests\n\n${result}\n`;
}

test('where unittest sums up, its word counts', () => {
  expect(told(summary(3, 'OK'), { cpython: 'other' })).toBe('pass');
  expect(told(summary(3, 'OK (skipped=1)'))).toBe('pass | unittest skipped 1 of 3');
  expect(told(summary(3, 'OK (skipped=3)'))).toBe('skip | unittest skipped all 3 tests');
  expect(told(summary(0, 'OK'))).toBe('fail | unittest: no test ran');
  expect(told(`test_b (T) ... FAIL\n${summary(3, 'FAILED (failures=1, errors=0)')}`)).toBe(
    'fail | unittest: 3 tests ran, failures=1, errors=0; first test_b (T)',
  );
  // Some tests that use unittest have an .exp from before they did.
  expect(told(summary(3, 'OK'), { exp: 'something else\n' })).toBe('pass');
  expect(told(summary(1, 'FAILED (failures=1, errors=0)'), { exp: summary(1, 'OK') })).toMatch(
    /^fail \| unittest/,
  );
});

test('nobody knows what it should print: an error, never a pass', () => {
  expect(told('a\n', { unknown: 'CPython can not run it: ImportError' })).toBe(
    'error | nobody knows what it should print: CPython can not run it: ImportError',
  );
});

test('wildcards of .exp files: any lines, and patterns behind a backslash', () => {
  const exp = 'start\n########\nmem: \\\\d\\+ of \\.\\+\n########\nend\n';
  expect(told('start\nx\ny\nmem: 12 of 3k (a)\nend\n', { exp })).toBe('pass');
  expect(told('start\nmem: 12 of 3k\nz\nend\n', { exp })).toBe('pass');
  expect(told('start\nmem: many\nend\n', { exp })).toMatch(/^fail \| no line from line 2 on is "mem/);
  expect(told('start\nmem: 12 of 3k\nend\nmore\n', { exp })).toBe(
    'fail | line 4: expected the end of the output, got "more"',
  );
  expect(told('start\nmem: 1 of 2\n', { exp })).toMatch(/^fail \| no line from line 3 on/);
  expect(told('a\nb\n', { exp: 'a\n########\n' })).toBe('pass');
  expect(told('File "/x/y.py", line 1\n', { exp: 'File "\\.\\+y.py", line 1\n' })).toBe('pass');
  expect(told('File "/x/zzpy", line 1\n', { exp: 'File "\\.\\+y.py", line 1\n' })).toMatch(/^fail/);
  // Only a .exp file has wildcards, and one without them is compared letter by letter.
  expect(told('a\nb\n', { cpython: '########\n' })).toMatch(/^fail/);
  expect(told(String.raw`b'x01'` + '\n', { exp: String.raw`b'\x01'` + '\n' })).toMatch(/^fail/);
  expect(told('axb\n', { exp: 'a.b\n' })).toMatch(/^fail/);
});
