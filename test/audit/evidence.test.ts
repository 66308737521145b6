import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { evidenceLine } from '../../src/audit/evidence.ts';

function evidenceOf(program: string, ...args: string[]): string | undefined {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return evidenceLine(`${stdout}${stderr}`.split('\n'));
}

const node = (code: string): string | undefined => evidenceOf(process.execPath, '-e', code);
const python = (code: string): string | undefined => evidenceOf('python3', '-c', code);

test('of programs that crash, the line that names the exception', () => {
  expect(node('throw new TypeError("no such pin")')).toBe('TypeError: no such pin');
  expect(node('require("node:assert").equal(1, 2)')).toBe('AssertionError [ERR_ASSERTION]: 1 == 2');
  expect(python('assert 1 == 2')).toBe('AssertionError');
  expect(python('def f():\n  raise OSError(5, "gone")\nf()')).toBe('OSError: [Errno 5] gone');
});

test.each([
  [
    ['main.c:3:5: error: "x" undeclared', 'make: *** [Makefile:2: all] Error 1'],
    'main.c:3:5: error: "x" undeclared',
  ],
  [['fatal: not a git repository', 'giving up'], 'fatal: not a git repository'],
  [
    ['x: main.c:3: main: Assertion `0` failed.', 'Aborted (core dumped)'],
    'x: main.c:3: main: Assertion `0` failed.',
  ],
  [["thread 'main' panicked at src/main.rs:2:5:", 'boom'], "thread 'main' panicked at src/main.rs:2:5:"],
  [
    ['--- FAIL: TestPins (0.00s)', '    pins_test.go:5: low', 'FAIL', 'exit status 1'],
    '--- FAIL: TestPins (0.00s)',
  ],
  [['AssertionError: 1 != 2', '', 'FAILED (failures=1)'], 'AssertionError: 1 != 2'],
  [['it broke', '    at run (pins.js:1:2)'], 'it broke'],
  [['3 errors were looked for', 'all failed links', '  the end  ', ' '], 'the end'],
  [['', '  '], undefined],
])('of %j, %j', (lines, evidence) => {
  expect(evidenceLine(lines)).toBe(evidence);
});
