import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestRunSpec } from '../../src/model/plan.ts';
import { plain, WorkerRig } from './rig.ts';

let rig: WorkerRig;
beforeAll(() => {
  rig = new WorkerRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

const run = (command: string[], spec: Partial<TestRunSpec> = {}) => rig.run(rig.job({ command, ...spec }));
const STARTED = { type: 'phase-started', run: 'RUN', phase: 'test' };
const DONE = { type: 'phase-finished', run: 'RUN', phase: 'test', ending: 'done' };
const FAILED = { ...DONE, ending: 'failed' };
const AUDITING = { type: 'run-auditing', run: 'RUN' };
const outcome = (facts: object, more: object = {}) => ({
  kind: 'outcome',
  run: 'RUN',
  outcome: facts,
  suspect: [],
  healthy: true,
  ...more,
});
const PASS = outcome({ verdict: 'pass', expected: true });
const reproduce = (...argv: string[]) => ({
  reproduce: { cwd: join(import.meta.dirname, 'fixtures'), env: {}, argv },
});

describe('a run of a command', () => {
  it('passes with exit code 0, in three events', async () => {
    const result = await run(['./exit.sh', '0']);
    expect(plain(result)).toEqual([STARTED, DONE, AUDITING, PASS]);
    expect(readdirSync(result.directory).toSorted()).toEqual(['output.txt', 'result.json']);
    expect(readFileSync(join(result.directory, 'output.txt'), 'utf8')).toBe('ends with 0\n');
  });

  it('fails with another one, and keeps everything', async () => {
    const result = await run(['./exit.sh', '3']);
    const why = {
      verdict: 'fail',
      expected: false,
      cause: 'exit-code',
      blame: 'test',
      reason: 'exit code 3',
      evidence: 'ends with 3',
    };
    expect(plain(result)).toEqual([STARTED, DONE, AUDITING, outcome(why, reproduce('./exit.sh', '3'))]);
    const log = readFileSync(join(result.directory, 'run.ljsonl'), 'utf8').replaceAll(/"at":\d+/g, '"at":0');
    expect(log.replaceAll(/\d+(\.\d+)? m?s/g, 'N ms')).toBe(
      `4\n{"at":0,"stream":"stdout","text":"ends with 3\\n"}\n` +
        `2\n{"at":0,"message":"took firstOutput N ms, test N ms, audit N ms"}\n1\n${JSON.stringify(why)}\n0\nnull\n`,
    );
    expect(JSON.parse(readFileSync(join(result.directory, 'result.json'), 'utf8'))).toMatchObject({
      run: result.message.run,
      outcome: why,
      phases: [{ phase: 'test', ending: 'done' }],
      ...reproduce('./exit.sh', '3'),
    });
  });

  it('has the line for evidence that names the exception, not the last one', async () => {
    const { message } = await run(['node', '-e', 'throw new TypeError("\u001b[31mno such pin\u001b[0m")']);
    expect(message.outcome).toMatchObject({ cause: 'exit-code', evidence: 'TypeError: no such pin' });
  });

  it('costs little: 1 KB of events and 2 KB of files', async () => {
    const result = await run(['true']);
    const events = result.events
      .map((event) => JSON.stringify(event).length + 1)
      .reduce((sum, n) => sum + n, 0);
    const files = readdirSync(result.directory).map(
      (name) => readFileSync(join(result.directory, name)).length,
    );
    expect(events).toBeLessThan(500);
    expect(files.reduce((sum, size) => sum + size, 0)).toBeLessThan(2048);
  });

  it('says which signal ended it', async () => {
    const crashed = await run(['./signal-itself.sh', 'SEGV']);
    expect(crashed.message.outcome).toMatchObject({
      verdict: 'fail',
      cause: 'signal',
      evidence: 'goes by SEGV',
    });
    const killed = await run(['./signal-itself.sh', 'KILL']);
    expect(killed.message.outcome).toMatchObject({ verdict: 'error', cause: 'signal', blame: 'lab' });
  });

  it('can not be started', async () => {
    const result = await run(['./no-such-program']);
    expect(plain(result).slice(0, 3)).toEqual([STARTED, FAILED, AUDITING]);
    expect(result.message).toMatchObject({
      healthy: true,
      outcome: { verdict: 'error', cause: 'spawn-failed' },
    });
    expect(result.message.outcome.reason).toMatch(
      /^\.\/no-such-program could not be started: \(ENOENT\): there is no /,
    );
  });

  it('fills in templates, tests and extra arguments', async () => {
    const job = rig.job(
      {
        name: 'args',
        command: ['printf', '%s|', '${run.id}', '${tests}', '${env.HOME}', 'dir=${run.dir}'],
        files: 't*.sh',
      },
      { tests: ['tap.*', 'ter*'], extraArguments: ['--via-mpy'] },
    );
    const result = await rig.run(job);
    expect(readFileSync(join(result.directory, 'output.txt'), 'utf8')).toBe(
      `${job.run.id}|tap.sh|term-proof.sh|${process.env['HOME']}|dir=${job.directory}|--via-mpy|`,
    );
  });

  it('is skipped when what it needs from the environment is not there, or --test chooses nothing', async () => {
    const unset = await run(['echo', '${env.NO_SUCH_NAME}'], { name: 'needs-env' });
    expect(plain(unset)).toEqual([
      outcome({
        verdict: 'skip',
        expected: true,
        cause: 'precondition',
        reason:
          'The spec "needs-env" uses ${env.NO_SUCH_NAME}, but the environment variable NO_SUCH_NAME is not set.',
      }),
    ]);
    const none = await rig.run(
      rig.job({ command: ['true', '${tests}'], files: '*.sh' }, { tests: ['*.py'] }),
    );
    expect(none.message.outcome).toMatchObject({ verdict: 'skip', cause: 'precondition' });
  });

  it('takes its tests from a command, too', async () => {
    const result = await run(['echo', '${tests}'], { list: ['printf', 'one\ntwo\n'] });
    expect(readFileSync(join(result.directory, 'output.txt'), 'utf8')).toBe('one two\n');
    const broken = await run(['echo', '${tests}'], { list: ['sh', '-c', 'echo no list >&2; exit 1'] });
    expect(broken.message.outcome).toMatchObject({
      verdict: 'error',
      cause: 'spawn-failed',
      reason: 'The "list:" command sh could not be started: no list',
    });
  });

  it('finds the directory of an attempt that was cut off, and does not take its results', async () => {
    const job = rig.job({ command: ['true'], results: 'micropython' });
    await rig.run(job);
    writeFileSync(
      join(job.directory, '_results.json'),
      '{"results": [["a.py", "pass", ""]], "failed_tests": []}',
    );
    const again = await rig.run(job);
    expect(again.message.outcome).toMatchObject({ verdict: 'error', cause: 'bad-results' });
    expect(existsSync(join(job.directory, '_results.json'))).toBe(false);
  });
});

const verdicts = async (kind: TestRunSpec['results'], ...command: string[]) => {
  const result = await run(command, { results: kind });
  const tests = result.events.flatMap((event) =>
    event.type === 'test-finished' ? [`${event.verdict} ${event.path}`] : [],
  );
  const { outcome: judged, bail } = result.message;
  return { tests, verdict: judged.verdict, cause: judged.cause, ...(bail === undefined ? {} : { bail }) };
};

describe('results', () => {
  it.each([
    ['good', { tests: ['pass first', 'skip second', 'pass third'], verdict: 'pass', cause: undefined }],
    ['bad', { tests: ['pass first', 'fail second'], verdict: 'fail', cause: 'tests-failed' }],
    ['short', { tests: ['pass first'], verdict: 'fail', cause: 'bad-results' }],
    ['none', { tests: [], verdict: 'fail' }],
    ['bail', { tests: ['pass first'], verdict: 'fail', cause: 'bail', bail: 'bench on fire' }],
  ])('are read from TAP: %s', async (state, expected) => {
    expect(await verdicts('tap', './tap.sh', state)).toMatchObject(expected);
  });

  it.each([
    ['good', { tests: ['pass s::a', 'pass s::b'], verdict: 'pass', cause: undefined }],
    ['bad', { tests: ['pass s::a', 'fail s::b'], verdict: 'fail', cause: 'tests-failed' }],
    ['torn', { verdict: 'error', cause: 'bad-results' }],
    ['none', { verdict: 'error', cause: 'bad-results' }],
  ])('are read from JUnit: %s', async (state, expected) => {
    expect(await verdicts('junit', './junit.sh', '${run.dir}', state)).toMatchObject(expected);
  });

  it.each([
    ['fresh', { tests: ['pass basics/a.py', 'skip basics/b.py'], verdict: 'pass', cause: undefined }],
    ['failing', { tests: ['pass basics/a.py', 'fail basics/b.py'], verdict: 'fail', cause: 'tests-failed' }],
    ['stale', { tests: [], verdict: 'error', cause: 'bad-results' }],
    ['torn', { tests: [], verdict: 'error', cause: 'bad-results' }],
    ['missing', { tests: [], verdict: 'error', cause: 'bad-results' }],
  ])('are read from _results.json: %s', async (state, expected) => {
    expect(await verdicts('micropython', './micropython-results.sh', '${run.dir}', state)).toMatchObject(
      expected,
    );
  });

  it('are excused by expectations, and surprises are told', async () => {
    const expectation = {
      test: 'basics/b.py',
      boards: [],
      specs: [],
      verdict: 'fail' as const,
      reason: 'known',
      at: 'lab.yaml:7',
    };
    const spec = { results: 'micropython' as const };
    const command = ['./micropython-results.sh', '${run.dir}', 'failing'];
    const excused = await rig.run(rig.job({ command, ...spec }, { expectations: [expectation] }));
    expect(excused.message.outcome).toMatchObject({ verdict: 'fail', expected: true });
    expect(excused.message.tests).toMatchObject({ pass: 1, fail: 0, expectedFail: 1 });
    const surprise = await rig.run(
      rig.job({ command, ...spec }, { expectations: [{ ...expectation, test: 'basics/a.py' }] }),
    );
    expect(surprise.message.tests).toMatchObject({ pass: 1, fail: 1, unexpectedPass: 1 });
    expect(surprise.events.filter(({ type }) => type === 'warning')).toHaveLength(1);
  });
});
