import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestRunSpec } from '../../src/model/plan.ts';
import { WorkerRig, type RunSaid } from './rig.ts';

let rig: WorkerRig;
beforeAll(() => {
  rig = new WorkerRig({ keep: true });
});
afterAll(() => rig[Symbol.asyncDispose]());

const run = (command: string[], spec: Partial<TestRunSpec> = {}) =>
  rig.run(rig.job({ command: [`./events/${command[0]}`, ...command.slice(1)], results: 'events', ...spec }));
const tests = ({ events }: RunSaid) =>
  events.flatMap((event) => (event.type === 'test-finished' ? [`${event.verdict} ${event.path}`] : []));
const warnings = ({ events }: RunSaid) =>
  events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));

/** What stands in the run's log, in its order, without stamps. */
function logOf({ directory }: RunSaid): string[] {
  const lines = readFileSync(join(directory, 'run.ljsonl'), 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    if (index % 2 === 0 || lines[index - 1] === '0') return [];
    const { stream, text, message, path, verdict } = JSON.parse(line) as Record<string, string | undefined>;
    if (stream !== undefined) return [`${stream} ${text}`];
    if (message?.startsWith('took ')) return [];
    return [message ?? `${verdict} ${path ?? ''}`.trim()];
  });
}

describe('what a test says on its event channel', () => {
  it('is told and kept where its markers stand, by descriptor and by name', async () => {
    const result = await run(['ordered.sh', 'pass']);
    expect(result.message.outcome).toEqual({ verdict: 'pass', expected: true });
    expect(tests(result)).toEqual(['pass a', 'skip wlan > connect', 'pass c']);
    expect(result.events.find(({ type }) => type === 'measurement')).toMatchObject({
      name: 'rate',
      value: 3.5,
      unit: 'kB/s',
    });
    const log = logOf(result);
    const a = log.indexOf('pass a');
    const wlan = log.indexOf('skip wlan > connect');
    expect(log.indexOf('stdout first\n')).toBeLessThan(a);
    expect(log.slice(a + 1, wlan)).toEqual(['stderr half a ']);
    expect(
      log
        .slice(wlan)
        .filter((line) => line.startsWith('std'))
        .toSorted(),
    ).toEqual(['stderr line\n', 'stdout last\n']);
    expect(log.indexOf('pass c')).toBeGreaterThan(wlan);
    expect(log.at(-1)).toBe('pass');
    const output = readFileSync(join(result.directory, 'output.txt'), 'utf8');
    expect(output).not.toContain('testbed');
    expect(output).toMatch(/^first\nhalf a [^]*\blast\n/);
  });

  it('decides: a test that fails, an error, a bail-out, a plan, a test that never finishes, and nothing at all', async () => {
    const failed = await run(['ordered.sh', 'fail']);
    expect(failed.message).toMatchObject({
      outcome: { verdict: 'fail', cause: 'tests-failed' },
      tests: { pass: 1, fail: 1, skip: 1 },
    });
    const outcomeOf = async (how: string) => (await run(['error.sh', how])).message;
    expect((await outcomeOf('error')).outcome).toMatchObject({
      verdict: 'fail',
      cause: 'error-event',
      blame: 'test',
      evidence: 'OSError: the fixture is gone',
    });
    expect(await outcomeOf('bail')).toMatchObject({ bail: 'bench on fire', outcome: { cause: 'bail' } });
    expect((await outcomeOf('short')).outcome).toMatchObject({ verdict: 'fail', cause: 'bad-results' });
    expect((await outcomeOf('began')).outcome).toMatchObject({
      verdict: 'fail',
      cause: 'tests-failed',
      evidence: 'b: it began, and never finished',
    });
    expect((await outcomeOf('good')).outcome).toEqual({ verdict: 'pass', expected: true });
    const none = await rig.run(rig.job({ command: ['true'], results: 'events' }));
    expect(none.message.outcome).toMatchObject({ verdict: 'fail', cause: 'no-tests' });
    const empty = await rig.run(rig.job({ command: ['true'], results: 'events', allowEmpty: true }));
    expect(empty.message.outcome.verdict).toBe('pass');
  });

  it('adds to other kinds of results', async () => {
    const result = await run(['error.sh', 'error'], { results: 'exit-code' });
    expect(tests(result)).toEqual(['pass a']);
    expect(result.message.outcome).toMatchObject({ verdict: 'fail', cause: 'error-event' });
  });

  it('that is none of its lines makes its results an error, where they decide, and else a warning', async () => {
    const result = await run(['foreign.sh']);
    expect(tests(result)).toEqual(['pass a']);
    expect(result.message.outcome).toMatchObject({
      verdict: 'error',
      cause: 'bad-results',
      blame: 'test',
      reason: 'Line 2 of the event channel is not UTF-8 (and 2 more).',
    });
    const beside = await run(['foreign.sh'], { results: 'exit-code' });
    expect(beside.message.outcome.verdict).toBe('pass');
    expect(warnings(beside)).toEqual([
      `${beside.message.run}: Line 2 of the event channel is not UTF-8 (and 2 more).`,
    ]);
    expect((await run(['ordered.sh', 'pass'])).message.outcome.verdict).toBe('pass');
  });

  // Of some of these the last are still in a pipe when the test has ended, and nobody has read for a while.
  it.each([3000, 4500, 6000, 20_000])(
    'comes whole, however slow the dispatcher is: %i tests',
    async (count) => {
      const command = ['python3', './events/many.py', String(count)];
      const dispatcher = rig.child.stdio[3] as Readable;
      const result = await rig.run(rig.job({ command, results: 'events' }), async () => {
        dispatcher.pause();
        await new Promise((resolve) => setTimeout(resolve, 600));
        dispatcher.resume();
      });
      expect(result.message.tests).toMatchObject({ pass: count });
      expect(new Set(tests(result)).size).toBe(count);
    },
  );

  it('is not heard in a later run, nor is what is printed late', async () => {
    expect(tests(await run(['late.sh']))).toContain('pass a');
    const next = await rig.run(rig.job({ command: ['sleep', '0.6'], results: 'exit-code' }));
    expect(tests(next)).toEqual([]);
    expect(next.message.outcome).toEqual({ verdict: 'pass', expected: true });
    expect(readFileSync(join(next.directory, 'output.txt'), 'utf8')).toBe('');
  });
});

describe('what was seen before a timeout is told', () => {
  it('inside a subtest of TAP', async () => {
    const result = await run(['tap-hang-inside.sh'], { results: 'tap', timeoutMs: 400 });
    expect(result.message.outcome).toMatchObject({ verdict: 'fail', cause: 'timeout' });
    expect(tests(result)).toEqual(['pass first', 'pass outer > inner > a', 'fail outer > inner > b']);
    expect(result.message.tests).toMatchObject({ pass: 2, fail: 1 });
  });

  it('on the channel, and which test it was', async () => {
    const result = await run(['hang-inside.sh'], { timeoutMs: 400 });
    expect(result.message.outcome).toMatchObject({ verdict: 'fail', cause: 'timeout', evidence: 'in b' });
    expect(tests(result)).toEqual(['pass outer > a', 'fail outer > inner > b']);
    const hung = result.events.findLast((event) => event.type === 'test-finished');
    expect(hung).toMatchObject({ reason: 'it was running when the run was ended: timeout' });
  });

  it('and what is told on the channel is a sign of life', async () => {
    const command = [
      'sh',
      '-c',
      'for i in 1 2 3 4 5 6; do echo \'{"type":"note","message":"x"}\' >&3; sleep 0.15; done',
    ];
    const result = await rig.run(rig.job({ command, silenceMs: 700 }));
    expect(result.message.outcome).toEqual({ verdict: 'pass', expected: true });
  });
});

describe('markers', () => {
  it('can not be forged or broken, and nobody waits for a partner', async () => {
    const result = await run(['forge.sh'], { results: 'exit-code' });
    expect(result.message.outcome).toEqual({ verdict: 'pass', expected: true });
    const output = readFileSync(join(result.directory, 'output.txt'), 'utf8').split('\n');
    expect(output.filter((line) => !line.startsWith('#testbed:')).toSorted()).toEqual(['', 'after', 'error']);
    expect(output.filter((line) => line.startsWith('#testbed:'))).toHaveLength(2);
  });
});

describe('docs/test-events.md', () => {
  it('has an example that works', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/test-events.md'), 'utf8');
    const example = /```python\n([^]*?)```/.exec(page)![1]!;
    const program = [
      'import json, os, sys',
      'channel = open(os.environ["TESTBED_EVENTS"], "w", buffering=1)',
      example,
      'for number in range(1, 30):',
      '    sys.stdout.write(f"out {number}\\n")',
      '    sys.stderr.write(f"err {number}\\n")',
      '    tell({"type": "test-finished", "path": ["many", str(number)], "verdict": "pass"}, number)',
    ].join('\n');
    const result = await rig.run(rig.job({ command: ['python3', '-c', program], results: 'events' }));
    expect(result.message.outcome).toEqual({ verdict: 'pass', expected: true });
    const log = logOf(result).flatMap((entry) =>
      entry.startsWith('std') ? entry.trimEnd().split('\n') : [entry],
    );
    const blocks = log.join('\n').split(/^pass many > /m);
    expect(blocks).toHaveLength(30);
    for (const [index, block] of blocks.slice(0, -1).entries()) {
      // Each test stands behind what was printed for it, and before what was printed for the next.
      expect(block).toContain(`out ${index + 1}`);
      expect(block).toContain(`err ${index + 1}`);
      expect(block).not.toContain(`out ${index + 2}`);
      expect(block).not.toContain(`err ${index + 2}`);
    }
  });
});

describe('TAP', () => {
  it('is told while it comes: a test stands in the log where its line does', async () => {
    const command = [
      'sh',
      '-c',
      "printf '1..2\\nok 1 - a\\n'; echo talk; echo more; printf 'not ok 2 - b\\n'",
    ];
    const result = await rig.run(rig.job({ command, results: 'tap' }));
    const log = logOf(result).join('|').replaceAll('|stdout ', '');
    expect(log).toMatch(
      /^stdout 1\.\.2\nok 1 - a\n(talk\n)?\|pass a.*talk|pass a.*not ok 2 - b\n\|fail b\|fail$/s,
    );
    expect(tests(result)).toEqual(['pass a', 'fail b']);
  });
});
