import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { colorsFor } from '../../src/render/theme.ts';
import { Kept, screen, showLive } from './support/live.ts';
import { Results } from './support/results.ts';
import { BEGIN, eventfulSession, RecordedSession } from './support/session.ts';

process.env['TZ'] = 'UTC';
const golden = (name: string): string => path.join(import.meta.dirname, 'golden', `${name}.txt`);
const RUN = 'runs/STANDARD[2731-RPI_PICO2-RISCV]/output.txt';

describe('a session with a bit of everything', () => {
  test('as lines', async () => {
    using results = new Results();
    const { stderr, stdout, exit } = await showLive(eventfulSession(), results);
    expect(exit).toBe(3);
    expect(stdout).toBe('');
    await expect(stderr).toMatchFileSnapshot(golden('lines'));
  });

  test('in colour', async () => {
    using results = new Results();
    const { stderr } = await showLive(eventfulSession(), results, { colors: colorsFor({}) });
    await expect(stderr.replaceAll('\u001b', '␛')).toMatchFileSnapshot(golden('colour'));
  });

  test('verbose, with the output of runs that failed, made harmless', async () => {
    using results = new Results();
    results.write(
      RUN,
      'line 1\n\tindented \u001b[31mred\u001b[0m\n::error::not ours\r\n\u0007bell, no end of line',
    );
    const { stderr } = await showLive(eventfulSession(), results, screen('verbose'));
    await expect(stderr).toMatchFileSnapshot(golden('verbose'));
  });

  test('quiet is only the end', async () => {
    using results = new Results();
    const { stderr } = await showLive(eventfulSession(), results, screen('quiet'));
    const lines = await showLive(eventfulSession(), results);
    expect(lines.stderr.endsWith(stderr)).toBe(true);
    expect(stderr.startsWith('\n✖ fail STANDARD')).toBe(true);
  });

  test('jsonl is the records as they stand, on stdout', async () => {
    using results = new Results();
    const session = eventfulSession();
    const { stdout } = await showLive(session, results, screen('jsonl'));
    expect(stdout).toBe(session.log);
  });

  test('as report.md', async () => {
    using results = new Results();
    await showLive(eventfulSession(), results);
    const report = readFileSync(path.join(results.directory, 'report.md'), 'utf8');
    await expect(report).toMatchFileSnapshot(golden('report.md'));
    expect(existsSync(path.join(results.directory, 'report.md.new'))).toBe(false);
  });

  test('for GitHub Actions: annotations, and the report on the step', async () => {
    using results = new Results();
    const summary = path.join(results.cwd, 'step.md');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
    const { stderr } = await showLive(eventfulSession(), results, { env, ...screen('quiet') });
    expect(stderr.split('\n').filter((line) => line.startsWith('::'))).toEqual([
      '::error title=fail%3A STANDARD[RPI_PICO2-RISCV]::1 of 4 tests failed (on 2731)',
      '::error title=error%3A STANDARD[VIRTUAL-V127]::the port of v1 went away (on v1)',
      '::error title=unschedulable%3A MULTI[VIRTUAL%2Cinstance0]::no other tentacle has wlan',
      '::error title=unschedulable%3A MULTI[VIRTUAL%2Cinstance1]::no other tentacle has wlan',
    ]);
    expect(readFileSync(summary, 'utf8')).toBe(
      readFileSync(path.join(results.directory, 'report.md'), 'utf8'),
    );
  });
});

test('a session in which all is well says so in two lines', async () => {
  using results = new Results();
  const session = new RecordedSession({ smoke: 2 });
  for (const tentacle of ['v0', 'v1'])
    session.end(session.begin('smoke', tentacle, 1, tentacle.toUpperCase()));
  const { stderr, exit } = await showLive(session.wait(3000).finish(0), results, screen('quiet'));
  expect(exit).toBe(0);
  expect(stderr).toBe(
    '\n2 planned = 2 pass + 0 fail + 0 error + 0 skip + 0 unschedulable + 0 not-run\n' +
      'report: results/2026-11-20T23-11-05-4f2a/report.md, junit.xml (3.0 s)\n',
  );
});

test('an exception is named once, whether its test gives a reason, names it there, or neither', async () => {
  using results = new Results();
  const session = new RecordedSession({ smoke: 1 });
  const run = session.begin('smoke', 'v0');
  const fail = { verdict: 'fail', expected: false } as const;
  session
    .test(run, 'a.py', { ...fail, reason: 'TypeError: no (line 3)', exceptionClass: 'TypeError' })
    .test(run, 'b.py', { ...fail, reason: 'no such thing', exceptionClass: 'TypeError' })
    .test(run, 'c.py', { ...fail, exceptionClass: 'TypeError' })
    .test(run, 'd.py', { ...fail, reason: 'got MyTypeError', exceptionClass: 'TypeError' })
    .test(run, 'e.py', fail)
    .end(run, { ...fail, reason: 'It was in a mood.' });
  const { stderr } = await showLive(session.finish(1), results);
  const lines = stderr.split('\n');
  expect(lines.find((line) => line.includes(' FAIL '))).toContain('  It was in a mood, 2.1 s  [');
  const told = [
    ['a.py', 'TypeError: no (line 3)'],
    ['b.py', 'TypeError: no such thing'],
    ['c.py', 'TypeError'],
    ['d.py', 'TypeError: got MyTypeError'],
    ['e.py'],
  ];
  expect(lines.filter((line) => /^[\d:]+ fail /.test(line)).map((line) => line.split('  ').at(-1))).toEqual(
    told.map((parts) => parts.join(': ')),
  );
  expect(lines.filter((line) => line.startsWith('    fail '))).toEqual(
    told.map((parts) => `    fail     ${parts.join('  ')}`),
  );
  const report = readFileSync(path.join(results.directory, 'report.md'), 'utf8');
  for (const [, why] of told) if (why !== undefined) expect(report).toContain(`output.txt): ${why} |`);
});

test.each([
  [{}, '23:11:05 waiting  v0  held by jim on bench since 23:11:05 (pid 7: testbed run)'],
  [
    { waits: false },
    '23:11:05 held     v0  held by jim on bench since 23:11:05 (pid 7: testbed run); it is not waited for',
  ],
] as const)('a tentacle that somebody else holds, %j', async (more, line) => {
  using results = new Results();
  const session = new RecordedSession({ smoke: 1 });
  const process = { pid: 7, startTime: '1', bootId: 'b', host: 'bench' };
  const holder = { ...process, command: 'testbed run', since: BEGIN, user: 'jim' };
  session.add({ type: 'tentacle-held', tentacle: 'v0', holder, ...more });
  const { stderr } = await showLive(session.finish(3), results);
  expect(stderr.split('\n')).toContain(line);
});

test('on a terminal, reasons and warnings are broken between words', async () => {
  using results = new Results();
  const session = new RecordedSession({ smoke: 1 });
  const reason = `${'word '.repeat(30)}end`;
  session.add({ type: 'warning', message: reason });
  session.add({
    type: 'order-unschedulable',
    order: 'SMOKE[X]',
    spec: 'smoke',
    cause: 'no-tentacle',
    reason,
  });
  const stderr = Object.assign(new Kept(), { isTTY: true, columns: 60 });
  await showLive(session.finish(3), results, { ...screen('quiet'), stderr });
  const lines = stderr.text.split('\n');
  expect(lines.slice(1, 10)).toEqual([
    '✖ 1 order could not be scheduled',
    ...[11, 11].map((words) => `    ${'word '.repeat(words).trim()}`),
    '    word word word word word word word word end',
    '      SMOKE[X]',
    '',
    ...['⚠ ', '  '].map((mark) => `${mark}${'word '.repeat(11).trim()}`),
    '  word word word word word word word word end',
  ]);
});

test('a thousand failures fill a screen or two, not a hundred', async () => {
  using results = new Results();
  const session = new RecordedSession({ smoke: 1500 });
  for (let i = 0; i < 1000; i++)
    session.end(session.begin('smoke', 'v0', 1, `B${i}`), { verdict: 'fail', expected: false, reason: 'no' });
  for (let i = 0; i < 500; i++)
    session.add({
      type: 'order-unschedulable',
      order: `SMOKE[X${i}]`,
      spec: 'smoke',
      cause: 'no-tentacle',
      reason: 'no tentacle for it',
    });
  const { stderr } = await showLive(session.finish(3), results, screen('quiet'));
  const lines = stderr.split('\n');
  expect(lines.length).toBeLessThan(260);
  expect(lines).toContain('    … and 875 more failures, see the report');
  const reason = lines.indexOf('    no tentacle for it');
  expect(lines[reason + 1]).toBe('      SMOKE[X0], SMOKE[X1], SMOKE[X2] and 497 more');
  expect(session.events[0]?.at).toBe(BEGIN);
});

test('an interrupted session and one that does not add up say so', async () => {
  using results = new Results();
  const session = new RecordedSession({ smoke: 3 });
  session.end(session.begin('smoke', 'v0'));
  const { stderr, exit } = await showLive(session.finish(130, 'interrupted'), results, screen('quiet'));
  expect(exit).toBe(130);
  expect(stderr.split('\n').slice(1, 4)).toEqual([
    'interrupted; what was finished is kept.',
    '3 planned = 1 pass + 0 fail + 0 error + 0 skip + 0 unschedulable + 0 not-run',
    'this does not add up: 0 running, 2 still to do.',
  ]);
});
