import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TentacleStage } from '../../src/model/stage.ts';
import { Bench, phasesOf, testsOf } from './bench.ts';
import { plain } from './rig.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench[Symbol.asyncDispose]());

const phase = (name: string, ending: string) => [
  { type: 'phase-started', run: 'RUN', phase: name },
  { type: 'phase-finished', run: 'RUN', phase: name, ending },
];

const runVariant = async (variant: string) =>
  bench.rig.run(
    bench.rig.job(
      { results: 'repl', files: 'board/a_*.py' },
      { bindings: await bench.bindings(['dut'], variant) },
    ),
  );

describe('tests over the REPL of a board', () => {
  it('pass, fail with the difference, skip, raise; each begins with a clean board', async () => {
    const result = await bench.repl('board/*.py', ['dut'], { needs: ['filesystem'] });
    expect(testsOf(result)).toEqual([
      'pass board/a_pass.py',
      'fail board/b_fail.py',
      'skip board/c_skip.py',
      'fail board/d_exception.py',
      'pass board/e_clean_1.py',
      'pass board/e_clean_2.py',
    ]);
    expect(phasesOf(result)).toEqual([
      'power done',
      'flash kept',
      'verify done',
      'setup done',
      'test done',
      'teardown done',
    ]);
    expect(result.message).toMatchObject({
      outcome: {
        verdict: 'fail',
        cause: 'tests-failed',
        evidence: 'board/b_fail.py: line 2: expected "cpython", got "micropython"',
      },
      tests: { pass: 3, fail: 2, skip: 1 },
      suspect: [],
      healthy: true,
    });
    expect(
      result.events.find((event) => event.type === 'test-finished' && event.path === 'board/d_exception.py'),
    ).toMatchObject({
      exceptionClass: 'ZeroDivisionError',
      reason: 'ZeroDivisionError: divide by zero (line 2)',
    });
    const output = readFileSync(join(result.directory, 'output.txt'), 'utf8').replaceAll('\r\n', '\n');
    expect(output).toContain(
      '--- board/b_fail.py\none\nmicropython\nthree\n\n*** differs from the .exp file in line 2:\n  one\n- cpython\n',
    );
    expect(await bench.state('v0')).toBe('off');
  });

  it('are all events of a run that passes', async () => {
    const job = bench.rig.job(
      { results: 'repl', files: 'board/*.py' },
      { bindings: await bench.bindings(['dut']), tests: ['board/a_*'] },
    );
    const result = await bench.rig.run(job);
    const firmware = job.bindings[0]!.firmware!;
    const [verifyStarted, verifyFinished] = phase('verify', 'done');
    const [testStarted, testFinished] = phase('test', 'done');
    expect(plain(result)).toEqual([
      ...phase('power', 'done'),
      ...phase('flash', 'kept'),
      verifyStarted,
      {
        type: 'tentacle-identified',
        run: 'RUN',
        tentacle: 'v0',
        version: firmware.version,
        machine: 'JS with Emscripten',
        uniqueId: expect.any(String) as unknown,
      },
      verifyFinished,
      testStarted,
      {
        type: 'test-finished',
        run: 'RUN',
        path: 'board/a_pass.py',
        verdict: 'pass',
        expected: true,
        boardVariant: 'VIRTUAL',
        firmware: firmware.sha256,
      },
      testFinished,
      { type: 'run-auditing', run: 'RUN' },
      ...phase('teardown', 'done'),
      {
        kind: 'outcome',
        run: 'RUN',
        outcome: { verdict: 'pass', expected: true },
        tests: { pass: 1, fail: 0, error: 0, skip: 0, expectedFail: 0, unexpectedPass: 0 },
        suspect: [],
        healthy: true,
      },
    ]);
  });

  it('that hang, are deaf to Ctrl-C or print without end cost only themselves', async () => {
    const result = await bench.repl('hang/*.py', ['dut'], { env: { MICROPY_TEST_TIMEOUT: '0.7' } });
    expect(testsOf(result)).toEqual([
      'fail hang/a_hang.py',
      'fail hang/b_deaf.py',
      'fail hang/c_flood.py',
      'pass hang/d_after.py',
    ]);
    expect(result.message).toMatchObject({ healthy: true, suspect: [] });
  });

  it('end with the time of the phase; what was finished counts', async () => {
    const result = await bench.repl('hang/{d_after,a_hang}.py', ['dut'], { timeoutMs: 1000 });
    expect(testsOf(result)).toEqual([]);
    expect(result.message.outcome).toMatchObject({ verdict: 'fail', cause: 'timeout' });
    expect(phasesOf(result).slice(-2)).toEqual(['test failed', 'teardown done']);
  });

  it('end when the session is told to stop', async () => {
    const job = bench.rig.job(
      { results: 'repl', files: 'hang/a_*.py' },
      { bindings: await bench.bindings(['dut']) },
    );
    const result = await bench.rig.run(job, async () => {
      await bench.rig.said(
        (said) => 'kind' in said && said.kind === 'progress' && said.text === 'up' && said.run === job.run.id,
      );
      bench.rig.send({ kind: 'stop', how: 'soon' });
    });
    expect(result.message.outcome).toMatchObject({ verdict: 'error', cause: 'interrupted' });
    expect(await bench.state('v0')).toBe('off');
  });
});

describe('a board', () => {
  it('is flashed when other firmware is wanted, and only then', async () => {
    const other = await runVariant('V127');
    expect(phasesOf(other).slice(0, 3)).toEqual(['power done', 'flash done', 'verify done']);
    expect(other.events.find(({ type }) => type === 'firmware-flashed')).toMatchObject({
      tentacle: 'v0',
      boardVariant: 'VIRTUAL-V127',
      version: '1.27.0',
    });
    expect(other.message.outcome.verdict).toBe('pass');
    expect(phasesOf(await runVariant(''))[1]).toBe('flash done');
    expect(phasesOf(await runVariant(''))[1]).toBe('flash kept');
  });

  it('that is left on for its stage says where it answers, should a person ask for it when the run is through', async () => {
    const stage: TentacleStage = {
      kind: 'tentacle',
      name: 'warm',
      steps: [{ kind: 'exec', code: 'x = 1' }],
      after: [],
      env: {},
      cwd: '/',
      limitMs: 10_000,
      file: '/plan.yaml',
    };
    const directory = join(bench.rig.directory, 'stages', 'warm');
    const [dut] = await bench.bindings(['dut']);
    const bindings = [{ ...dut!, stages: [{ stage, directory, start: 1 }] }];
    const command = ['sh', '-c', 'echo "port $0"; exit 1', '${dut.port}'];
    const result = await bench.rig.run(bench.rig.job({ command }, { bindings }));
    const port = /^port (.+)$/m.exec(readFileSync(join(result.directory, 'output.txt'), 'utf8'))?.[1];
    expect(port).toMatch(/./);
    expect(result.message.kept).toMatchObject([{ tentacle: 'v0', stages: ['warm'], port }]);
    expect(await bench.state('v0')).toBe('on');
    await runVariant('');
    expect(await bench.state('v0')).toBe('off');
  });

  it('that vanishes ends its run, and what was finished is kept', async () => {
    await bench.fault('v0', { kind: 'vanish', afterMs: 600 });
    const result = await bench.repl('{board/a_pass,hang/a_hang}.py', ['dut']);
    await bench.calm('v0');
    expect(testsOf(result)).toEqual(['pass board/a_pass.py', 'error hang/a_hang.py']);
    expect(result.message).toMatchObject({
      outcome: { verdict: 'error', cause: 'lost-tentacle', blame: 'lab' },
      tests: { pass: 1, error: 1 },
      suspect: ['v0'],
      healthy: true,
    });
    expect(result.events.filter(({ type }) => type === 'tentacle-lost')).toHaveLength(1);
  });

  it('that runs other firmware than it should is told', async () => {
    await bench.fault('v0', { kind: 'wrong-version', version: '1.2.3' });
    const result = await bench.repl('board/a_*.py', ['dut']);
    await bench.calm('v0');
    expect(phasesOf(result)).toEqual(['power done', 'flash kept', 'verify failed', 'teardown done']);
    expect(result.message).toMatchObject({
      outcome: { verdict: 'error', cause: 'wrong-firmware', blame: 'lab' },
      suspect: ['v0'],
    });
  });

  it('that does not boot is told', async () => {
    await bench.fault('v0', { kind: 'no-boot', times: 1 });
    const result = await bench.repl('board/a_*.py', ['dut']);
    await bench.calm('v0');
    expect(phasesOf(result)).toEqual(['power failed', 'teardown done']);
    expect(result.message.outcome).toMatchObject({ verdict: 'error', cause: 'no-repl', blame: 'lab' });
    expect((await bench.repl('board/a_*.py', ['dut'])).message.outcome.verdict).toBe('pass');
  });

  it('that lacks what the spec needs is a skip that says what', async () => {
    await bench.fault('v0', { kind: 'full-filesystem' });
    const full = await bench.repl('board/a_*.py', ['dut'], { needs: ['filesystem'] });
    await bench.calm('v0');
    expect(full.message.outcome).toMatchObject({ verdict: 'skip', expected: true, cause: 'precondition' });
    expect(full.message.outcome.reason).toContain('no filesystem that can be written');
    const native = await bench.repl('board/a_*.py', ['dut'], { needs: ['mpy', 'native'] });
    expect(native.message.outcome).toMatchObject({
      verdict: 'skip',
      reason: 'On tentacle v0, the firmware was built without the native emitter.',
    });
  });
});

describe('a command with a board', () => {
  it('that needs the mpy-cross of a checkout is told how to build it', async () => {
    const checkout = join(bench.rig.directory, 'checkout');
    mkdirSync(join(checkout, 'tests'), { recursive: true });
    mkdirSync(join(checkout, 'mpy-cross', 'build'), { recursive: true });
    writeFileSync(join(checkout, 'mpy-cross', 'Makefile'), '');
    const run = async () =>
      bench.rig.run(
        bench.rig.job(
          { command: ['true'], cwd: join(checkout, 'tests'), needs: ['mpy'] },
          { bindings: await bench.bindings(['dut']) },
        ),
      );
    const { message } = await run();
    const program = join(checkout, 'mpy-cross', 'build', 'mpy-cross');
    expect(message.outcome).toEqual({
      verdict: 'error',
      expected: false,
      cause: 'build-failed',
      blame: 'build',
      reason: `mpy-cross is not built: there is no ${program}; build it with: make -C ${join(checkout, 'mpy-cross')}`,
    });
    expect(message.suspect).toEqual([]);
    writeFileSync(program, '');
    expect((await run()).message.outcome.verdict).toBe('pass');
  });

  it('has its port to itself', async () => {
    const job = bench.rig.job(
      { command: ['./print-port.sh', '${dut.port}', 'go'] },
      { bindings: await bench.bindings(['dut']) },
    );
    const result = await bench.rig.run(job);
    expect(readFileSync(join(result.directory, 'output.txt'), 'utf8')).toBe('port is there\n');
    expect(phasesOf(result)).toEqual([
      'power done',
      'flash kept',
      'verify done',
      'test done',
      'teardown done',
    ]);
  });

  it('whose board vanishes fails by the lab, not by itself', async () => {
    await bench.fault('v0', { kind: 'vanish', afterMs: 500 });
    const job = bench.rig.job(
      { command: ['sh', '-c', 'while test -e "$0"; do sleep 0.05; done; echo lost; exit 1', '${dut.port}'] },
      { bindings: await bench.bindings(['dut']) },
    );
    const result = await bench.rig.run(job);
    await bench.calm('v0');
    expect(result.message).toMatchObject({
      outcome: { verdict: 'error', cause: 'lost-tentacle', blame: 'lab' },
      suspect: ['v0'],
    });
  });

  it('loses its board before it is ended', async () => {
    const job = bench.rig.job(
      { command: ['./print-port.sh', '${dut.port}', 'stay'], timeoutMs: 300 },
      { bindings: await bench.bindings(['dut']) },
    );
    const result = await bench.rig.run(job);
    expect(result.message.outcome).toMatchObject({ cause: 'timeout', evidence: 'port is there' });
    expect(readFileSync(join(result.directory, 'output.txt'), 'utf8')).toMatch(
      /^port is there\n[^]*gone before me\n$/,
    );
    expect(await bench.state('v0')).toBe('off');
  });
});

describe('when the dispatcher is gone', () => {
  it('the board is off', async () => {
    await using other = bench.anotherRig();
    const job = other.job(
      { results: 'repl', files: 'hang/a_*.py' },
      { bindings: await bench.bindings(['dut']) },
    );
    other.send({ kind: 'run', job });
    await other.said((said) => 'kind' in said && said.kind === 'progress' && said.text === 'up');
    expect(await bench.state('v0')).toBe('on');
    other.child.stdin!.end();
    await other.exited;
    expect(await bench.state('v0')).toBe('off');
  });
});

describe('tests for two boards', () => {
  it('talk to each other, differ, skip, raise and hang; the next ones go on', async () => {
    const result = await bench.repl('multi/*.py', ['instance0', 'instance1'], { silenceMs: 1000 });
    expect(testsOf(result)).toEqual([
      'pass multi/a_talk.py',
      'fail multi/b_differs.py',
      'skip multi/c_skip.py',
      'fail multi/d_raises.py',
      'fail multi/e_hangs.py',
      'pass multi/f_talk.py',
      'error multi/g_no_exp.py',
    ]);
    const reasons = result.events.flatMap((event) => (event.type === 'test-finished' ? [event.reason] : []));
    expect(reasons[3]).toBe('instance1: ValueError: no (line 8)');
    expect(reasons.at(-1)).toMatch(/^There is no multi\/g_no_exp\.py\.exp /);
    expect(result.message).toMatchObject({ healthy: true, suspect: [] });
    const output = readFileSync(join(result.directory, 'output.txt'), 'utf8');
    expect(output).toContain('--- instance0 ---\nasked\n--- instance1 ---\nanswered from 0\n');
    const powered = result.events.flatMap((event) =>
      event.type === 'phase-started' && event.phase === 'power' ? [event.tentacle] : [],
    );
    expect(powered).toEqual(['v0', 'v1']);
  });

  it('lose one: the run is an error that names it', async () => {
    await bench.fault('v0', { kind: 'vanish', afterMs: 700 });
    const result = await bench.repl('multi/e_*.py', ['instance0', 'instance1']);
    await bench.calm('v0');
    expect(result.message).toMatchObject({
      outcome: { verdict: 'error', cause: 'lost-tentacle' },
      suspect: ['v0'],
    });
  });
});
