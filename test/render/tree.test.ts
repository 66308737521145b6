import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Outlet } from '../../src/render/outlet/outlet.ts';
import { StreamPort } from '../../src/render/outlet/stream-port.ts';
import type { Renderer } from '../../src/render/renderer.ts';
import { createPaint } from '../../src/render/paint.ts';
import { FRAME_MS, treeRenderer } from '../../src/render/live/tree.ts';
import { Overlord } from '../../src/overlord/overlord.ts';
import { Kept } from './support/live.ts';
import { Results } from './support/results.ts';
import { RecordedSession } from './support/session.ts';
import { Terminal } from './support/terminal.ts';

const fixture = path.join(import.meta.dirname, 'fixtures/tree-demo.ts');
const demo = (results: Results, specs: number, each: number, parallel: number): string =>
  `'${process.execPath}' '${fixture}' ${specs} ${each} ${parallel} '${results.directory}'`;
const begun = (screen: readonly string[]): boolean => screen.some((line) => line.includes('[P:'));
const ended = (screen: readonly string[]): boolean => screen.some((line) => line.startsWith('exit '));

function narrow(screen: readonly string[]): void {
  expect(screen.filter((line) => line.startsWith('❯ SPEC'))).toHaveLength(2);
  expect(screen.at(-2)).toMatch(/^\d+ more runs/);
  expect(screen.at(-1)).toMatch(/^\[P:/);
  expect(screen.slice(2, -2).every((line) => /^ {2}❯ t\d+ test|^❯ SPEC1/.test(line))).toBe(true);
}

describe('the tree in a real terminal', () => {
  test('shows active specs, their runs and the counters at 80 columns, and leaves the end', async () => {
    using results = new Results();
    using terminal = new Terminal(demo(results, 3, 4, 2), { columns: 80, rows: 24 });
    const middle = await terminal.until(
      (screen) => begun(screen) && screen.some((line) => line.includes('basics')),
    );
    expect(middle).toEqual([
      '❯ SPEC0 2/4 1 failed 2.5 s',
      '  ❯ t6 test 0.0 s basics/andor.py a very long line that does not fit into any …',
      '❯ SPEC2 1/4 2.0 s',
      '  ❯ t5 test 0.5 s',
      '1 spec waiting',
      expect.stringMatching(/^\[P:4\|F:1\|A:0\|R:2\|T:5\] 2\.5 s about \S+ s left$/) as unknown,
    ]);
    expect(terminal.cursorVisible).toBe(true);
    terminal.type('go on');
    const end = await terminal.until(ended);
    expect(end.slice(0, 4)).toEqual([
      '✖ SPEC0 4/4 1 failed 5.0 s',
      '✔ SPEC1 4/4 5.5 s',
      '✔ SPEC2 4/4 5.5 s',
      '[P:11|F:1|A:0|R:0|T:0] 6.0 s',
    ]);
    expect(end.filter((line) => line.includes('❯'))).toEqual([]);
    expect(end.at(-1)).toBe('exit 1');
    expect(terminal.cursorVisible).toBe(true);
  });

  test('stays on the screen and in one line each at 40 columns, with a thousand runs, after a resize', async () => {
    using results = new Results();
    using terminal = new Terminal(demo(results, 2, 1500, 1000), { columns: 40, rows: 12 });
    const small = await terminal.until(begun);
    expect(small.length).toBeLessThanOrEqual(12);
    narrow(small);
    terminal.resize(30, 9);
    const smaller = await terminal.until(
      (screen) => screen.length <= 8 && begun(screen) && screen[0]?.startsWith('❯ SPEC0') === true,
    );
    narrow(smaller);
    terminal.type('go on');
    expect((await terminal.until(ended)).at(-1)).toBe('exit 1');
    expect(terminal.cursorVisible).toBe(true);
  });
});

function treeOn(stream: Kept, totals: Overlord, color: boolean): Renderer {
  const outlet = new Outlet(new StreamPort(stream, false), {
    name: 'stderr',
    onFault: (message) => expect.fail(message),
  });
  const paint = createPaint(color);
  return treeRenderer({ stream, outlet, paint, totals, directory: '/nonexistent' });
}

describe('frames', () => {
  test('10,000 runs cost as many frames as the time that they take, not as many as their events', async () => {
    const stream = Object.assign(new Kept(), { isTTY: true, columns: 100, rows: 40 });
    const totals = new Overlord();
    const tree = treeOn(stream, totals, true);
    const session = new RecordedSession(
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`spec${i}`, 500])),
    );
    let shown = 0;
    const feed = (): void => {
      for (; shown < session.events.length; shown++) {
        const event = session.events[shown];
        if (event === undefined) continue;
        totals.apply(event);
        tree.onEvent(event, '');
      }
    };
    const began = performance.now();
    const open: ReturnType<RecordedSession['begin']>[] = [];
    for (let i = 0; i < 10_000; i++) {
      const run = session.begin(`spec${i % 20}`, `t${i % 30}`, 1, `B${i}`);
      session.add({ type: 'phase-started', run: run.run, phase: 'test' });
      open.push(run);
      const oldest = open.length > 25 ? open.shift() : undefined;
      if (oldest !== undefined) session.end(oldest);
      feed();
      tree.onProgress?.(run.run, `test ${i}`);
      if (i % 20 === 0) await turn();
    }
    for (const run of open) session.end(run);
    feed();
    const tookMs = performance.now() - began;
    await tree.finish();
    // Each frame is a synchronised update of its own; one more than the time has room for is the first.
    const frames = stream.text.split('\u001b[?2026h').length - 1;
    expect(frames).toBeLessThanOrEqual(Math.ceil(tookMs / FRAME_MS) + 2);
    expect(stream.text.split('\n').length).toBeLessThan((frames + 1) * 40);
    expect(stream.text.endsWith('\u001b[?25h')).toBe(true);
    expect(totals.counters).toEqual({ P: 10_000, F: 0, A: 0, R: 0, T: 0 });
  });

  test('a spec whose orders were left is not shown as done', async () => {
    const stream = Object.assign(new Kept(), { isTTY: true, columns: 80, rows: 24 });
    const totals = new Overlord();
    const tree = treeOn(stream, totals, false);
    const session = new RecordedSession({ smoke: 2 });
    session.end(session.begin('smoke', 'v0'));
    session.add({
      type: 'order-not-run',
      order: 'SMOKE[X]',
      spec: 'smoke',
      cause: 'interrupted',
      reason: 'told to stop',
    });
    for (const event of session.events) {
      totals.apply(event);
      tree.onEvent(event, '');
    }
    await tree.finish();
    expect(stream.text).toMatch(/^[^✔✖]*⊘ SMOKE 1\/2/);
  });
});
