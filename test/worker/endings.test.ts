import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findStrays } from '../../src/process/strays.ts';
import type { TestRunSpec } from '../../src/model/plan.ts';
import { plain, WorkerRig, type RunSaid } from './rig.ts';

let rig: WorkerRig;
beforeAll(() => {
  rig = new WorkerRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

const job = (command: string[], spec: Partial<TestRunSpec> = {}) => rig.job({ command, ...spec });
const run = (command: string[], spec: Partial<TestRunSpec> = {}) => rig.run(job(command, spec));
const phases = ({ events }: RunSaid) =>
  events.flatMap((event) => (event.type === 'phase-finished' ? [`${event.phase} ${event.ending}`] : []));
/** Waits until a run has printed something. */
const output = async (directory: string): Promise<string> => {
  const file = join(directory, 'output.txt');
  for (;;) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (text !== '') return text;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
const isAlive = (pid: number) => {
  try {
    // A zombie that nobody reaps counts as gone.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('limits', () => {
  it('end a run that takes too long', async () => {
    const result = await run(['./silent.sh'], { timeoutMs: 300 });
    expect(phases(result)).toEqual(['test failed']);
    expect(result.message.outcome).toEqual({
      verdict: 'fail',
      expected: false,
      cause: 'timeout',
      blame: 'test',
      reason: 'The test phase took longer than its limit of 300 ms.',
      evidence: 'up',
    });
    expect(result.progress).toEqual(['up']);
  });

  it('kill one that does not heed TERM, after the grace', async () => {
    const result = await run(['./term-proof.sh'], { timeoutMs: 200, graceMs: 200 });
    expect(result.message.outcome).toMatchObject({ cause: 'timeout' });
    expect(result.message.durationMs).toBeGreaterThanOrEqual(400);
    expect(findStrays(`${rig.cookie}/${result.message.run}`)).toEqual([]);
  });

  it('end one that is silent; any output is a sign of life, the first too', async () => {
    const silent = await run(['./silent.sh'], { silenceMs: 300 });
    expect(silent.message.outcome).toMatchObject({
      cause: 'silence',
      reason: 'Nothing was printed for 300 ms.',
    });
    const talks = await run(['./talkative.sh', '6'], { silenceMs: 450 });
    expect(talks.message.outcome).toEqual({ verdict: 'pass', expected: true });
  });
});

describe('what a test leaves behind is gone when its run is over', () => {
  it.each(['group', 'session'])('%s', async (where) => {
    const result = await run(['./leave-grandchild.sh', where]);
    expect(result.message.outcome.verdict).toBe('pass');
    const pid = Number(readFileSync(join(result.directory, 'output.txt'), 'utf8'));
    expect(pid).toBeGreaterThan(1);
    expect(isAlive(pid)).toBe(false);
    const warnings = result.events.filter(({ type }) => type === 'warning');
    expect(warnings).toHaveLength(where === 'session' ? 1 : 0);
  });

  it('who has left its session and cleared its environment, where control groups may be made', async (context) => {
    const result = await run(['./leave-unfindable.sh']);
    const pid = Number(readFileSync(join(result.directory, 'output.txt'), 'utf8'));
    expect(pid).toBeGreaterThan(1);
    const grouped = readFileSync(`/proc/${rig.child.pid}/cgroup`, 'latin1').includes(
      `testbed.${rig.cookie}.`,
    );
    if (!grouped) {
      process.kill(pid, 'SIGKILL');
      context.skip();
    }
    expect(isAlive(pid)).toBe(false);
    expect(result.events.filter(({ type }) => type === 'warning')).toHaveLength(1);
  });

  it('nothing, and nothing is said', async () => {
    const result = await run(['./leave-grandchild.sh', 'none']);
    expect(result.events.filter(({ type }) => type === 'warning')).toEqual([]);
  });
});

const torn = (directory: string) => readFileSync(join(directory, 'torn-down'), 'utf8').trim().split('\n');
const teardown = (...how: string[]) =>
  how.map((each) => ['./teardown.sh', '${run.dir}', each, '${run.attempt}']);

describe('teardown commands', () => {
  it.each([
    ['a pass', ['./exit.sh', '0'], {}],
    ['a fail', ['./exit.sh', '3'], {}],
    ['a timeout', ['./silent.sh'], { timeoutMs: 200 }],
    ['a command that can not be started', ['./no-such-program'], {}],
  ])('follow %s, in their order', async (_, command, spec) => {
    const result = await run(command, { teardown: teardown('one', 'two'), ...spec });
    expect(torn(result.directory)).toEqual(['one 1', 'two 1']);
    expect(phases(result).at(-1)).toBe('teardown done');
    expect(result.message.times?.teardownMs).toBeGreaterThan(0);
    expect(readFileSync(join(result.directory, 'output.txt'), 'utf8')).not.toContain('says');
  });

  it('that fail are told, keep no other from being tried, and change no verdict', async () => {
    const commands = [['./no-such-program'], ...teardown('fail', 'two')];
    const result = await run(['./exit.sh', '0'], { teardown: commands });
    expect(result.message.outcome).toEqual({ verdict: 'pass', expected: true });
    expect(torn(result.directory)).toEqual(['fail 1', 'two 1']);
    expect(phases(result).at(-1)).toBe('teardown failed');
    const warnings = result.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    expect(warnings[0]).toMatch(/the teardown command \.\/no-such-program could not be started/);
    expect(warnings[1]).toBe(
      `${result.message.run}: the teardown command ./teardown.sh ended with exit code 3: says fail.`,
    );
  });

  it('follow a stop, too; one that hangs then is ended soon', async () => {
    const stopped = job(['./silent.sh'], { teardown: teardown('slow') });
    const result = await rig.run(stopped, async () => {
      await output(stopped.directory);
      rig.send({ kind: 'stop', how: 'now' });
    });
    expect(result.message.outcome).toMatchObject({ cause: 'interrupted' });
    expect(torn(result.directory)).toEqual(['slow 1']);
    expect(findStrays(`${rig.cookie}/${result.message.run}`)).toEqual([]);
  });
});

describe('stop', () => {
  it('soon: asks the test to end, and the run is interrupted', async () => {
    const stopped = job(['./silent.sh']);
    const result = await rig.run(stopped, async () => {
      await output(stopped.directory);
      rig.send({ kind: 'stop', how: 'soon' });
    });
    expect(plain(result).slice(1)).toEqual([
      { type: 'phase-finished', run: 'RUN', phase: 'test', ending: 'failed' },
      { type: 'run-auditing', run: 'RUN' },
      {
        kind: 'outcome',
        run: 'RUN',
        outcome: {
          verdict: 'error',
          expected: false,
          cause: 'interrupted',
          reason: 'The session was told to stop during the test phase.',
        },
        suspect: [],
        healthy: true,
        reproduce: expect.anything() as unknown,
      },
    ]);
  });

  it('now: does not wait for a grace', async () => {
    const stopped = job(['./term-proof.sh'], { graceMs: 60_000 });
    const result = await rig.run(stopped, async () => {
      await output(stopped.directory);
      rig.send({ kind: 'stop', how: 'soon' });
      rig.send({ kind: 'stop', how: 'now' });
    });
    expect(result.message.outcome).toMatchObject({ cause: 'interrupted' });
    expect(findStrays(`${rig.cookie}/${result.message.run}`)).toEqual([]);
  });

  it('leaves the worker fit for the next run', async () => {
    const result = await run(['./exit.sh', '0']);
    expect(result.message.outcome.verdict).toBe('pass');
  });
});

describe('when the dispatcher is gone', () => {
  it.each(['silent', 'term-proof'])(
    'the worker and its test (%s) are gone within a second',
    async (fixture) => {
      await using other = new WorkerRig();
      const left = other.job({ command: [`./${fixture}.sh`], graceMs: 60_000 });
      other.send({ kind: 'run', job: left });
      await output(left.directory);
      expect(findStrays(other.cookie).length).toBeGreaterThan(0);
      const start = performance.now();
      other.child.stdin!.end();
      await other.exited;
      expect(performance.now() - start).toBeLessThan(3000);
      expect(findStrays(other.cookie)).toEqual([]);
    },
  );
});
