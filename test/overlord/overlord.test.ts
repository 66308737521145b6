import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunFinished, RunStarted, SessionStarted, TestbedEvent } from '../../src/event/event.ts';
import { Overlord } from '../../src/overlord/overlord.ts';

const process_ = { pid: 1, startTime: '1', bootId: 'b', host: 'h' };

function started(orders: number, estimateMs = 10_000): SessionStarted {
  return {
    type: 'session-started',
    at: 1000,
    session: 's',
    format: 1,
    testbed: '0',
    node: 'v24',
    lab: 'l',
    process: process_,
    command: [],
    plan: { orders, specs: [{ spec: 'smoke', label: 'SMOKE', orders, estimateMs }] },
  };
}

const resumed: TestbedEvent = {
  type: 'session-resumed',
  at: 5000,
  session: 's',
  testbed: '0',
  node: 'v24',
  process: process_,
  command: [],
};

function begin(order: string, attempt = 1, at = 1000): RunStarted {
  return {
    type: 'run-started',
    order,
    run: `${order}~${attempt}`,
    attempt,
    at,
    spec: 'smoke',
    bindings: [{ role: 'dut', tentacle: `t${attempt}`, boardVariant: 'A' }],
  };
}

function finish(order: string, more: Partial<RunFinished> = {}): TestbedEvent {
  const attempt = more.attempt ?? 1;
  return {
    type: 'run-finished',
    order,
    run: `${order}~${attempt}`,
    attempt,
    verdict: 'pass',
    expected: true,
    willRetry: false,
    durationMs: 100,
    ...more,
  };
}

function ran(
  path: string,
  more: Partial<Extract<TestbedEvent, { type: 'test-finished' }>>,
  run = 'a~1',
): TestbedEvent {
  return { type: 'test-finished', run, path, verdict: 'pass', expected: true, ...more };
}

function left(type: 'order-not-run' | 'order-unschedulable', order: string): TestbedEvent {
  return {
    type,
    order,
    spec: 'smoke',
    cause: type === 'order-not-run' ? 'fail-fast' : 'no-tentacle',
    reason: `${order} is left`,
  };
}

function finished(ending: 'complete' | 'interrupted', exit: number): TestbedEvent {
  return {
    type: 'session-finished',
    ending,
    exit,
    counters: { P: 0, F: 0, A: 0, R: 0, T: 0 },
    durationMs: 1,
  };
}

function fold(...events: TestbedEvent[]): Overlord {
  const overlord = new Overlord();
  for (const event of events) overlord.apply(event);
  return overlord;
}

const bad = {
  verdict: 'fail',
  expected: false,
  cause: 'tests-failed',
  blame: 'test',
  reason: 'bad',
} as const;
const erred = {
  verdict: 'error',
  expected: false,
  cause: 'lost-tentacle',
  blame: 'lab',
  reason: 'gone',
} as const;

/** What may happen next to an order, by what it is. Everything that a dispatcher may say is in here. */
type Step = { readonly order: number; readonly what: number };
const steps = fc.array(fc.record({ order: fc.nat({ max: 9 }), what: fc.nat({ max: 11 }) }), {
  maxLength: 120,
});

/** Turns steps into a legal story, and tells what each order came to by its own bookkeeping. */
function story(orders: number, all: readonly Step[]): { events: TestbedEvent[]; ends: Map<string, string> } {
  const events: TestbedEvent[] = [started(orders)];
  const ends = new Map<string, string>();
  const running = new Map<string, boolean>();
  const attempts = new Map<string, number>();
  for (const { order, what } of all) {
    const id = `o${order}`;
    if (order >= orders || ends.has(id)) continue;
    const attempt = attempts.get(id) ?? 0;
    const auditing = running.get(id);
    if (auditing === undefined) {
      if (what === 0) {
        events.push(left('order-unschedulable', id));
        ends.set(id, 'unschedulable');
      } else {
        attempts.set(id, attempt + 1);
        running.set(id, false);
        events.push(begin(id, attempt + 1));
      }
      continue;
    }
    if (what < 3 && !auditing) {
      events.push({ type: 'run-auditing', run: `${id}~${attempt}` });
      running.set(id, true);
      continue;
    }
    if (what < 5) {
      events.push(ran('t.py', what === 3 ? bad : {}, `${id}~${attempt}`));
      continue;
    }
    running.delete(id);
    if (what === 5) events.push(finish(id, { ...erred, attempt, willRetry: true }));
    // Its session was killed: no word of its end, and when it goes on, all that ran is begun anew.
    else if (what === 6) {
      events.push(resumed);
      running.clear();
    } else if (what === 7)
      events.push(finish(id, { verdict: 'error', expected: false, cause: 'interrupted', attempt }));
    else {
      const outcome = (
        [bad, erred, { verdict: 'skip', reason: 'no wifi' }, { ...bad, expected: true }] as const
      )[what - 8]!;
      events.push(finish(id, { ...outcome, attempt }));
      ends.set(
        id,
        outcome.verdict === 'fail' && 'expected' in outcome && outcome.expected
          ? 'expected'
          : outcome.verdict,
      );
    }
  }
  // What is left is passed, and what was begun before the end came, cut off.
  for (let n = 0; n < orders; n++) {
    const id = `o${n}`;
    if (ends.has(id)) continue;
    if (n % 2 === 0) {
      const attempt = (attempts.get(id) ?? 0) + 1;
      events.push(begin(id, attempt), finish(id, { attempt }));
      ends.set(id, 'pass');
    } else {
      events.push(left('order-not-run', id));
      ends.set(id, 'not-run');
    }
  }
  return { events, ends };
}

test('any story: the counters always sum to the plan, F never falls, and in the end all is accounted for', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 }), steps, (orders, all) => {
      const { events, ends } = story(orders, all);
      const overlord = new Overlord();
      let failed = 0;
      for (const event of events) {
        overlord.apply(event);
        const { P, F, A, R, T } = overlord.counters;
        expect(P + F + A + R + T).toBe(orders);
        expect(Math.min(P, F, A, R, T)).toBeGreaterThanOrEqual(0);
        expect(F).toBeGreaterThanOrEqual(failed);
        failed = F;
      }
      const number = (end: string) =>
        ends
          .values()
          .filter((each) => each === end)
          .toArray().length;
      expect(overlord.balance).toMatchObject({
        planned: orders,
        pass: number('pass'),
        fail: number('fail') + number('expected'),
        expectedFail: number('expected'),
        error: number('error'),
        skip: number('skip'),
        unschedulable: number('unschedulable'),
        notRun: number('not-run'),
        running: 0,
        todo: 0,
        balanced: true,
      });
      const lab = number('error') + number('unschedulable') + number('not-run');
      expect(overlord.exitCode).toBe(lab > 0 ? 3 : number('fail') > 0 ? 1 : 0);
      expect(overlord.failures.map(({ order }) => order).toSorted()).toEqual(
        [...ends]
          .filter(([, end]) => end === 'fail' || end === 'error')
          .map(([id]) => id)
          .toSorted(),
      );
      expect(fold(...events, finished('interrupted', 130)).exitCode).toBe(130);
    }),
    { numRuns: 500 },
  );
});

test('exit codes: 3 beats 1 beats 0, what was not done is never 0, an interrupt beats all', () => {
  expect(fold(started(0)).exitCode).toBe(0);
  expect(fold(started(1)).exitCode).toBe(3);
  const two = [started(2), begin('a'), begin('b'), finish('a')];
  expect(fold(...two).exitCode).toBe(3);
  expect(fold(...two, finish('b')).exitCode).toBe(0);
  expect(fold(...two, finish('b', { verdict: 'skip', reason: 'x' })).exitCode).toBe(0);
  expect(fold(...two, finish('b', { ...bad, expected: true })).exitCode).toBe(0);
  expect(fold(...two, finish('b', bad)).exitCode).toBe(1);
  expect(fold(started(3), begin('c'), finish('c', bad), ...two.slice(1), finish('b', erred)).exitCode).toBe(
    3,
  );
  expect(fold(...two, left('order-unschedulable', 'b')).exitCode).toBe(3);
  expect(fold(...two, finish('b', erred), finished('complete', 3)).exitCode).toBe(3);
  expect(fold(...two, finish('b', erred), finished('interrupted', 143)).exitCode).toBe(143);
  // A session that goes on is judged by all of it.
  expect(fold(...two, finished('interrupted', 130), resumed, begin('b'), finish('b')).exitCode).toBe(0);
});

test('a failure carries all that the end of a session prints', () => {
  const reproduce = { cwd: '/x', env: { A: '1' }, argv: ['run-tests.py', '-t', 'a0'] };
  const overlord = fold(
    started(1),
    begin('a'),
    ran('ok.py', { durationMs: 5 }),
    ran('bad.py', { ...bad, exceptionClass: 'ValueError', durationMs: 7 }),
    ran('known.py', { ...bad, expected: true }),
    ran('mended.py', { expected: false, reason: 'unexpected pass' }),
    { type: 'bail-out', run: 'a~1', reason: 'no power' },
    { type: 'warning', message: 'plan.yaml:7: mended' },
    finish('a', { ...bad, evidence: 'bad.py: ValueError', reproduce }),
  );
  const tests = { pass: 2, fail: 1, error: 0, skip: 0, expectedFail: 1, unexpectedPass: 1 };
  expect(overlord.failures).toEqual([
    {
      order: 'a',
      run: 'a~1',
      spec: 'smoke',
      label: 'SMOKE',
      attempt: 1,
      bindings: [{ role: 'dut', tentacle: 't1', boardVariant: 'A' }],
      ...bad,
      evidence: 'bad.py: ValueError',
      reproduce,
      tests,
      failed: [{ path: 'bad.py', verdict: 'fail', reason: 'bad', exceptionClass: 'ValueError' }],
      unexpectedPasses: [{ path: 'mended.py', verdict: 'pass', reason: 'unexpected pass' }],
      durationMs: 100,
    },
  ]);
  expect(overlord.tests).toEqual(tests);
  expect(overlord.unexpectedPasses).toHaveLength(1);
  expect([overlord.bailedOut, overlord.warnings]).toEqual(['no power', ['plan.yaml:7: mended']]);
});

test('an attempt that will be retried goes back to do, and what passes then is flaky', () => {
  const overlord = fold(started(1), begin('a'), ran('t.py', bad), finish('a', { ...erred, willRetry: true }));
  expect(overlord.counters).toEqual({ P: 0, F: 0, A: 0, R: 0, T: 1 });
  expect(overlord.tests.fail).toBe(0);
  for (const event of [begin('a', 2), ran('t.py', {}, 'a~2'), finish('a', { attempt: 2 })])
    overlord.apply(event);
  expect(overlord.flaky).toEqual([
    {
      order: 'a',
      attempts: [
        { run: 'a~1', verdict: 'error', cause: 'lost-tentacle', reason: 'gone', tentacles: ['t1'] },
        { run: 'a~2', verdict: 'pass', tentacles: ['t2'] },
      ],
    },
  ]);
  expect([overlord.tests.pass, overlord.failures, overlord.exitCode]).toEqual([1, [], 0]);
});

test('what is settled stays so, whatever else is said of it', () => {
  const overlord = fold(
    started(2),
    begin('a'),
    finish('a', bad),
    begin('a', 2),
    finish('a', { attempt: 2 }),
    left('order-unschedulable', 'a'),
    left('order-not-run', 'a'),
  );
  expect(overlord.counters).toEqual({ P: 0, F: 1, A: 0, R: 0, T: 1 });
  expect([overlord.unschedulable, overlord.notRun, overlord.failures.length]).toEqual([[], [], 1]);
});

test('types that it does not know, and events of runs that it never saw begin, change nothing', () => {
  const overlord = fold(
    started(1),
    { type: 'health-changed', run: 'x' } as never,
    ran('t.py', bad, 'x'),
    finish('x', bad),
  );
  expect(overlord.counters).toEqual({ P: 0, F: 0, A: 0, R: 0, T: 1 });
  expect(overlord.tests.fail).toBe(0);
});

test('counts tests without their events, where a log has only the sum', () => {
  const tests = { pass: 4, fail: 0, error: 0, skip: 1, expectedFail: 0, unexpectedPass: 0 };
  expect(fold(started(1), begin('a'), finish('a', { tests })).tests).toEqual(tests);
});

test('the guess of the end comes from estimates, then from what runs took', () => {
  const overlord = fold(started(4));
  expect(overlord.etaMs(1000)).toBeUndefined();
  overlord.apply(begin('a', 1, 1000));
  expect(overlord.etaMs(1000)).toBe(40_000);
  expect(overlord.etaMs(6000)).toBe(35_000);
  for (const event of [finish('a', { durationMs: 2000 }), begin('b', 1, 3000)]) overlord.apply(event);
  expect(overlord.etaMs(3000)).toBe(6000);
  for (const event of [
    finish('b', { durationMs: 2000 }),
    left('order-unschedulable', 'c'),
    begin('d', 1, 21_000),
  ])
    overlord.apply(event);
  expect(overlord.etaMs(21_000)).toBe(2000);
  expect(overlord.etaMs(60_000)).toBe(0);
});

test('the guess of the end for specs that have not run yet follows what others took', () => {
  const specs = ['quick', 'other'].map((spec) => ({
    spec,
    label: spec.toUpperCase(),
    orders: 3,
    estimateMs: 6000,
  }));
  const overlord = fold({ ...started(6), plan: { orders: 6, specs } }, { ...begin('a'), spec: 'quick' });
  expect(overlord.etaMs(1000)).toBe(36_000);
  overlord.apply(finish('a', { durationMs: 300 }));
  overlord.apply({ ...begin('b', 1, 1300), spec: 'quick' });
  expect(overlord.etaMs(1300)).toBe(1500);
  // A spec of its own pace keeps it.
  overlord.apply({ ...begin('x', 1, 1300), spec: 'other' });
  overlord.apply(finish('x', { durationMs: 9000 }));
  expect(overlord.etaMs(10_300)).toBe(2 * 9000 + 300);
});

test('why tests were skipped or excused is told of attempts that count, and of no others', () => {
  const overlord = fold(
    started(2),
    begin('a'),
    ran('first.py', { verdict: 'skip', reason: 'of the lost attempt' }),
    finish('a', { ...erred, willRetry: true }),
    begin('a', 2),
    ran('skipped.py', { verdict: 'skip', reason: 'no wlan' }, 'a~2'),
    ran('known.py', { ...bad, expected: true }, 'a~2'),
    ran('good.py', {}, 'a~2'),
    finish('a', { attempt: 2 }),
    begin('b'),
    ran('cut.py', { verdict: 'skip' }, 'b~1'),
    finish('b', { verdict: 'error', expected: false, cause: 'interrupted' }),
  );
  expect(overlord.testNotes).toEqual([
    { path: 'skipped.py', order: 'a', reason: 'no wlan' },
    { path: 'known.py', order: 'a', reason: 'failed as expected: bad' },
  ]);
});
