import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findSession, sessionRun } from '../../src/log/find-session.ts';
import { createSession } from '../../src/log/session-dir.ts';
import { Scratch } from './support/scratch.ts';

const at = (hour: number): Date => new Date(2026, 10, 20, hour, 11, 5);

function make(scratch: Scratch, hour: number): string {
  const results = scratch.file('results');
  const { id, eventsFile } = createSession({ results, config: {}, secrets: {}, now: at(hour) });
  writeFileSync(eventsFile, '');
  return id;
}

describe('createSession', () => {
  test('makes the directory, its config without secrets, and the link', () => {
    using scratch = new Scratch();
    const session = createSession({
      results: scratch.file('deep/results'),
      config: { lab: { env: ['PASS=hunter2', 'hunter'], hunter2: 'x' }, count: 2, none: null },
      secrets: { WLAN: 'hunter2', PART: 'hunter', EMPTY: '' },
      now: at(23),
    });
    expect(session.id).toMatch(/^2026-11-20T23-11-05-[0-9a-f]{4}$/);
    expect(session.warnings).toEqual([]);
    expect(JSON.parse(readFileSync(session.configFile, 'utf8'))).toEqual({
      format: 1,
      lab: { env: ['PASS=***', '***'], '***': 'x' },
      count: 2,
      none: null,
    });
    expect(readlinkSync(scratch.file('deep/results/latest'))).toBe(session.id);
  });

  test('many sessions of one second get a directory each, and the last one is the latest', () => {
    using scratch = new Scratch();
    const ids = Array.from({ length: 50 }, () => make(scratch, 23));
    expect(new Set(ids).size).toBe(50);
    expect(readlinkSync(scratch.file('results/latest'))).toBe(ids.at(-1));
  });

  test('a directory called latest is left alone, with a warning', () => {
    using scratch = new Scratch();
    mkdirSync(scratch.file('results/latest/mine'), { recursive: true });
    const session = createSession({ results: scratch.file('results'), config: {}, secrets: {} });
    expect(session.warnings).toEqual([
      expect.stringContaining('could not be made to point to this session') as unknown,
    ]);
    expect(existsSync(scratch.file('results/latest/mine'))).toBe(true);
  });

  test('says what to do when nothing can be made there', () => {
    using scratch = new Scratch();
    scratch.write('results', 'a file');
    expect(() => createSession({ results: scratch.file('results'), config: {}, secrets: {} })).toThrow(
      /results can not be written \(EEXIST\)/,
    );
  });
});

describe('findSession', () => {
  test('finds by nothing, latest, name, beginning and path', () => {
    using scratch = new Scratch();
    const results = scratch.file('results');
    const older = make(scratch, 21);
    const newer = make(scratch, 23);
    const id = (wanted?: string): string => {
      const found = findSession(results, wanted, scratch.directory);
      return found.ok ? found.id : `${found.message} ${found.hint ?? ''}`;
    };
    expect(id()).toBe(newer);
    expect(id('latest')).toBe(newer);
    expect(id(older)).toBe(older);
    expect(id('2026-11-20T21')).toBe(older);
    expect(id(`results/${older}`)).toBe(older);
    expect(id(path.join(results, older, 'events.jsonl'))).toBe(older);
    expect(id('2026')).toBe(`"2026" could be 2 sessions. Say more of its name: ${older}, ${newer}.`);
    expect(id('2025')).toBe(`there is no session "2025" in ${results}. The newest are ${newer}, ${older}.`);
    expect(id('./nowhere')).toContain(`there is no ${scratch.file('nowhere')}`);
    rmSync(path.join(results, 'latest'));
    expect(id()).toBe(newer);
  });

  test('an empty or missing directory says how to make a session', () => {
    using scratch = new Scratch();
    expect(findSession(scratch.file('results'), undefined, '/')).toEqual({
      ok: false,
      message: `there is no session in ${scratch.file('results')} yet.`,
      hint: 'Make one with "testbed run", or say where they are with --results DIR.',
    });
  });

  test('a run is found by its id or a beginning that only it has', () => {
    using scratch = new Scratch();
    for (const run of ['SMOKE[v0-VIRTUAL]', 'SMOKE[v1-VIRTUAL]', 'HOST'])
      mkdirSync(scratch.file(`runs/${run}`), { recursive: true });
    expect(sessionRun(scratch.directory, 'SMOKE[v0-VIRTUAL]')).toMatchObject({
      ok: true,
      id: 'SMOKE[v0-VIRTUAL]',
    });
    expect(sessionRun(scratch.directory, 'H')).toMatchObject({ ok: true, id: 'HOST' });
    expect(sessionRun(scratch.directory, 'SMOKE')).toMatchObject({
      ok: false,
      message: '2 runs that begin with "SMOKE".',
    });
    expect(sessionRun(scratch.directory, '../..')).toMatchObject({ ok: false });
  });
});
