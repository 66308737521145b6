import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ownIdentity } from '../../src/util/process-identity.ts';
import { testbed, testbedWords } from './support/cli.ts';
import { showLive } from './support/live.ts';
import { Results, SESSION } from './support/results.ts';
import { eventfulSession, RecordedSession } from './support/session.ts';
import { Terminal } from './support/terminal.ts';

process.env['TZ'] = 'UTC';

/** A session of this very process, which lives. */
function livingSession(): RecordedSession {
  const session = new RecordedSession({ smoke: 2 }, { process: ownIdentity() });
  session.end(session.begin('smoke', 'v0'));
  return session;
}

describe('testbed replay', () => {
  test('shows what the run showed, and exits as it did', async () => {
    const session = eventfulSession();
    using results = new Results(session.log);
    const live = await showLive(session, results);
    const replayed = testbed(results.cwd, 'replay');
    expect(replayed).toEqual({ exit: live.exit, stdout: '', stderr: live.stderr });
    const quiet = testbed(results.cwd, 'replay', SESSION, '-q');
    expect(live.stderr.endsWith(quiet.stderr)).toBe(true);
    expect(testbed(results.cwd, 'replay', '--format', 'jsonl').stdout).toBe(session.log);
  });

  test.each([0, 1, 130])('exits %d for a session that did', (exit) => {
    const session = new RecordedSession({ smoke: 1 });
    const run = session.begin('smoke', 'v0');
    session.end(run, exit === 1 ? { verdict: 'fail', expected: false } : {});
    using results = new Results(session.finish(exit, exit === 130 ? 'interrupted' : 'complete').log);
    expect(testbed(results.cwd, 'replay').exit).toBe(exit);
  });

  test('draws the tree in a terminal', async () => {
    using results = new Results(eventfulSession().log);
    const command = `cd '${results.cwd}'; ${testbedWords('replay')} 2>/dev/tty | cat`;
    using terminal = new Terminal(command, { columns: 100, rows: 50 });
    const screen = await terminal.until((lines) => lines.some((line) => line.startsWith('exit ')));
    expect(screen.slice(0, 6)).toEqual([
      '⊘ SMOKE 1/2 2.0 s',
      '✖ STANDARD 2/3 2 failed 1:02',
      '✖ MULTI 2/2 2 failed',
      '⊘ HOST 1/2 0.1 s',
      '✔ FLAKY 1/1 1.0 s',
      '[P:3|F:4|A:0|R:0|T:3] 1:05',
    ]);
    expect(screen.filter((line) => line.startsWith('10 planned = 2 pass + 1 fail + 1 error'))).toHaveLength(
      1,
    );
    expect(terminal.cursorVisible).toBe(true);
  });
});

describe('a log that has no end', () => {
  const cut = eventfulSession().log.slice(0, -30);

  test.each(['log', 'replay', 'report'])('is told as such by testbed %s, exit 4', (command) => {
    using results = new Results(cut);
    const { exit, stderr } = testbed(results.cwd, command);
    expect(exit).toBe(4);
    expect(stderr).toMatch(/events\.jsonl: the last record \(line \d+\) is cut off after "/);
  });

  test.each(['log', 'replay', 'report'])('of another program is refused by testbed %s, exit 4', (command) => {
    using results = new Results('{"event":"start"}\n{"event":"stop"}\n');
    const { exit, stdout, stderr } = testbed(results.cwd, command);
    expect([exit, stdout]).toEqual([4, '']);
    expect(stderr).toBe(
      `testbed: ${results.directory}/events.jsonl: this is no log of a session that can be read here: ` +
        'it does not begin with a session-started record, but with "{"event":"start"}".\n',
    );
  });

  test('of a session whose process is gone says who it was', () => {
    const session = new RecordedSession({ smoke: 2 }, { process: { ...ownIdentity(), startTime: '1' } });
    session.end(session.begin('smoke', 'v0'));
    using results = new Results(session.log);
    const { exit, stderr } = testbed(results.cwd, 'replay');
    expect(exit).toBe(4);
    expect(stderr).toContain(
      `the session was cut off: its process (pid ${process.pid} on ${os.hostname()}) is gone, and the log has no end.`,
    );
    expect(stderr).toContain('the log ends before the session did: 0 running, 1 still to do.');
  });

  test('of a living session is no fault, but no success of it either', () => {
    using results = new Results(livingSession().log);
    const log = testbed(results.cwd, 'log');
    expect(log.exit).toBe(0);
    expect(log.stderr).toBe(
      `testbed: this session is still running (pid ${process.pid} on ${os.hostname()}); this is what happened until now.\n`,
    );
    expect(testbed(results.cwd, 'replay').exit).toBe(3);
    expect(testbed(results.cwd, 'report').exit).toBe(0);
  });

  test('has a bad line in its middle named, exit 4 although it ended', () => {
    const { lines } = eventfulSession();
    using results = new Results(`${lines.with(4, 'garbage').join('\n')}\n`);
    const { exit, stderr } = testbed(results.cwd, 'replay');
    expect(exit).toBe(4);
    expect(stderr).toContain('events.jsonl: line 5 is no record: "garbage".');
  });
});

describe('testbed log', () => {
  test('gives the records as they stand, and ends quietly when nobody reads on', () => {
    const session = eventfulSession();
    using results = new Results(session.log);
    expect(testbed(results.cwd, 'log', '--format', 'jsonl')).toEqual({
      exit: 0,
      stdout: session.log,
      stderr: '',
    });
    const head = `${testbedWords('log')} | head -n 1`;
    const options = { cwd: results.cwd, encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } } as const;
    expect(execFileSync('bash', ['-c', `set -o pipefail; ${head} 2>&1`], options)).toBe(
      `23:11:05 session  ${SESSION}  lab bench: 10 orders of 5 specs\n`,
    );
  });

  test('prints the output of one run, byte by byte', () => {
    using results = new Results(eventfulSession().log);
    results.write('runs/SMOKE[v0-VIRTUAL]/output.txt', 'one\r\ntwo without an end');
    expect(testbed(results.cwd, 'log', '--run', 'SMOKE').stdout).toBe('one\r\ntwo without an end');
    const unknown = testbed(results.cwd, 'log', '--run', 'X');
    expect(unknown.exit).toBe(2);
    expect(unknown.stderr).toContain('has no run "X".\n  It has 1, such as SMOKE[v0-VIRTUAL].');
  });

  test('says what to do where there is no session', () => {
    using results = new Results();
    rmSync(results.directory, { recursive: true });
    const { exit, stderr } = testbed(results.cwd, 'log');
    expect(exit).toBe(2);
    expect(stderr).toBe(
      `testbed: there is no session in ${results.cwd}/results yet.\n` +
        '  Make one with "testbed run", or say where they are with --results DIR.\n',
    );
  });
});

test('testbed report writes again what the run wrote', async () => {
  const session = eventfulSession();
  using results = new Results(session.log);
  await showLive(session, results);
  const files = ['report.md', 'junit.xml'].map((name) => path.join(results.directory, name));
  const written = files.map((file) => readFileSync(file, 'utf8'));
  for (const file of files) rmSync(file);
  expect(testbed(results.cwd, 'report')).toEqual({ exit: 0, stdout: `${files.join('\n')}\n`, stderr: '' });
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(written);
});
