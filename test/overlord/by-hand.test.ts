import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunFinished, TestbedEvent } from '../../src/event/event.ts';
import { Overlord } from '../../src/overlord/overlord.ts';
import { eventfulSession } from '../render/support/session.ts';

/** The events of one more attempt at what failed, asked for by hand. */
function again(attempt: number, ...ends: Partial<RunFinished>[]): TestbedEvent[] {
  const order = 'STANDARD[RPI_PICO2-RISCV]';
  const run = `STANDARD[2731-RPI_PICO2-RISCV]~${attempt}`;
  return [
    { type: 'run-started', order, run, attempt, spec: 'standard', again: true },
    { type: 'test-finished', run, path: 'basics/nasty.py', verdict: 'fail', expected: false },
    { type: 'run-auditing', run },
    ...ends.map((end): TestbedEvent => {
      const fixed = { verdict: 'pass', expected: true, willRetry: false, durationMs: 1 } as const;
      return { type: 'run-finished', order, run, attempt, again: true, ...fixed, ...end };
    }),
  ];
}

function fold(events: readonly TestbedEvent[]): Overlord {
  const overlord = new Overlord();
  for (const event of events) overlord.apply(event);
  return overlord;
}

function told({ retriedByHand }: Overlord): unknown {
  return retriedByHand.map(({ order, attempts, passed }) => [
    order,
    passed,
    attempts.map(({ verdict }) => verdict),
  ]);
}

test('attempts that somebody asks for, wherever they come, change no counter, no sum and no exit code', () => {
  const { events } = eventfulSession();
  const without = fold(events);
  const ends = fc.option(
    fc.record({
      verdict: fc.constantFrom('pass', 'fail', 'error', 'skip'),
      expected: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(fc.nat({ max: events.length - 1 }), fc.nat({ max: 5 }), ends, (at, gap, end) => {
      const [first, ...rest] = again(2, ...(end === null ? [] : [end]));
      const before = events.slice(0, at + 1);
      const overlord = fold(before);
      const counters = overlord.counters;
      for (const event of [first!, ...rest]) overlord.apply(event);
      expect(overlord.counters).toEqual(counters);
      const torn = [
        ...before,
        first!,
        ...events.slice(at + 1, at + 1 + gap),
        ...rest,
        ...events.slice(at + 1 + gap),
      ];
      const all = fold(torn);
      for (const key of ['counters', 'balance', 'exitCode', 'tests', 'failures', 'flaky', 'notRun'] as const)
        expect(all[key]).toEqual(without[key]);
    }),
    { numRuns: 200 },
  );
});

test('an order that failed and then passed is told as that, and as failed again when it did; what was cut off says nothing', () => {
  const { events } = eventfulSession();
  const running = fold([...events, ...again(2)]);
  expect(running.again).toBe(1);
  const cut = fold([...events, ...again(2, { verdict: 'error', expected: false, cause: 'interrupted' })]);
  expect([cut.again, cut.retriedByHand]).toEqual([0, []]);
  const failed = fold([...events, ...again(2, { verdict: 'fail', expected: false })]);
  const passed = fold([...events, ...again(2, { verdict: 'fail', expected: false }), ...again(3, {})]);
  expect(told(failed)).toEqual([['STANDARD[RPI_PICO2-RISCV]', false, ['fail', 'fail']]]);
  expect(told(passed)).toEqual([['STANDARD[RPI_PICO2-RISCV]', true, ['fail', 'fail', 'pass']]]);
  expect(passed.flaky).toEqual(fold(events).flaky);
});
