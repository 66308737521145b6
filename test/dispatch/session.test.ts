import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { ONE_ROLE, SessionRig, leftOver, spec, tentacle, verdicts } from './bench.ts';

test('host-only runs: events in order, without gaps, few bytes, everything accounted for', async () => {
  await using rig = new SessionRig();
  const session = rig.start(
    { specs: [spec('good', ['pass']), spec('bad', ['fail'])], count: 20 },
    { jobs: 2 },
  );
  expect(await session.finished).toEqual({ exit: 1 });
  const log = session.log();
  expect(log).toEqual(session.events);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index));
  expect(log[0]).toMatchObject({ type: 'session-started', plan: { orders: 40 } });
  expect(log.at(-1)).toMatchObject({ type: 'session-finished', ending: 'complete', exit: 1 });
  expect(session.overlord.balance).toMatchObject({ planned: 40, pass: 20, fail: 20, balanced: true });
  const open = new Set<string>();
  let most = 0;
  for (const event of log) {
    if (event.type === 'run-started') open.add(event.run);
    if (event.type === 'run-finished') expect(open.delete(event.run)).toBe(true);
    most = Math.max(most, open.size);
  }
  expect([open.size, most]).toEqual([0, 2]);
});

test('a worker that dies: its run errs with the evidence, is offered once more, and no other run is touched', async () => {
  await using rig = new SessionRig();
  const specs = [spec('twin', ['die-once']), spec('dies', ['die']), spec('good', ['pass'], { priority: -1 })];
  const session = rig.start({ specs }, { jobs: 1 });
  expect(await session.finished).toEqual({ exit: 3 });
  expect(verdicts(session.log()).toSorted()).toEqual([
    'DIES worker-died …',
    'DIES~2 worker-died',
    'GOOD pass',
    'TWIN worker-died …',
    'TWIN~2 pass',
  ]);
  const died = session.log().find((event) => event.type === 'run-finished' && event.run === 'DIES~2');
  expect(died).toMatchObject({
    verdict: 'error',
    blame: 'lab',
    reason: 'The worker process died in the middle of the run: exit code 7.',
    evidence: 'Fatal: out of cheese',
  });
});

test('what a dead worker leaves running is ended before its run is finished', async () => {
  await using rig = new SessionRig();
  let alive: boolean | undefined;
  const session = rig.start({
    specs: [spec('stray', ['die-with-stray', rig.file('pid')])],
    onEvent: (event) => {
      if (event.type === 'run-finished' && event.attempt === 1) {
        const pid = readFileSync(rig.file('pid'), 'utf8').trim();
        alive = processLives(Number(pid));
      }
    },
  });
  expect(await session.finished).toEqual({ exit: 0 });
  expect(alive).toBe(false);
});

test('a worker that is stopped can not hang the session: past all limits it is killed', async () => {
  await using rig = new SessionRig();
  const specs = [spec('hangs', ['hang'], { timeoutMs: 50 }), spec('good', ['pass'])];
  const session = rig.start({ specs }, { jobs: 1, hungAfterMs: 300 });
  expect(await session.finished).toEqual({ exit: 3 });
  expect(verdicts(session.log()).toSorted()).toEqual([
    'GOOD pass',
    'HANGS worker-died …',
    'HANGS~2 worker-died',
  ]);
  const hung = session.log().find((event) => event.type === 'run-finished' && event.run === 'HANGS');
  expect(hung).toMatchObject({ reason: expect.stringContaining('it did not end the run within') });
});

test('a worker that can not be started: the run errs, and says why', async () => {
  await using rig = new SessionRig();
  const { execPath } = process;
  process.execPath = '/no/such/node';
  try {
    const session = rig.start({ specs: [spec('good', ['pass'])] });
    expect(await session.finished).toEqual({ exit: 3 });
    expect(session.log().findLast(({ type }) => type === 'run-finished')).toMatchObject({
      run: 'GOOD~2',
      cause: 'worker-died',
      evidence: 'spawn /no/such/node ENOENT',
    });
  } finally {
    process.execPath = execPath;
  }
  const noProgram = rig.start({ specs: [spec('good', ['pass'])] }, { workerEntry: '/no/such/worker.js' });
  expect(await noProgram.finished).toEqual({ exit: 3 });
  const end = noProgram.log().findLast(({ type }) => type === 'run-finished');
  expect(end).toMatchObject({ evidence: expect.stringContaining("Cannot find module '/no/such/worker.js'") });
});

test('what a worker prints on stdout is no message', async () => {
  await using rig = new SessionRig();
  const session = rig.start({ specs: [spec('babbles', ['babble'])] });
  expect(await session.finished).toEqual({ exit: 0 });
  expect(verdicts(session.log())).toEqual(['BABBLES pass']);
});

test.for([
  ['malformed', 'a line that is no JSON: this is {no JSON'],
  ['usurp', 'an event that is not its to say: {"type":"run-finished"'],
])('a worker that talks nonsense (%s) is trusted no more', async ([behaviour, reason]) => {
  await using rig = new SessionRig();
  const specs = [spec('odd', [behaviour!]), spec('good', ['pass'])];
  const session = rig.start({ specs }, { jobs: 1 });
  expect(await session.finished).toEqual({ exit: 3 });
  expect(verdicts(session.log()).toSorted()).toEqual(['GOOD pass', 'ODD worker-died …', 'ODD~2 worker-died']);
  const odd = session.log().find((event) => event.type === 'run-finished' && event.run === 'ODD');
  expect(odd).toMatchObject({ reason: expect.stringContaining(reason!) });
});

test('a worker that ends between runs is replaced, and no run suffers', async () => {
  await using rig = new SessionRig();
  const session = rig.start({ specs: [spec('leaves', ['exit-after'])], count: 5 }, { jobs: 1 });
  const { exit } = await session.finished;
  // Whether the next job reached it before it was gone is a race, and an offer more makes up for it.
  expect(exit).toBe(0);
  expect(session.overlord.balance).toMatchObject({ planned: 5, pass: 5, balanced: true });
});

test('errors are offered again as often as the spec says, fails only if it says so', async () => {
  await using rig = new SessionRig();
  const specs = [
    spec('flaky', ['flaky'], { retries: 1 }),
    spec('error', ['error'], { retries: 2 }),
    spec('fail', ['fail'], { retries: 2 }),
    spec('once', ['flaky']),
    spec('asked', ['fail'], { retryFails: 1 }),
  ];
  const session = rig.start({ specs }, { jobs: 1 });
  expect(await session.finished).toEqual({ exit: 3 });
  expect(verdicts(session.log()).toSorted()).toEqual([
    'ASKED exit-code …',
    'ASKED~2 exit-code',
    'ERROR no-repl …',
    'ERROR~2 no-repl …',
    'ERROR~3 no-repl',
    'FAIL exit-code',
    'FLAKY no-repl …',
    'FLAKY~2 pass',
    'ONCE no-repl',
  ]);
  expect(session.overlord.balance).toMatchObject({ planned: 5, balanced: true });
});

test('an isolated run is alone, whatever else could run', async () => {
  await using rig = new SessionRig();
  const specs = [spec('alone', ['pass'], { isolated: true }), spec('other', ['pass'])];
  const session = rig.start({ specs, count: 3 }, { jobs: 3 });
  expect(await session.finished).toEqual({ exit: 0 });
  const running = new Set<string>();
  for (const event of session.log()) {
    if (event.type === 'run-finished') running.delete(event.run);
    if (event.type !== 'run-started') continue;
    running.add(event.run);
    if ([...running].some((run) => run.startsWith('ALONE'))) expect(running.size).toBe(1);
  }
});

test('what was not built is not offered again, however many retries the spec has', async () => {
  await using rig = new SessionRig();
  const session = rig.start({ specs: [spec('unbuilt', ['unbuilt'], { retries: 2 })] });
  expect(await session.finished).toEqual({ exit: 3 });
  expect(verdicts(session.log())).toEqual(['UNBUILT build-failed']);
  expect(session.log().filter(({ type }) => type === 'run-retried')).toEqual([]);
  expect(session.overlord.balance).toMatchObject({ planned: 1, error: 1, balanced: true });
});

test('fail-fast and bail-out: what runs comes to its end, the rest is not run', async () => {
  await using rig = new SessionRig();
  const failFast = rig.start({ specs: [spec('bad', ['fail'])], count: 5 }, { jobs: 1, failFast: 2 });
  expect(await failFast.finished).toEqual({ exit: 3 });
  expect(verdicts(failFast.log())).toHaveLength(2);
  expect(leftOver(failFast.log())).toEqual(['BAD#3 fail-fast', 'BAD#4 fail-fast', 'BAD#5 fail-fast']);
  expect(failFast.log().at(-1)).toMatchObject({ ending: 'complete' });

  const specs = [spec('fire', ['bail'], { retryFails: 1 }), spec('good', ['pass'], { priority: -1 })];
  const bail = rig.start({ specs }, { jobs: 1 });
  expect(await bail.finished).toEqual({ exit: 3 });
  expect(leftOver(bail.log())).toEqual(['GOOD bail']);
  // Who asked for it failed, is not offered again, and its end is the last that is told of it.
  expect(
    bail
      .log()
      .filter(({ run }) => run === 'FIRE')
      .slice(-2),
  ).toMatchObject([
    { type: 'bail-out', reason: 'the bench is on fire' },
    { type: 'run-finished', verdict: 'fail', willRetry: false },
  ]);
  expect(bail.overlord.balance).toMatchObject({ planned: 2, fail: 1, notRun: 1, balanced: true });
});

test('a run that the system has nothing left to start is no attempt: it waits, and is offered again', async () => {
  await using rig = new SessionRig();
  const session = rig.start({ specs: [spec('short', ['short', rig.file('times'), '2'])] });
  expect(await session.finished).toEqual({ exit: 0 });
  expect(verdicts(session.log())).toEqual(['SHORT shortage …', 'SHORT shortage …', 'SHORT pass']);
  expect(session.overlord.flaky).toEqual([]);
  const told = session.log().filter(({ type }) => type === 'warning' || type === 'run-retried');
  expect(told).toMatchObject([
    { run: 'SHORT', message: expect.stringContaining('No processes. Lower --jobs.') },
  ]);
});

test('… it waits for what runs, and is begun when that is over', async () => {
  await using rig = new SessionRig();
  const specs = [
    spec('waits', ['wait', rig.file('go')], { priority: 1 }),
    spec('short', ['short', rig.file('times'), '1']),
  ];
  const session = rig.start({ specs }, { jobs: 3 });
  await session.until(() => verdicts(session.events).length === 1);
  rig.touch('go');
  expect(await session.finished).toEqual({ exit: 0 });
  const order = session.events.flatMap((event) =>
    event.type === 'run-started' ? [`+${event.run}`] : event.type === 'run-finished' ? [`-${event.run}`] : [],
  );
  expect(order).toEqual(['+WAITS', '+SHORT', '-SHORT', '-WAITS', '+SHORT', '-SHORT']);
});

test('… and when nothing runs it waits a few times only: then it is an error that says what to do', async () => {
  await using rig = new SessionRig();
  const session = rig.start(
    { specs: [spec('short', ['short', rig.file('times'), '99'], { retries: 3 })], count: 2 },
    { jobs: 1 },
  );
  expect(await session.finished).toEqual({ exit: 3 });
  const waits = Array.from({ length: 4 }, () => 'SHORT shortage …');
  expect(verdicts(session.log()).toSorted()).toEqual(
    ['SHORT shortage', ...waits, 'SHORT#2 shortage'].toSorted(),
  );
  expect(session.overlord.balance).toMatchObject({ planned: 2, error: 2, balanced: true });
});

test.for(['soon', 'now'] as const)(
  'stop %s: what ran is cut off, all is told, nothing stays',
  async (how) => {
    await using rig = new SessionRig();
    const specs = [spec('waits', ['wait', rig.file('never')])];
    const session = rig.start({ specs, count: 3 }, { jobs: 1 });
    await session.until(() => session.progress.length > 0);
    session.stop(how, 'SIGTERM');
    expect(await session.finished).toEqual({ exit: 143 });
    expect(verdicts(session.log())).toEqual(['WAITS interrupted …']);
    expect(leftOver(session.log())).toEqual([
      'WAITS interrupted',
      'WAITS#2 interrupted',
      'WAITS#3 interrupted',
    ]);
    expect(session.log().at(-1)).toMatchObject({
      type: 'session-finished',
      ending: 'interrupted',
      exit: 143,
    });
    expect(session.overlord.balance).toMatchObject({ planned: 3, notRun: 3, balanced: true });
  },
);

test('stop now: a worker that does not hear it is killed', async () => {
  await using rig = new SessionRig();
  const session = rig.start({ specs: [spec('deaf', ['deaf'])] });
  await session.until(() => session.progress.length > 0);
  session.stop('soon');
  session.stop('now');
  expect(await session.finished).toEqual({ exit: 130 });
  expect(verdicts(session.log())).toEqual(['DEAF interrupted …']);
});

test('named resources: an exclusive one keeps runs apart, a shared one does not', async () => {
  await using rig = new SessionRig();
  const exclusive = rig.start(
    { specs: [spec('alone', ['pass'], { uses: { port: 'exclusive' } })], count: 6 },
    { jobs: 3 },
  );
  const shared = rig.start(
    { specs: [spec('shared', ['wait', rig.file('go')], { uses: { port: 'shared' } })], count: 2 },
    { jobs: 2 },
  );
  await shared.until(() => shared.progress.length === 2);
  rig.touch('go');
  expect([await exclusive.finished, await shared.finished]).toEqual([{ exit: 0 }, { exit: 0 }]);
  const marks = exclusive.log().flatMap(({ type }) => (type.startsWith('run-') ? [type] : []));
  expect(marks).toEqual(Array.from({ length: 6 }, () => ['run-started', 'run-finished']).flat());
});

test('tentacles: leased while a run has them, flashed firmware is in the ledger, other tentacles go on', async () => {
  await using rig = new SessionRig();
  const session = rig.start(
    { specs: [spec('flash', ['flash'], ONE_ROLE)], tentacles: [tentacle('1'), tentacle('2')], count: 4 },
    { flash: 'skip' },
  );
  expect(await session.finished).toEqual({ exit: 0 });
  const held = new Set<string>();
  for (const event of session.log()) {
    if (event.type === 'tentacle-leased') expect(held.add(event.tentacle).size).toBeLessThan(3);
    if (event.type === 'run-started')
      expect(event.bindings?.every((each) => held.has(each.tentacle))).toBe(true);
    if (event.type === 'tentacle-released') expect(held.delete(event.tentacle)).toBe(true);
  }
  expect(held.size).toBe(0);
  const ledger = readFileSync(`${rig.state}/ledger.jsonl`, 'utf8').trimEnd().split('\n');
  expect(ledger).toHaveLength(4);
  expect(JSON.parse(ledger[0]!)).toMatchObject({
    session: 'session-1',
    version: '1.0',
    boardVariant: 'BOARD',
  });
});

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
}
