import { existsSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ms } from '../model/ids.ts';
import { statOf } from '../util/process-identity.ts';
import { groupMembers, killGroups, removeGroups } from './cgroup.ts';
import { benchOf, COOKIE, RUN_COOKIE } from './cookie.ts';

/** How long killed processes may take to go; one that hangs in the kernel never does. */
const GONE_MS = 5000;
/** Above so many new pids it is cheaper to list all processes than to try each pid. */
const MOST_PROBES = 64;
/** So soon, the count of pids can not have gone all the way round. */
const RECENT_MS = 1000;
/** Rounds of finding and killing: a stray may fork while it is looked for. */
const MOST_ROUNDS = 20;

/**
 * Kills every process of this user whose environment carries the cookie of a runner, session or run, or that is in a control
 * group of its workers, and resolves with their number once they are gone. This process is never among them. Without control groups, a
 * process that cleared its environment is not found.
 */
export async function endStrays(cookie: string): Promise<number> {
  const find = () => [...new Set([...groupMembers(cookie), ...findStrays(cookie)])];
  const ended = await end(find, () => killGroups(cookie));
  // Who is dead leaves its group a moment later.
  for (let round = 0; round < MOST_ROUNDS && !removeGroups(cookie); round++) await delay(5);
  return ended;
}

/** Kills all that `find` gives, and looks again, until it gives nobody; resolves with their number once they are gone. */
export async function endAll(find: () => readonly number[]): Promise<number> {
  return find().length === 0 ? 0 : await end(find);
}

/**
 * The same for the strays of a process that was started as `since.pid`, at `since.at` on the monotonic clock. When that
 * was a moment ago, only pids that were given out after it are looked at: cheap enough to follow every run.
 */
export async function endStraysSince(cookie: string, since: Start): Promise<number> {
  const pids = pidsSince(since);
  const found = pids === undefined ? findStrays(cookie) : pids.filter(carrying(cookie));
  if (found.length === 0) return 0;
  return await end(() => findStrays(cookie));
}

/** What a process was started as: its pid, and when, on the monotonic clock. */
export interface Start {
  readonly pid: number;
  readonly at: Ms;
}

/** False when surely no process lives that was started after this one, which itself is reaped; true when one may. */
export function maySurvive({ pid, at }: Start): boolean {
  let from = pid;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const pids = pidsSince({ pid: from, at });
    if (pids === undefined || pids.some(exists)) return true;
    // One that was there when the count was read may have forked before it was looked for.
    if (pids.length === 0) return false;
    from += pids.length;
  }
  return true;
}

/** Pids of living processes of this user whose environment carries the cookie. */
export function findStrays(cookie: string): number[] {
  const carries = carrying(cookie);
  return readdirSync('/proc')
    .filter((name) => name.charCodeAt(0) <= 57 && name.charCodeAt(0) >= 48)
    .map(Number)
    .filter(carries);
}

/** The pids that were given out from this one on, itself included; undefined when that is not known, or when they are many. */
function pidsSince({ pid, at }: Start): number[] | undefined {
  if (performance.now() - at >= RECENT_MS) return undefined;
  const newest = newestPid();
  // Pids are given out in turn, so what was started later has a pid above, unless the count began anew.
  if (newest === undefined || newest < pid - 1 || newest - pid > MOST_PROBES) return undefined;
  return Array.from({ length: newest - pid + 1 }, (_, index) => pid + index);
}

const loadavg = Buffer.alloc(128);
let loadavgFile: number | undefined;

/** The last pid that the kernel gave out, as this process's pid namespace counts; asked after every run, so kept open. */
function newestPid(): number | undefined {
  try {
    loadavgFile ??= openSync('/proc/loadavg', 'r');
    const read = readSync(loadavgFile, loadavg, 0, loadavg.length, 0);
    const last = Number(loadavg.toString('latin1', 0, read).split(' ')[4]);
    return last > 0 ? last : undefined;
  } catch {
    return undefined;
  }
}

function carrying(cookie: string): (pid: number) => boolean {
  const markers = [COOKIE, RUN_COOKIE].map((name) => Buffer.from(`${name}=${cookie}\0`));
  // Whatever a session of a runner left is the runner's, too.
  if (benchOf(cookie).whole) markers.push(Buffer.from(`${COOKIE}=${cookie}.`));
  return (pid) => {
    // Most are gone: asking first is cheaper than an exception.
    if (pid === process.pid || !exists(pid)) return false;
    let environment: Buffer;
    try {
      environment = readFileSync(`/proc/${pid}/environ`);
    } catch {
      // Gone, or somebody else's.
      return false;
    }
    return markers.some((marker) => {
      const at = environment.indexOf(marker);
      return at === 0 || (at > 0 && environment[at - 1] === 0);
    });
  };
}

function exists(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

async function end(find: () => readonly number[], killAtOnce?: () => void): Promise<number> {
  const killed = new Set<number>();
  const limit = performance.now() + GONE_MS;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = find().filter(lives);
    if (found.length === 0 && ![...killed].some(lives)) break;
    if (found.length > 0) killAtOnce?.();
    for (const pid of found) {
      killed.add(pid);
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It went by itself, or it changed its user.
      }
    }
    while ([...killed].some(lives) && performance.now() < limit) await delay(5);
    if (performance.now() >= limit) break;
  }
  return killed.size;
}

function lives(pid: number): boolean {
  const state = statOf(pid)?.state;
  return state !== undefined && state !== 'Z' && state !== 'X';
}
