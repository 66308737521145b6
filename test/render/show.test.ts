import { describe, expect, test } from 'vitest';
import type { TestbedEvent } from '../../src/event/event.ts';
import { createPaint } from '../../src/render/paint.ts';
import { linesRenderer } from '../../src/render/live/lines.ts';
import type { Renderer } from '../../src/render/renderer.ts';
import { Overlord } from '../../src/overlord/overlord.ts';
import { Show } from '../../src/render/show.ts';
import { Outlet } from '../../src/render/outlet/outlet.ts';
import { StreamPort } from '../../src/render/outlet/stream-port.ts';
import { tableText } from '../../src/render/table.ts';
import { cut, fit, oneLine } from '../../src/render/text.ts';
import { Kept } from './support/live.ts';
import { eventfulSession } from './support/session.ts';
import { widthOf } from '../../src/diagnostic/width.ts';

function noting(types: Renderer['types']): Renderer & { seen: string[] } {
  const seen: string[] = [];
  return {
    types,
    seen,
    onEvent: (event: TestbedEvent) => seen.push(event.type),
    finish: async () => undefined,
  };
}

describe('Show', () => {
  test('does not parse what nobody wants', () => {
    const show = new Show(undefined, (message) => expect.fail(message));
    const some = noting(['warning']);
    show.add(some);
    show.apply('{"type":"measurement","seq":1,"at":2,broken');
    show.apply('{"type":"warning","seq":2,"at":2,"message":"x"}');
    show.apply('{"type":"from-the-future","seq":3,broken');
    expect(some.seen).toEqual(['warning']);
  });

  test('parses for the totals only what changes them, and they come to the same', () => {
    const [all, some] = [new Overlord(), new Overlord()];
    const show = new Show(some, (message) => expect.fail(message));
    const { lines, events } = eventfulSession();
    for (const [index, line] of lines.entries()) {
      const event = events[index];
      if (event === undefined) continue;
      all.apply(event);
      // A line that is parsed although nobody wants it is a fault.
      show.apply(show.wants(event.type) ? line : line.replace(/}$/, ''));
    }
    expect(show.wants('phase-started')).toBe(false);
    expect([some.balance, some.counters, some.failures, some.exitCode]).toEqual([
      all.balance,
      all.counters,
      all.failures,
      all.exitCode,
    ]);
  });

  test('takes a renderer out that throws, tells it once, and goes on with the others', async () => {
    const faults: string[] = [];
    const show = new Show(undefined, (message) => faults.push(message));
    let abandoned = 0;
    const good = noting('all');
    const bad: Renderer = {
      types: ['run-started'],
      onEvent: () => {
        throw new Error('no room on the screen');
      },
      finish: () => Promise.reject(new Error('never asked')),
      abandon: () => abandoned++,
    };
    show.add(bad);
    show.add(good);
    const { lines } = eventfulSession();
    for (const line of lines) show.apply(line);
    await show.finish();
    expect([good.seen.length, abandoned]).toEqual([lines.length, 1]);
    expect(faults).toEqual([
      'a part of the output has stopped (no room on the screen); the session goes on, and its log is complete.',
    ]);
  });

  test('a stream whose reader has gone gets nothing more, quietly', async () => {
    const stream = new Kept();
    stream.on('error', () => undefined);
    const outlet = new Outlet(new StreamPort(stream, false), {
      name: 'stderr',
      onFault: (message) => expect.fail(message),
    });
    const renderer = linesRenderer({ outlet, paint: createPaint(false), verbose: false });
    const [first] = eventfulSession().events;
    if (first === undefined) throw new Error('no event');
    renderer.onEvent(first, '');
    const before = stream.text;
    stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await new Promise((resolve) => stream.once('close', resolve));
    renderer.onEvent(first, '');
    await renderer.finish();
    expect([outlet.closed, stream.text]).toEqual([true, before]);
  });
});

describe('text', () => {
  test('of others can not move the cursor', () => {
    expect(oneLine('a\u001b[2J\u001b]0;title\u0007b\r\nc\u202ed\u0000')).toBe('ab  c d');
  });

  test('is cut by columns, not by characters', () => {
    expect(cut('日本語', 5)).toBe('日本…');
    expect(cut('日本語', 6)).toBe('日本語');
    expect(cut('abc', 0)).toBe('');
    expect(cut('👩‍🔬👩‍🔬', 3)).toBe('👩‍🔬…');
    for (let columns = 0; columns < 20; columns++) {
      const line = fit([{ text: 'name' }, { text: '' }, { text: '日本' }, { text: 'end of it' }], columns);
      expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }
  });
});

describe('a table', () => {
  const rows = [
    { name: 'v0', state: '', help: 'two words' },
    { name: 'a-long-name', state: '', help: '日本 and more of it' },
  ];

  test('is as wide as it needs to be, without columns in which there is nothing', () => {
    expect(tableText(rows)).toBe(
      'NAME         HELP\nv0           two words\na-long-name  日本 and more of it\n',
    );
    expect(tableText([])).toBe('');
  });

  test('is broken between words where that is too much, and never within one', () => {
    const narrow =
      'NAME         HELP\nv0           two words\na-long-name  日本 and\n             more of it\n';
    expect(tableText(rows, 24)).toBe(narrow);
    expect(tableText(rows, 1).split('\n').slice(3)).toEqual([
      'a-long-name  日本',
      '             and',
      '             more',
      '             of it',
      '',
    ]);
  });
});
