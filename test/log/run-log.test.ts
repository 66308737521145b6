import { readFileSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outputBytes, readRunLog } from '../../src/log/read-run-log.ts';
import { LONGEST_OUTPUT, RunLog, RUN_RECORD, type RunRecord } from '../../src/log/run-log.ts';
import { Scratch } from './support/scratch.ts';

const ALL = Object.values(RUN_RECORD);

function outputOf(records: readonly RunRecord[], stream: 'stdout' | 'stderr'): Buffer {
  return Buffer.concat(
    records.flatMap((record) =>
      record.level === 4 && record.value.stream === stream ? [outputBytes(record.value)] : [],
    ),
  );
}

describe('run.ljsonl', () => {
  test('is a digit line and a JSON line for each record, and ends with 0 and null', () => {
    using scratch = new Scratch();
    const log = RunLog.create(scratch.file('run.ljsonl'));
    log.harness('power: v0 is on', 1);
    log.output('stdout', Buffer.from('hé\n'), 2);
    log.output('stderr', Buffer.from([0xff, 0x00]), 3);
    log.test({ path: 'a.py', verdict: 'pass', expected: true });
    log.finish({ verdict: 'pass', expected: true });
    expect(readFileSync(scratch.file('run.ljsonl'), 'utf8').split('\n')).toEqual([
      '2',
      '{"at":1,"message":"power: v0 is on"}',
      '4',
      '{"at":2,"stream":"stdout","text":"hé\\n"}',
      '4',
      '{"at":3,"stream":"stderr","base64":"/wA="}',
      '3',
      '{"path":"a.py","verdict":"pass","expected":true}',
      '1',
      '{"verdict":"pass","expected":true}',
      '0',
      'null',
      '',
    ]);
  });

  test('gives back any bytes, however they were cut', () => {
    using scratch = new Scratch();
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 50 }),
      fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => new Uint8Array(Buffer.from(text))),
      fc.constantFrom(0xc3, 0xe2, 0xf0, 0x9f).map((byte) => new Uint8Array([byte])),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('stdout', 'stderr'), chunk), { maxLength: 20 }),
        (pieces) => {
          const file = scratch.file('run.ljsonl');
          const log = RunLog.create(file);
          for (const [stream, bytes] of pieces) log.output(stream, bytes);
          log.finish({ verdict: 'fail', expected: false });
          const reader = readRunLog(file);
          const records = [...reader.records(ALL)];
          for (const stream of ['stdout', 'stderr'] as const) {
            const written = Buffer.concat(
              pieces.filter(([name]) => name === stream).map(([, bytes]) => bytes),
            );
            expect(outputOf(records, stream)).toEqual(written);
          }
          expect([reader.ending, reader.faults]).toEqual(['complete', []]);
          log.discard();
        },
      ),
      { numRuns: 200 },
    );
  });

  test('keeps pieces below 64 KB without cutting a character, so that text stays text', () => {
    using scratch = new Scratch();
    const text = `x${'€'.repeat(LONGEST_OUTPUT)}`;
    const log = RunLog.create(scratch.file('run.ljsonl'));
    const bytes = Buffer.from(text);
    for (let i = 0; i < bytes.length; i += 50_000) log.output('stdout', bytes.subarray(i, i + 50_000));
    log.finish({ verdict: 'pass', expected: true });
    const records = [...readRunLog(scratch.file('run.ljsonl')).records([4])];
    expect(outputOf(records, 'stdout').toString()).toBe(text);
    for (const record of records) {
      expect(record.value).toHaveProperty('text');
      if (record.level === 4) expect(outputBytes(record.value).length).toBeLessThanOrEqual(LONGEST_OUTPUT);
    }
  });

  test('tells a log that was cut at any byte', () => {
    using scratch = new Scratch();
    const log = RunLog.create(scratch.file('run.ljsonl'));
    log.output('stdout', Buffer.from('one\n'));
    log.finish({ verdict: 'error', expected: false, cause: 'worker-died' });
    const bytes = readFileSync(scratch.file('run.ljsonl'));
    for (let size = 0; size < bytes.length; size++) {
      writeFileSync(scratch.file('cut'), bytes.subarray(0, size));
      const reader = readRunLog(scratch.file('cut'));
      for (const _ of reader.records(ALL));
      expect(reader.ending, `cut to ${size}`).not.toBe('complete');
    }
  });

  test('does not parse what was not asked for', () => {
    using scratch = new Scratch();
    const file = scratch.write(
      'run.ljsonl',
      '4\n{broken\n2\n{"at":1,"message":"x"}\n7\nfrom the future\n0\nnull\n',
    );
    const some = readRunLog(file);
    expect([...some.records([2])]).toEqual([{ level: 2, value: { at: 1, message: 'x' } }]);
    expect([some.ending, some.faults]).toEqual(['complete', []]);
    const all = readRunLog(file);
    expect([...all.records(ALL)]).toHaveLength(1);
    expect(all.faults).toEqual(['line 2 is no JSON object']);
  });
});
