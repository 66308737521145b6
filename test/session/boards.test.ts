import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { heldLab } from '../support/held-lab.ts';
import { Rig, root, processesOf, until } from '../support/rig.ts';
import { nothingStays, runsOf } from './support.ts';

const leases = (rig: Rig): string[] => {
  const directory = path.join(rig.state, 'leases');
  return existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.json')) : [];
};

/** One spec of REPL tests, of which each line of `files` is one. */
function replLab(rig: Rig, tests: Readonly<Record<string, string>>, more = '', cover = 'once'): void {
  rig.lab(`plans: [./own.yaml]\ntentacles:\n  v0: { board: VIRTUAL }\n${more}`);
  for (const [name, text] of Object.entries(tests)) rig.write(`tests/${name}`, text);
  rig.write(
    'own.yaml',
    `plan: own
specs:
  own: { label: OWN, help: own tests, timeout: 1m, cover: ${cover}, roles: { dut: { feature: mcu } }, files: tests/*.py, results: repl }
`,
  );
}

test('repl: pass, fail with the difference, skip, exception, each test by itself', async () => {
  await using rig = new Rig();
  replLab(rig, {
    'a_pass.py': 'print(1 + 1)\n',
    'b_fail.py': 'print("right")\nprint("wrong")\n',
    'b_fail.py.exp': 'right\nleft\n',
    'c_skip.py': 'print("SKIP")\nraise SystemExit\n',
    'd_raise.py': 'raise ValueError("no")\n',
    'd_raise.py.exp': 'fine\n',
  });
  const { exit, stderr } = await rig.run(['run']);
  const tests = rig.events().filter((event) => event.type === 'test-finished');
  expect(tests.map(({ path: name, verdict }) => `${name} ${verdict}`)).toEqual([
    'tests/a_pass.py pass',
    'tests/b_fail.py fail',
    'tests/c_skip.py skip',
    'tests/d_raise.py fail',
  ]);
  expect(tests[1]).toMatchObject({ reason: 'line 2: expected "left", got "wrong"', boardVariant: 'VIRTUAL' });
  expect(tests[3]).toMatchObject({ exceptionClass: 'ValueError' });
  expect(stderr).toContain('tests/b_fail.py');
  expect(exit).toBe(1);
  expect(leases(rig)).toEqual([]);
});

test('an expected failure is green and told; an unexpected pass is loud; an expired excuse no longer excuses', async () => {
  await using rig = new Rig();
  const tests = { 'a.py': 'print(1)\n', 'a.py.exp': '2\n', 'b.py': 'print(1)\n' };
  const lab = (limit: string): void =>
    replLab(
      rig,
      tests,
      `expect:
  - { test: tests/a.py, reason: known here, link: "https://example.org/1"${limit} }
  - { test: tests/b.py, reason: thought to fail }
`,
    );
  lab('');
  const green = await rig.run(['run']);
  expect(green.exit).toBe(0);
  expect(green.stderr).toMatch(/tests\/b\.py.*unexpected|unexpected.*tests\/b\.py/i);
  lab(', until: 2020-01-01');
  const expired = await rig.run(['run']);
  expect(expired.exit).toBe(1);
  expect(expired.stderr).toContain('2020-01-01');
});

test('firmware is flashed when it differs, and only then; the ledger remembers over sessions', async () => {
  await using rig = new Rig();
  replLab(rig, { 'a.py': 'print(1)\n' }, '', 'each-variant');
  const flashes = (): number => rig.events().filter((event) => event.type === 'firmware-flashed').length;
  await rig.run(['run', '--only', 'board:VIRTUAL-V127']);
  expect(flashes()).toBe(1);
  await rig.run(['run', '--only', 'board:VIRTUAL-V127']);
  expect(flashes()).toBe(0);
  await rig.run(['run', '--only', 'board:VIRTUAL-V127', '--flash', 'force']);
  expect(flashes()).toBe(1);
  const ledger = readFileSync(path.join(rig.state, 'ledger.jsonl'), 'utf8');
  expect(ledger).toContain('"VIRTUAL-V127"');
});

test.each([
  ['no-boot', '{ kind: no-boot, times: 9 }', 'no-repl'],
  ['wrong-version', '{ kind: wrong-version, version: 1.2.3 }', 'wrong-firmware'],
  ['vanish', '{ kind: vanish, after: 150ms }', 'lost-tentacle'],
])(
  'a board with the fault %s is an error of the lab, and its twin is none the worse',
  async (_, fault, cause) => {
    await using rig = new Rig();
    rig.write('tests/a.py', 'import time\nfor i in range(30):\n    print(i)\n    time.sleep(0.05)\n');
    rig.lab(
      `plans: [./own.yaml]\ntentacles:\n  v0: { board: VIRTUAL, faults: [${fault}] }\n  v1: { board: VIRTUAL }\n`,
    );
    rig.write(
      'own.yaml',
      `plan: own
specs:
  own: { label: OWN, help: own tests, timeout: 1m, cover: each-tentacle, retries: 0, roles: { dut: { feature: mcu } }, files: tests/*.py, results: repl }
`,
    );
    const { exit } = await rig.run(['run', '--only', 'board:VIRTUAL-']);
    const finished = rig.events().filter((event) => event.type === 'run-finished');
    const bad = finished.find(({ run }) => run.includes('v0'));
    expect(bad).toMatchObject({ verdict: 'error', cause, blame: 'lab' });
    expect(finished.filter(({ run }) => run.includes('v1'))).toMatchObject([{ verdict: 'pass' }]);
    expect(exit).toBe(3);
  },
);

test('kill -9 of main in the middle of a board: nothing stays, and the next session gets the tentacle', async () => {
  await using held = await heldLab(1, 'board');
  const { rig, gate } = held;
  const first = rig.start(['run']);
  await gate.arrival();
  first.child.kill('SIGKILL');
  await first.finished;
  await nothingStays(rig);
  expect(leases(rig)).toEqual([]);
  const second = rig.start(['run', '--no-wait']);
  (await gate.arrival()).release(0);
  expect((await second.finished).exit).toBe(0);
  expect(leases(rig)).toEqual([]);
});

test('a served virtual board is a board on a port: --port needs no lab file and asks it what it is', async () => {
  await using rig = new Rig();
  const env = { XDG_STATE_HOME: rig.state };
  const server = rig.start(['tentacle', 'serve', 'v0', '--format', 'json'], { env });
  await server.printed('"port"');
  const { port } = JSON.parse(
    server
      .output()
      .split('\n')
      .find((line) => line.startsWith('{')) ?? '',
  ) as { port: string };
  const { exit, stderr } = await rig.run(['run', '--port', port], { env });
  expect(stderr).toContain('MicroPython 1.29.0');
  expect(runsOf(rig.events()).map((run) => run.replace(/\[.*\]/, ''))).toEqual([
    'SMOKE-HOST pass',
    'SMOKE pass',
  ]);
  expect(exit).toBe(0);
  server.child.kill('SIGTERM');
  await server.finished;
  await nothingStays(rig);
  expect(existsSync(port)).toBe(false);
});

test('a board without a switch begins anew for each run: what a command left in its memory is not there', async () => {
  await using rig = new Rig();
  const env = { XDG_STATE_HOME: rig.state };
  const server = rig.start(['tentacle', 'serve', 'v0', '--format', 'json'], { env });
  await server.printed('"port"');
  const { port } = JSON.parse(server.output().match(/^\{.*\}$/m)?.[0] ?? '') as { port: string };
  const marks = `import sys; assert 'mark' not in sys.modules; sys.modules['mark'] = 1`;
  rig.lab(`plans: [./own.yaml]
boards: { PLAIN: { port: webassembly, mcu: wasm, driver: serial, features: [mcu] } }
tentacles: { s0: { board: PLAIN, port: ${port} } }
`);
  rig.write(
    'own.yaml',
    `plan: own
specs:
  own: { label: OWN, help: own tests, timeout: 1m, roles: { dut: { feature: mcu } }, command: [python3, "${root}/test/support/exec.py", "\${dut.port}", "${marks}"], results: exit-code }
`,
  );
  const { exit, stderr } = await rig.run(['run', '--count', '2']);
  expect(exit, stderr).toBe(0);
});

test('kill -9 of the virtual boards’ host: its runs are errors of the lab, and the next run has power again', async () => {
  await using held = await heldLab(1, 'board');
  const { rig, gate } = held;
  const running = rig.start(['run']);
  const first = await gate.arrival();
  const host = processesOf(rig.directory).find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('virtual/main'),
  );
  expect(host).toBeDefined();
  process.kill(host ?? process.pid, 'SIGKILL');
  // Its ptys go with it, a moment later.
  await until(rig.directory, () => (existsSync(`/proc/${host}`) ? undefined : true), 5000);
  first.release(1);
  (await gate.arrival()).release(0);
  expect((await running.finished).exit).toBe(0);
  expect(rig.events().filter(({ type }) => type === 'run-finished')).toMatchObject([
    { verdict: 'error', blame: 'lab', cause: 'lost-tentacle', willRetry: true },
    { verdict: 'pass' },
  ]);
  await nothingStays(rig);
});
