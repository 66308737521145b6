import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { RunLog } from '../../src/log/run-log.ts';
import { screen, showLive } from './support/live.ts';
import { Results } from './support/results.ts';
import { eventfulSession, RecordedSession } from './support/session.ts';

const FAILED = 'STANDARD[2731-RPI_PICO2-RISCV]';

function runLog(results: Results, run: string): RunLog {
  const directory = path.join(results.directory, 'runs', run);
  mkdirSync(directory, { recursive: true });
  return RunLog.create(path.join(directory, 'run.ljsonl'));
}

test('qvf says nothing of what passed, and all about what failed, in its order, from the disk', async () => {
  using results = new Results();
  results.write('runs/SMOKE[v0-VIRTUAL]/output.txt', 'not to be seen\n');
  const log = runLog(results, FAILED);
  log.harness('the test phase begins');
  log.output('stdout', Buffer.from('one\n  two \u001b[2J'));
  log.output('stderr', Buffer.from('and stderr\n'));
  log.output('stdout', Buffer.from('ends here\n::error::not ours\n'));
  log.test({ path: 'basics/nasty.py', verdict: 'fail', expected: false, reason: 'got 1', durationMs: 3 });
  log.finish({ verdict: 'fail', expected: false });
  // The worker of this one was killed: there is but what it printed.
  results.write('runs/STANDARD[v1-VIRTUAL-V127]/output.txt', 'last words');
  const { stderr } = await showLive(eventfulSession(), results, screen('qvf'));
  const shown = stderr.slice(0, stderr.indexOf('\n\n')).replaceAll(/^\d\d:\d\d:\d\d /gm, '');
  expect(shown.split('\n')).toEqual([
    `FAIL     ${FAILED}  1 of 4 tests failed, 1:01`,
    '         · the test phase begins',
    '         | one',
    '         | and stderr',
    '         |   two ends here',
    '         | ::error::not ours',
    '         fail basics/nasty.py: got 1',
    'ERROR    STANDARD[v1-VIRTUAL-V127]  the port of v1 went away, 0.9 s',
    '         | last words',
    'ERROR    FLAKY[v0-VIRTUAL]  the board did not answer, 0.5 s, to be retried',
    'UNSCHED  MULTI[VIRTUAL,instance0]  no other tentacle has wlan',
    'UNSCHED  MULTI[VIRTUAL,instance1]  no other tentacle has wlan',
  ]);
});

test('of a run that printed a great deal the end is shown, and where the rest is', async () => {
  using results = new Results();
  const session = new RecordedSession({ spec: 1 });
  const run = session.begin('spec', 't0');
  results.write(`runs/${run.run}/output.txt`, `${'x'.repeat(99)}\n`.repeat(30_000) + 'the end\n');
  session.end(run, { verdict: 'fail', expected: false }).finish(1);
  const { stderr } = await showLive(session, results, screen('qvf'));
  expect(stderr).toMatch(/… the first 1906 KB are in .*output\.txt\n/);
  expect(stderr).toContain('         | the end\n');
  expect(stderr.length).toBeLessThan(1.3 * 1024 * 1024);
});
