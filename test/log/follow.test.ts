import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { SessionResumed } from '../../src/event/event.ts';
import { toLine } from '../../src/event/wire.ts';
import { followLog, type Followed, type FollowOptions } from '../../src/log/follow.ts';
import { isFinished } from '../../src/log/is-finished.ts';
import { readEvents, type EventLog } from '../../src/log/read-events.ts';
import { repairLog } from '../../src/log/repair.ts';
import { judgeLog } from '../../src/log/session-life.ts';
import { eventfulSession } from '../render/support/session.ts';
import { Scratch } from './support/scratch.ts';

const whole = eventfulSession();

function follow(log: EventLog, options: Partial<FollowOptions> = {}): AsyncGenerator<Followed, void, void> {
  const signal = new AbortController().signal;
  return followLog(log, { wanted: () => false, livenessOf: () => 'alive', signal, ...options });
}

/** The records until all was read that is there, or there will be no more. */
async function upToNow(steps: AsyncGenerator<Followed>): Promise<{ lines: string[]; how: string }> {
  const lines: string[] = [];
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return { lines, how: 'over' };
    if (step.value.kind !== 'record') return { lines, how: step.value.kind };
    lines.push(step.value.line);
  }
}

describe('followLog', () => {
  test('a log that is written in pieces of any size gives each record once, in order, and is over with its end', async () => {
    using scratch = new Scratch();
    const bytes = Buffer.from(whole.log);
    const file = scratch.write('events.jsonl', bytes.subarray(0, 7));
    const log = readEvents(file);
    const steps = follow(log, { livenessOf: () => 'alive' });
    const given: string[] = [];
    let how = 'waiting';
    for (let from = 7, size = 1; how === 'waiting'; from += size, size = 1 + ((size * 31) % 400)) {
      const now = await upToNow(steps);
      given.push(...now.lines);
      ({ how } = now);
      appendFileSync(file, bytes.subarray(from, from + size));
    }
    expect(given).toEqual(whole.lines);
    expect([how, log.ending, log.faults, log.nextSeq]).toEqual(['over', 'finished', [], whole.lines.length]);
  });

  test('of a process that died, all that it wrote is given, and then it is over', async () => {
    using scratch = new Scratch();
    const file = scratch.write('events.jsonl', `${whole.lines.slice(0, 5).join('\n')}\n{"type":"run-fin`);
    const log = readEvents(file);
    const steps = follow(log, { livenessOf: () => 'dead' });
    expect(await upToNow(steps)).toEqual({ lines: whole.lines.slice(0, 5), how: 'over' });
    expect(judgeLog(log, () => 'dead')).toMatchObject({ life: 'dead', sound: false });
  });

  test('a dead one that is being resumed is waited for, and goes on where its torn end was set aside', async () => {
    using scratch = new Scratch();
    const cut = whole.lines.slice(0, 5);
    const file = scratch.write('events.jsonl', `${cut.join('\n')}\n{"type":"run-fin`);
    const log = readEvents(file);
    let resuming = true;
    const steps = follow(log, {
      livenessOf: ({ pid }) => (pid === 4712 ? 'alive' : 'dead'),
      resuming: () => resuming,
    });
    expect(await upToNow(steps)).toEqual({ lines: cut, how: 'waiting' });
    repairLog(file);
    const resumed: SessionResumed = {
      type: 'session-resumed',
      seq: 5,
      session: log.started?.session ?? '',
      testbed: '0',
      node: 'v24',
      process: { pid: 4712, startTime: '1', bootId: 'b', host: 'h' },
      command: ['testbed', 'run', '--resume'],
    };
    appendFileSync(file, `${toLine(resumed, 1)}\n`);
    resuming = false;
    expect(await upToNow(steps)).toEqual({ lines: [toLine(resumed, 1)], how: 'waiting' });
    expect([log.writer?.pid, log.faults]).toEqual([4712, []]);
  });

  test('a log that never got a first record, or is none of ours, is waited for no longer than a moment', async () => {
    using scratch = new Scratch();
    const empty = follow(readEvents(scratch.write('empty', '')));
    expect((await upToNow(empty)).how).toBe('waiting');
    expect(await upToNow(empty)).toEqual({ lines: [], how: 'over' });
    const foreign = follow(readEvents(scratch.write('foreign', 'Dear diary\n')));
    expect(await upToNow(foreign)).toEqual({ lines: [], how: 'over' });
  });

  test('a log that is taken away is told; who wants no more gets no more', async () => {
    using scratch = new Scratch();
    const file = scratch.write('events.jsonl', `${whole.lines[0]}\n`);
    const steps = follow(readEvents(file));
    expect((await upToNow(steps)).how).toBe('waiting');
    rmSync(file);
    expect(await upToNow(steps)).toEqual({ lines: [], how: 'gone' });

    const again = scratch.write('again.jsonl', `${whole.lines[0]}\n`);
    const enough = new AbortController();
    const until = follow(readEvents(again), { signal: enough.signal });
    expect((await upToNow(until)).how).toBe('waiting');
    const next = upToNow(until);
    enough.abort();
    expect(await next).toEqual({ lines: [], how: 'over' });
  });
});

test('a second pass gives what was added, wherever the first one met half a record', () => {
  using scratch = new Scratch();
  const bytes = Buffer.from(whole.log);
  const file = scratch.file('events.jsonl');
  const nearNewline = (size: number): boolean => bytes.subarray(size - 1, size + 2).includes(10);
  for (let size = 1; size < bytes.length; size += nearNewline(size) ? 1 : 37) {
    writeFileSync(file, bytes.subarray(0, size));
    const log = readEvents(file);
    const first = [...log.lines()];
    expect(log.ending, `cut to ${size}`).toBe(bytes[size - 1] === 10 ? 'unfinished' : 'torn');
    writeFileSync(file, bytes);
    expect([...first, ...log.lines()]).toEqual(whole.lines);
    expect([log.ending, log.faults]).toEqual(['finished', []]);
  }
});

test('a bad line is told by its number in the file, in whichever pass it comes', () => {
  using scratch = new Scratch();
  const file = scratch.write('events.jsonl', `${whole.lines.slice(0, 3).join('\n')}\n`);
  const log = readEvents(file);
  expect([...log.lines()]).toHaveLength(3);
  appendFileSync(file, 'oops\n');
  expect([...log.lines()]).toEqual([]);
  expect(log.faults).toMatchObject([{ kind: 'bad-line', line: 4 }]);
  appendFileSync(file, `${whole.lines.slice(3).join('\n')}\n`);
  expect([...log.lines()]).toEqual(whole.lines.slice(3));
  expect([log.ending, log.faults.length]).toEqual(['finished', 1]);
});

test('whether a log has its end is told by its last bytes', () => {
  using scratch = new Scratch();
  const file = scratch.write('events.jsonl', whole.log);
  expect(isFinished(file)).toBe(true);
  for (const cut of [1, 2, 50]) {
    writeFileSync(file, whole.log.slice(0, -cut));
    expect(isFinished(file)).toBe(false);
  }
  writeFileSync(file, whole.log + readFileSync(file, 'utf8').split('\n')[0] + '\n');
  expect(isFinished(file)).toBe(false);
  expect(isFinished(scratch.file('nothing'))).toBe(false);
});
