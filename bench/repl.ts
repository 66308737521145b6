import { spawn } from 'node:child_process';
import { once as event } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { paired, row } from './measure.ts';

const PART = process.env['BENCH_TESTS'] ?? 'basics/a*.py';

/**
 * The same files of MicroPython's own tests on the same virtual board: by `results: repl`, and by `run-tests.py` over its
 * pty. Needs a checkout (`MICROPYTHON=DIR`) and Debian's python3-serial; says so where there is none.
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
      `    timeout: 10m\n    cwd: ${tests}\n    files: ${PART}\n    results: repl\n`,
  );
  const lab = (id: string): string =>
    `lab: bench\nplans: [./part.yaml]\npython: /usr/bin/python3\ntentacles: { ${id}: { board: VIRTUAL } }\nstate: ${cwd}/state\n`;
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
    const theirs = `cd "${tests}" && MICROPY_CPYTHON3=/usr/bin/python3 /usr/bin/python3 run-tests.py -t port:${port} -r "${out}" ${PART}`;
    const exits = [0, 1];
    const { a, b, ratio } = paired(
      { argv: [...testbed, 'run', '-q'], cwd, exits },
      { argv: ['sh', '-c', theirs], exits },
      3,
    );
    row(`${PART} by results: repl / by run-tests.py`, a, b, ratio, '<= 0.2');
  } finally {
    server.kill('SIGTERM');
    await event(server, 'close');
  }
}
