import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Journal, JournalFault } from '../../src/log/journal.ts';
import { Scratch } from './support/scratch.ts';

const fixture = path.join(import.meta.dirname, 'fixtures/append-until-full.ts');

describe('Journal', () => {
  test('has every record in the file before append returns', () => {
    using scratch = new Scratch();
    const journal = Journal.create(scratch.file('events.jsonl'));
    const lines = ['{"a":"ü"}', '{"b":2}'];
    for (const [index, line] of lines.entries()) {
      journal.append(line);
      expect(readFileSync(scratch.file('events.jsonl'), 'utf8')).toBe(
        lines
          .slice(0, index + 1)
          .map((each) => `${each}\n`)
          .join(''),
      );
    }
    journal.close();
    journal.close();
    expect(() => journal.append('{}')).toThrow('Internal error');
  });

  test('never writes over a log', () => {
    using scratch = new Scratch();
    const file = scratch.write('events.jsonl', 'precious\n');
    expect(() => Journal.create(file)).toThrow(/EEXIST.*never written over/);
    expect(readFileSync(file, 'utf8')).toBe('precious\n');
  });

  test('leaves whole records and tells what to do when the file may not grow in the middle of one', () => {
    using scratch = new Scratch();
    const file = scratch.file('events.jsonl');
    // 4 blocks of 1024 bytes, in the middle of a record; SIGXFSZ is ignored so that the write fails instead.
    const command = `trap '' XFSZ; ulimit -f 4; exec "$0" "$1" "$2"`;
    const output = execFileSync('bash', ['-c', command, process.execPath, fixture, file], {
      encoding: 'utf8',
    });
    const { told, code, message } = JSON.parse(output) as { told: number; code: string; message: string };
    expect(code).toBe('EFBIG');
    expect(message).toContain(file);
    expect(message).toContain('ulimit');
    const content = readFileSync(file, 'utf8');
    expect(content.endsWith('}\n')).toBe(true);
    expect(content.split('\n').length - 1).toBe(told);
    expect(statSync(file).size).toBeLessThan(4096);
  });

  test('tells what to do about a full disk', () => {
    const error = Object.assign(new Error('write'), { code: 'ENOSPC' });
    expect(new JournalFault('/results/events.jsonl', error).message).toBe(
      '/results/events.jsonl can not be written (ENOSPC): the disk is full. Free some space; what was finished is kept.',
    );
  });
});
