import { expect, test } from 'vitest';
import { ganttLines, type GanttRow } from '../../src/render/gantt.ts';
import { createPaint } from '../../src/render/paint.ts';

const HOUR = 3_600_000;

/** Rows over an evening of this length; a minute of an hour is its sixtieth part. */
function rowsOf(endMs: number): GanttRow[] {
  const minute = endMs / 60;
  return [
    {
      name: '2731',
      more: 'RPI_PICO2',
      bars: [
        { startMs: 0, endMs: minute, mark: '▒' },
        { startMs: minute, endMs: 20 * minute, mark: 'A' },
        { startMs: 40 * minute, endMs, mark: 'b' },
      ],
    },
    // A second in an hour is to be seen, too.
    {
      name: '3f01',
      more: 'RPI_PICO_W',
      bars: [{ startMs: 30 * minute, endMs: 30 * minute + minute / 60, mark: 'C' }],
    },
    { name: 'a-tentacle-with-a-very-long-name', more: '', bars: [] },
  ];
}

function chart(columns: number, endMs = HOUR): string[] {
  return [...ganttLines(rowsOf(endMs), { endMs, columns, paint: createPaint(false) })];
}

test('a chart of 80 columns', () => {
  expect(chart(80)).toEqual([
    '                          0       10m     20m     30m     40m     50m',
    '2731 RPI_PICO2            ▒AAAAAAAAAAAAAAAA···············bbbbbbbbbbbbbbbbb  67%',
    '3f01 RPI_PICO_W           ························C························   0%',
    'a-tentacle-with-a-very-l… ·················································   0%',
  ]);
});

test('a chart of 40 columns: ids only, and fewer times', () => {
  expect(chart(40)).toEqual([
    '             0          30m',
    '2731         AAAAAAAA······bbbbbbbb  67%',
    '3f01         ···········C··········   0%',
    'a-tentacle-… ······················   0%',
  ]);
});

test('whatever the width and the time, no line is too wide and the axis stays in its columns', () => {
  for (const columns of [40, 59, 60, 79, 80, 132, 200])
    for (const endMs of [0, 1, 999, 61_000, 3_600_000, 86_400_000, 9e9, 9e12]) {
      const lines = chart(columns, endMs);
      expect(lines).toHaveLength(4);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      // Times never touch each other.
      expect(lines[0]).toMatch(/^ +0( +(\d+:\d\d|\d+m|\d+h\d\d|\d+h|\d+d))*$/);
    }
});
