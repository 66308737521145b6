import { spawn } from 'node:child_process';
import { once as event } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { paired, row } from './measure.ts';

const PART = process.env['BENCH_TESTS'] ?? 'basics/*.py';
/** Both sides ask the same CPython; `run-tests.py` needs pyserial in it. */
const PYTHON = process.env['BENCH_PYTHON'] ?? '/usr/bin/python3';

/**
 * The same files of MicroPython's own tests on virtual boards of the same firmware: by `results: repl`, and by `run-tests.py`
 * over the pty of a board that is served. Whole commands: ours includes powering its board, which theirs finds powered.
 * Needs a checkout (`MICROPYTHON=DIR`) and Debian's python3-serial; says so where there is none.
 */
export async function replAgainstRunTests(testbed: readonly string[], scratch: string): Promise<void> {
  const checkout = process.env['MICROPYTHON'];
  if (checkout === undefined) {
    console.log('results: repl / run-tests.py: not measured; MICROPYTHON=DIR names a checkout');
    return;
  }
  const cwd = path.join(scratch, 'repl');
  mkdirSync(cwd);
  const tests = path.join(checkout, 'tests');
  writeFileSync(
    path.join(cwd, 'part.yaml'),
    `plan: part\nspecs:\n  part:\n    label: PART\n    help: a part of MicroPython's tests\n    roles: { dut: { feature: mcu } }\n` +
      `    timeout: 10m\n    cwd: ${tests}\n    files: '${PART}'\n    results: repl\n`,
  );
  const lab = (id: string): string =>
    `lab: bench\nplans: [./part.yaml]\npython: ${PYTHON}\ntentacles: { ${id}: { board: VIRTUAL } }\nstate: ${cwd}/state\n`;
  writeFileSync(path.join(cwd, 'testbed.yaml'), lab('v0'));
  writeFileSync(path.join(cwd, 'served.yaml'), lab('v1'));
  const server = spawn(
    testbed[0] ?? '',
    [...testbed.slice(1), 'tentacle', 'serve', '-c', 'served.yaml', 'v1', '--format', 'json'],
    { cwd, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const [line] = (await event(createInterface({ input: server.stdout }), 'line')) as [string];
    const { port } = JSON.parse(line) as { port: string };
    const out = path.join(cwd, 'out');
    const theirs = `cd "${tests}" && exec "${PYTHON}" run-tests.py -t port:${port} -r "${out}" ${PART}`;
    const exits = [0, 1];
    const { a, b, ratio } = paired(
      // The board has an older variant, too, and `run-tests.py` sees only one.
      { argv: [...testbed, 'run', '-q', '--only', 'id:PART[VIRTUAL]'], cwd, exits },
      {
        argv: ['sh', '-c', theirs],
        env: { MICROPY_CPYTHON3: PYTHON, PYTHONDONTWRITEBYTECODE: '1' },
        exits,
      },
      3,
    );
    const [we, they] = [verdictsOfOurs(cwd), verdictsOfTheirs(out)];
    row(`${we.size} tests by results: repl / by run-tests.py`, a, b, ratio, '<= 0.2');
    const agree = [...we].filter(([test, verdict]) => they.get(test) === verdict).length;
    console.log(`  ${PART}: ${we.size} verdicts and ${they.size}, of which ${agree} agree`);
  } finally {
    server.kill('SIGTERM');
    await event(server, 'close');
  }
}

function verdictsOfOurs(cwd: string): Map<string, string> {
  const log = readFileSync(path.join(cwd, 'results', 'latest', 'events.jsonl'), 'utf8');
  return new Map(
    log
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; path: string; verdict: string })
      .filter(({ type }) => type === 'test-finished')
      .map((test) => [test.path, test.verdict]),
  );
}

function verdictsOfTheirs(directory: string): Map<string, string> {
  const text = readFileSync(path.join(directory, '_results.json'), 'utf8');
  const { results } = JSON.parse(text) as { results: [test: string, verdict: string][] };
  return new Map(results.map(([test, verdict]) => [test, verdict]));
}
