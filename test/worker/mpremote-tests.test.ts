import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseTap } from '../../src/audit/tap.ts';

const program = new URL('../../plans/micropython/mpremote_tests.py', import.meta.url).pathname;

it("says of each of mpremote's tests what came of it, and why one failed", async () => {
  const directory = mkdtempSync(join(tmpdir(), 'testbed-mpremote-'));
  try {
    const tests = join(directory, 'mpremote', 'tests');
    mkdirSync(tests, { recursive: true });
    const add = (name: string, script: string, exp: string) => {
      writeFileSync(join(tests, `test_${name}.sh`), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      writeFileSync(join(tests, `test_${name}.sh.exp`), exp);
    };
    add('differs', 'echo one; echo "2\\"2"', 'one\ntwo\n');
    add('dies', 'echo before; echo "OSError: no" >&2; exit 3', 'before\n');
    add('passes', 'printf "in %s\\r\\n" "$TMP"', 'in ${TMP}\n');
    // What mpremote prints itself has to come last, from its buffer.
    add('order', 'python3 -c "import os; print(2); os.write(1, b\'1\\\\n\')"', '1\n2\n');
    add('short', 'echo one', 'one\ntwo\n');
    add('silent', 'exit 1', 'one\n');
    add('skips', 'echo SKIP', 'one\n');
    const argv = [
      program,
      `--mpremote=${join(directory, 'mpremote')}`,
      '--port=/dev/null',
      `--result-dir=${directory}`,
    ];
    const done = spawnSync('python3', argv, {
      encoding: 'utf8',
      env: { ...process.env, PYTHONUNBUFFERED: '1' },
    });
    expect(done.stderr).toBe('');
    expect(done.status).toBe(1);
    const { tests: told, problem } = await parseTap(done.stdout);
    expect(problem).toBeUndefined();
    expect(told.map(({ path, verdict, reason }) => [verdict, path, reason].join(' | '))).toEqual([
      'fail | test_dies.sh | it ended with 3: OSError: no',
      'fail | test_differs.sh | line 2: expected "two", got "2\\"2"',
      'pass | test_order.sh | ',
      'pass | test_passes.sh | ',
      'fail | test_short.sh | line 2: expected "two", got ""',
      'fail | test_silent.sh | it ended with 1: it printed nothing',
      'skip | test_skips.sh | by the test',
    ]);
    expect(readFileSync(join(directory, 'test_dies.sh.out'), 'utf8')).toBe('before\nOSError: no\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
