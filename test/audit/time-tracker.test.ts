import { expect, test } from 'vitest';
import { TimeTracker } from '../../src/audit/time-tracker.ts';

test('steps on several tentacles count from the first beginning to the last end; steps that come again add up', () => {
  const times = new TimeTracker();
  times.output(50);
  times.begin('power', 100);
  times.begin('power', 110);
  times.end('power', 150);
  times.end('power', 180);
  times.begin('test', 200);
  times.output(230);
  times.output(270);
  expect(times.times(280)).toEqual({ powerMs: 80, firstOutputMs: 30, testMs: 80 });
  times.end('test', 300);
  times.begin('audit', 300);
  times.end('audit', 305);
  times.begin('teardown', 305);
  times.end('teardown', 405.4);
  times.begin('audit', 406);
  expect(times.times(410)).toEqual({
    powerMs: 80,
    firstOutputMs: 30,
    testMs: 100,
    auditMs: 9,
    teardownMs: 100,
  });
  expect(() => times.end('flash', 420)).toThrow('expected flash to have begun');
});
