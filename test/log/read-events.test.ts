import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ProcessIdentity } from '../../src/event/event.ts';
import { readEvents } from '../../src/log/read-events.ts';
import { judgeLog } from '../../src/log/session-life.ts';
import { eventfulSession, RecordedSession } from '../render/support/session.ts';
import { Scratch } from './support/scratch.ts';

function read(file: string): { lines: string[]; ending: string; faults: string[] } {
  const log = readEvents(file);
  const lines = [...log.lines()];
  return { lines, ending: log.ending, faults: log.faults.map(({ kind, line }) => `${kind}:${line}`) };
}

describe('readEvents', () => {
  test('gives every record of a finished log as it stands', () => {
    using scratch = new Scratch();
    const session = eventfulSession();
    const file = scratch.write('events.jsonl', session.log);
    expect(read(file)).toEqual({ lines: session.lines, ending: 'finished', faults: [] });
  });

  test('a log that is cut at any byte of its last KB is never finished, and gives exactly its whole records', () => {
    using scratch = new Scratch();
    const bytes = Buffer.from(eventfulSession().log);
    const file = scratch.file('events.jsonl');
    for (let size = bytes.length - 1; size >= bytes.length - 1024; size--) {
      const kept = bytes.subarray(0, size);
      writeFileSync(file, kept);
      const { lines, ending } = read(file);
      expect(lines.map((line) => `${line}\n`).join('')).toBe(
        kept.toString().slice(0, kept.lastIndexOf(10) + 1),
      );
      expect(ending, `cut to ${size}`).toBe(kept.at(-1) === 10 ? 'unfinished' : 'torn');
    }
  });

  test('a log that is cut in its first record is torn, an empty one too', () => {
    using scratch = new Scratch();
    const first = eventfulSession().lines[0] ?? '';
    for (const size of [0, 1, 10, 26, first.length - 1]) {
      const result = read(scratch.write('events.jsonl', first.slice(0, size)));
      expect(result).toEqual({ lines: [], ending: 'torn', faults: ['torn:1'] });
    }
  });

  test.each([
    ['text', 'Dear diary\n'],
    ['another program', '{"event":"start"}\n'],
    ['a log without its beginning', '{"type":"warning","seq":3,"at":1,"message":"x"}\n'],
    ['zeros', '\0'.repeat(5000)],
  ])('is not fooled by %s', (_, content) => {
    using scratch = new Scratch();
    const result = read(scratch.write('events.jsonl', content));
    expect(result).toEqual({ lines: [], ending: 'foreign', faults: ['foreign:1'] });
  });

  test('does not guess at a newer format', () => {
    using scratch = new Scratch();
    const newer = new RecordedSession({ smoke: 1 }, { format: 2 as 1, testbed: '9.0.0' });
    const log = readEvents(scratch.write('events.jsonl', newer.log));
    expect([...log.lines()]).toEqual([]);
    expect(log.faults[0]?.message).toBe(
      'this is no log of a session that can be read here: it was written by testbed 9.0.0 in format 2, and this testbed reads format 1: update it',
    );
  });

  test.each([
    ['no JSON', Buffer.from('garbage')],
    ['zeros, as after a power cut', Buffer.alloc(40)],
    [
      'bytes that are not UTF-8',
      Buffer.from([...Buffer.from('{"type":"warning","message":"'), 0xff, 0x22, 0x7d]),
    ],
    ['a cut record with another one after it', Buffer.from('{"type":"warning","seq":5,"mess')],
  ])('names the line of %s in the middle, and reads on', (_, bad) => {
    using scratch = new Scratch();
    const { lines } = eventfulSession();
    const before = lines.slice(0, 5).map((line) => `${line}\n`);
    const after = lines.slice(6).map((line) => `${line}\n`);
    const content = Buffer.concat([Buffer.from(before.join('')), bad, Buffer.from(`\n${after.join('')}`)]);
    const result = read(scratch.write('events.jsonl', content));
    expect(result).toEqual({ lines: lines.toSpliced(5, 1), ending: 'finished', faults: ['bad-line:6'] });
  });

  test('names the place of records that are missing', () => {
    using scratch = new Scratch();
    const lines = eventfulSession().lines.toSpliced(7, 2);
    const result = read(scratch.write('events.jsonl', `${lines.join('\n')}\n`));
    expect(result.faults).toEqual(['gap:8']);
  });

  test('parses only what is wanted, and names a wanted line that can not be parsed', () => {
    using scratch = new Scratch();
    const { lines } = new RecordedSession({ smoke: 1 })
      .add({ type: 'warning', message: 'one' })
      .add({ type: 'bail-out', run: 'x', reason: 'two' })
      .finish(0);
    const broken = lines.map((line) =>
      line.replace('"message":"one"', '"message":one').replace('"two"', 'two'),
    );
    const log = readEvents(scratch.write('events.jsonl', `${broken.join('\n')}\n`));
    const records = [...log.records((type) => type === 'warning')];
    expect(records.map(({ line, event }) => [line, event])).toEqual([
      [broken[0], undefined],
      [broken[2], undefined],
      [broken[3], undefined],
    ]);
    expect(log.faults.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^line 2 is no record: /) as unknown,
    ]);
  });

  test('reads a log while it is written', () => {
    using scratch = new Scratch();
    const { lines } = eventfulSession();
    const file = scratch.write('events.jsonl', `${lines[0]}\n`);
    expect(read(file)).toEqual({ lines: [lines[0]], ending: 'unfinished', faults: [] });
    appendFileSync(file, `${lines[1]}\n${lines[2]?.slice(0, 20)}`);
    expect(read(file)).toMatchObject({ lines: lines.slice(0, 2), ending: 'torn' });
    expect(readFileSync(file, 'utf8').length).toBeGreaterThan(0);
  });

  test('keeps its memory when the log is large', () => {
    using scratch = new Scratch();
    const session = new RecordedSession({ smoke: 1 });
    const file = scratch.write('events.jsonl', session.log);
    const many = Array.from({ length: 2000 }, (_, i) => ({
      type: 'warning',
      at: 1,
      message: `${i} ${'x'.repeat(1000)}`,
    }));
    const block = many.map((event) => `${JSON.stringify(event)}\n`).join('');
    for (let i = 0; i < 50; i++) appendFileSync(file, block);
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    let lines = 0;
    let most = 0;
    for (const _ of readEvents(file).lines()) {
      if (++lines % 10_000 === 0) {
        const { arrayBuffers, heapUsed } = process.memoryUsage();
        most = Math.max(most, arrayBuffers + heapUsed - before);
      }
    }
    expect(lines).toBe(100_001);
    // The file is 100 MB; what is not collected yet of the blocks read so far may stand around.
    expect(most).toBeLessThan(60 * 1024 * 1024);
  });
});

function judge(content: string, liveness: 'alive' | 'dead' | 'unknown') {
  using scratch = new Scratch();
  const log = readEvents(scratch.write('events.jsonl', content));
  for (const _ of log.lines());
  const asked: ProcessIdentity[] = [];
  const verdict = judgeLog(log, (process) => {
    asked.push(process);
    return liveness;
  });
  return {
    ...verdict,
    messages: verdict.messages.map((text) => text.replace(scratch.directory, '')),
    asked,
  };
}

test('the number of the next record goes on after a bad line, also where that is the last', () => {
  using scratch = new Scratch();
  const started = eventfulSession().log.split('\n')[0]!;
  const log = readEvents(scratch.write('bad-end.jsonl', `${started}\n{"type":"warning","seq":1}\n\0\0\0\n`));
  expect([...log.lines()]).toHaveLength(2);
  expect(log.nextSeq).toBe(3);
});

describe('judgeLog', () => {
  const whole = eventfulSession().log;
  const cut = whole.slice(0, -20);

  test('a finished log is sound, and nobody is asked', () => {
    expect(judge(whole, 'dead')).toEqual({ life: 'over', sound: true, messages: [], asked: [] });
  });

  test('a torn log of a dead session is not', () => {
    const verdict = judge(cut, 'dead');
    expect(verdict).toMatchObject({ life: 'dead', sound: false });
    expect(verdict.asked).toMatchObject([{ pid: 4711, host: 'benchhost' }]);
    expect(verdict.messages).toEqual([
      expect.stringMatching(/^\/events.jsonl: the last record \(line \d+\) is cut off after "/) as unknown,
      'the session was cut off: its process (pid 4711 on benchhost) is gone, and the log has no end. What was finished stands; the rest was never judged.',
    ]);
  });

  test('half a record of a living session is one that is just being written', () => {
    expect(judge(cut, 'alive')).toMatchObject({
      life: 'running',
      sound: true,
      messages: ['this session is still running (pid 4711 on benchhost); this is what happened until now.'],
    });
  });

  test('of a session on another host nothing is claimed', () => {
    expect(judge(cut, 'unknown')).toMatchObject({ life: 'elsewhere', sound: false });
  });
});
