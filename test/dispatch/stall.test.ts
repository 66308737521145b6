import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StallWatch, stallText } from '../../src/dispatch/stall.ts';
import type { Wait } from '../../src/plan/waits.ts';

const WAIT: Wait = { spec: 'smoke', orders: 2, reasons: ['2731 is busy with NET for 45 s'] };

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** When reports come within this many seconds, in seconds, `started` being told at those seconds. */
function reports(within: number, startedAt: readonly number[], waits: () => readonly Wait[] = () => [WAIT]) {
  const told: number[] = [];
  let second = 0;
  const watch = new StallWatch({ afterMs: 30_000, waits, tell: () => told.push(second) });
  for (second = 1; second <= within; second++) {
    vi.advanceTimersByTime(1000);
    if (startedAt.includes(second)) watch.started();
  }
  watch.close();
  vi.advanceTimersByTime(3_600_000);
  return told;
}

test('the first report comes after the time that was asked for, then ever later; whatever starts sets it back', () => {
  expect(reports(500, [])).toEqual([30, 90, 210, 450]);
  expect(reports(500, [29, 58, 100])).toEqual([88, 130, 190, 310]);
  expect(reports(100, [], () => [])).toEqual([]);
});

test('the longest wait between two reports has a limit', () => {
  const told = reports(30 * 32 * 6, []);
  expect(told.at(-1)! - told.at(-2)!).toBe(30 * 32);
});

test('a long list is cut and counted', () => {
  const waits = Array.from({ length: 11 }, (_, i): Wait => ({ ...WAIT, spec: `s${i}`, orders: 1 }));
  expect(stallText([{ ...WAIT, reasons: ['a', 'b', 'c', 'd', 'e', 'f'] }], 45_000)).toBe(
    'nothing has started for 45 s, and 2 orders wait; that may be as it should be:\n' +
      '  2 orders of smoke: a; b; c; d; and 2 more',
  );
  const lines = stallText(waits, 250_000).split('\n');
  expect([lines.length, lines.at(-1)]).toEqual([10, '  and orders of 3 more specs']);
  expect(stallText(waits.slice(0, 1), 1000)).toMatch(/and 1 order waits;/);
});
