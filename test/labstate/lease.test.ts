import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { breakLease } from '../../src/labstate/break-lease.ts';
import { describeHolder } from '../../src/labstate/describe.ts';
import {
  acquireLease,
  leaseFile,
  prepareLeases,
  readLease,
  readLeases,
  releaseLease,
  type LeaseRecord,
} from '../../src/labstate/lease.ts';
import { claimKey, sweepClaims } from '../../src/labstate/session-claims.ts';
import { readSessions, recordSession, sweepSessions } from '../../src/labstate/session-record.ts';

const scratch = mkdtempSync(path.join(os.tmpdir(), 'testbed-labstate-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
const newState = (): string => path.join(scratch, String(++count));
const owner = { command: 'testbed run', cookie: 'cookie' };
const nobody = async (): Promise<void> => undefined;

function take(state: string, key: string, leftovers: string[] = []) {
  const acquired = acquireLease(state, key, { ...owner, leftovers });
  if (!acquired.ok) throw new Error('held');
  return acquired.lease;
}

/** Rewrites a lease as if somebody else had made it. */
function forge(state: string, key: string, change: Partial<LeaseRecord>): void {
  const file = leaseFile(state, key);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
}

describe('a lease', () => {
  test('is had by one, says who, and is free again once released', () => {
    const state = newState();
    const lease = take(state, 'usb/e463:1');
    const second = acquireLease(state, 'usb/e463:1', owner);
    expect(second).toMatchObject({
      ok: false,
      held: { liveness: 'alive', holder: { pid: process.pid, command: 'testbed run', host: os.hostname() } },
    });
    if (!second.ok)
      expect(describeHolder(second.held)).toMatch(/^held by \S+ on \S+ \(pid \d+, "testbed run"\) for \d s$/);
    expect([...readLeases(state).keys()]).toEqual(['usb/e463:1']);
    expect(releaseLease(lease)).toBe(true);
    expect(releaseLease(lease)).toBe(false);
    expect(readLeases(state).size).toBe(0);
    expect(releaseLease(take(state, 'usb/e463:1'))).toBe(true);
    expect(readdirSync(path.join(state, 'leases'))).toEqual([]);
  });

  test('keeps keys apart, however odd or long', () => {
    const state = newState();
    const keys = [
      'a',
      'A',
      '.',
      '..',
      'a/b',
      'a%2Fb',
      'ü',
      '3-1.4',
      `x${'y'.repeat(400)}`,
      `x${'y'.repeat(401)}`,
    ];
    for (const key of keys) take(state, key);
    expect([...readLeases(state).keys()].toSorted()).toEqual(keys.toSorted());
  });

  test.for<[string, Partial<LeaseRecord>, string]>([
    ['a pid that is gone', { pid: 2 ** 22 + 1 }, 'dead'],
    ['a pid that was given out anew', { startTime: '1' }, 'dead'],
    ['an earlier boot', { bootId: 'earlier' }, 'dead'],
    ['another host', { host: 'elsewhere', bootId: 'other' }, 'unknown'],
    ['another host of the same name', { machine: 'other', bootId: 'other' }, 'unknown'],
    ['a container', { pidNamespace: 'pid:[1]' }, 'unknown'],
    ['this process, whose host was renamed', { host: 'before' }, 'alive'],
  ])('of %s', async ([, change, liveness]) => {
    const state = newState();
    take(state, 'k');
    forge(state, 'k', change);
    const held = readLease(state, 'k')!;
    expect(held.liveness).toBe(liveness);
    expect(await breakLease(state, held, nobody)).toBe(liveness === 'dead' ? 'broken' : 'not-dead');
    expect(readLease(state, 'k') === undefined).toBe(liveness === 'dead');
    if (liveness === 'unknown') expect(describeHolder(held)).toContain(`remove ${held.file}`);
  });

  test('that can not be read is held, unless it is older than this boot', () => {
    const state = newState();
    take(state, 'k');
    writeFileSync(leaseFile(state, 'k'), '{"pid":');
    expect(readLease(state, 'k')?.liveness).toBe('unknown');
    expect(acquireLease(state, 'k', owner).ok).toBe(false);
  });
});

describe('breaking', () => {
  test('ends what carries the cookie and removes what the holder left, nothing else, before the lease is free', async () => {
    const state = newState();
    mkdirSync(path.join(state, 'virtual/lab/v0'), { recursive: true });
    const tty = path.join(state, 'virtual/lab/v0/tty');
    const precious = path.join(state, 'precious');
    symlinkSync('/dev/pts/1', tty);
    symlinkSync('/dev/pts/1', precious);
    take(state, 'k', ['virtual/lab/v0/tty', 'precious', '../x', 'virtual/../precious']);
    forge(state, 'k', { startTime: '1' });
    const ended: string[] = [];
    const held = readLease(state, 'k')!;
    const result = await breakLease(state, held, async (cookie) => {
      ended.push(cookie);
      expect(acquireLease(state, 'k', owner).ok).toBe(false);
      expect(await breakLease(state, held, nobody)).toBe('elsewhere');
    });
    expect([result, ended]).toEqual(['broken', ['cookie']]);
    expect([
      existsSync(tty),
      readdirSync(state).includes('precious'),
      readdirSync(path.dirname(tty)),
    ]).toEqual([false, true, []]);
    expect(readdirSync(path.join(state, 'leases'))).toEqual([]);
    take(state, 'k');
    // Who saw the dead one, and comes late, does not take the next one's lease away.
    expect(await breakLease(state, held, nobody)).toBe('not-dead');
    expect(readLease(state, 'k')?.liveness).toBe('alive');
  });

  test('a breaker that fails or dies is followed by the next one', async () => {
    const state = newState();
    take(state, 'k');
    forge(state, 'k', { startTime: '1' });
    const held = readLease(state, 'k')!;
    await expect(breakLease(state, held, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const record = { ...held.holder, id: 'x', cookie: '' };
    writeFileSync(path.join(state, 'leases', `.breaking-${held.holder.id}-1`), JSON.stringify(record));
    expect(await breakLease(state, held, nobody)).toBe('broken');
    expect(readdirSync(path.join(state, 'leases'))).toEqual([]);
  });
});

test('several processes that contend, and are killed at any moment: never two holders, never stuck', async () => {
  const state = newState();
  const witness = path.join(scratch, 'witness');
  const fixture = path.join(import.meta.dirname, 'fixtures', 'contender.ts');
  let killed = 0;
  let held = 0;
  const contend = async (): Promise<void> => {
    for (let life = 0; ; life++) {
      const child = spawn(process.execPath, [fixture, state, 'k', '60', witness], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      // Each is killed a few times after it held the lease some times: with it, or not, or in the middle of anything.
      let lives = life < 4 ? 3 + Math.floor(Math.random() * 10) : Infinity;
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const lines = text.trimEnd().split('\n');
        expect(lines.filter((line) => line !== 'held')).toEqual([]);
        held += lines.length;
        lives -= lines.length;
        if (lives <= 0) child.kill('SIGKILL');
      });
      const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
      if (signal === 'SIGKILL') killed++;
      else {
        expect(code).toBe(0);
        return;
      }
    }
  };
  await Promise.all([contend(), contend(), contend(), contend()]);
  expect(killed).toBeGreaterThan(8);
  expect(held).toBeGreaterThan(200);
  const left = readLease(state, 'k');
  expect([undefined, 'dead']).toContain(left?.liveness);
});

describe('the state directory', () => {
  test('that can not be written is told at once, with what to do', async () => {
    const state = newState();
    mkdirSync(state);
    chmodSync(state, 0o555);
    chmodSync(scratch, 0o755);
    const asNobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'fixtures', 'prepare.ts'), state], {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
      ...asNobody,
    });
    expect(Buffer.concat((await child.stdout.toArray()) as Buffer[]).toString()).toMatch(
      /leases can not be used \(EACCES\): no permission\..*chmod/,
    );
  });

  test('that is no directory is told at once, with what to do', () => {
    const state = newState();
    writeFileSync(state, '');
    expect(() => prepareLeases(state)).toThrow(/can not be used \(EEXIST\): something that is no directory/);
    expect(() => prepareLeases('/proc/nowhere')).toThrow(/\/proc\/nowhere.* can not be used \(ENOENT\)/);
  });

  test('that is writable by its group makes all in it writable by the group', () => {
    const modes = [0o775, 0o755].map((mode) => {
      const state = newState();
      mkdirSync(state);
      chmodSync(state, mode);
      const { file } = take(state, 'k');
      return [statSync(path.dirname(file)).mode & 0o777, statSync(file).mode & 0o777].map((bits) =>
        bits.toString(8),
      );
    });
    expect(modes[0]).toEqual(['775', '664']);
    expect(modes[1]).not.toEqual(modes[0]);
  });

  test('remembers sessions until they end; those that died are swept', async () => {
    const state = newState();
    const note = recordSession(state, { id: 'alive', directory: '/r', cookie: 'a', command: 'x' });
    recordSession(state, { id: 'killed', directory: '/r', cookie: 'k', command: 'x' });
    const file = path.join(state, 'sessions', 'killed.k.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), startTime: '1' }));
    // One that goes on has the same id, and must not take the place of what tells of the dead.
    const resumed = recordSession(state, {
      id: 'killed',
      directory: '/r',
      cookie: 'again',
      command: 'x',
    });
    expect(readSessions(state).get('killed')).toMatchObject({
      liveness: 'alive',
      holder: { directory: '/r' },
    });
    const ended: string[] = [];
    const end = async (cookie: string): Promise<number> => ended.push(cookie);
    expect(await sweepSessions(state, end)).toBe(1);
    expect(ended).toEqual(['k']);
    expect(readdirSync(path.join(state, 'sessions'))).toEqual(['alive.a.json', 'killed.again.json']);
    note.remove();
    resumed.remove();
    expect(readdirSync(path.join(state, 'sessions'))).toEqual([]);
  });

  test('the right to go on with a session is forgotten when its holder is dead, and nothing else is', async () => {
    const state = newState();
    const [dead, alive, tentacle] = [claimKey('/results/dead'), claimKey('/results/alive'), 'usb/1'];
    for (const key of [dead, alive, tentacle]) take(state, key);
    for (const key of [dead, tentacle]) {
      const file = leaseFile(state, key);
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), startTime: '1' }));
    }
    await sweepClaims(state);
    expect([...readLeases(state).keys()].toSorted()).toEqual([alive, tentacle]);
  });
});
