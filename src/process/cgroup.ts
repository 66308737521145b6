import {
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { benchOf } from './cookie.ts';

/**
 * A control group (version 2) of one worker and of everything that it ever starts. Nobody leaves it by a fork, by a session of
 * its own, or by clearing the environment, so what is in it is all that there is. It limits nothing.
 */
export class ControlGroup {
  readonly directory: string;
  /** Asked around every run, so kept open. */
  readonly #members: number;
  /** Helpers of ours, whenever they were started. */
  readonly #kept = new Set<number>();

  /** Throws where the group can not be read. */
  constructor(directory: string) {
    this.directory = directory;
    this.#members = openSync(path.join(directory, 'cgroup.procs'), 'r');
  }

  /** Back to where this process was started; takes the group away, if nobody else is in it. */
  leave(): void {
    const home = homeGroup();
    if (home === undefined) return;
    try {
      writeFileSync(path.join(home, 'cgroup.procs'), '0');
    } catch {
      // Then it stays, empty, until somebody sweeps.
    }
    remove(this.directory);
  }

  /** From now on this one is never among the others; call the result when it is gone. */
  keep(pid: number): () => void {
    this.#kept.add(pid);
    return () => this.#kept.delete(pid);
  }

  /** The processes in it but this one; a read where nobody is. */
  helpers(): number[] {
    // Of that length it can only be one process, and this one is in it.
    if (readSync(this.#members, block, 0, block.length, 0) === ownLine.length) return [];
    return this.#others();
  }

  /** The same, with those in groups below, which a testbed inside a test makes. */
  others(): number[] {
    if (!hasGroupsBelow(this.directory)) return this.helpers();
    return this.#others();
  }

  #others(): number[] {
    return membersOf(this.directory).filter((pid) => pid !== process.pid && !this.#kept.has(pid));
  }
}

const block = Buffer.alloc(128);

const ownLine = `${process.pid}\n`;

/** A group is named `testbed.<cookie of who keeps it>.<pid of the worker>`. */
const PREFIX = 'testbed.';

/**
 * Makes a group for this process, a worker of who has this cookie, and moves it there. Undefined where cgroup v2 is not
 * mounted, or may not be written: strays are then found by process group and cookie only.
 */
export function enterControlGroup(cookie: string): ControlGroup | undefined {
  const home = homeGroup();
  if (home === undefined || !/^[\w-]+$/.test(cookie)) return undefined;
  removeOrphans(home);
  const directory = path.join(home, `${PREFIX}${cookie}.${process.pid}`);
  try {
    mkdirSync(directory);
    writeFileSync(path.join(directory, 'cgroup.procs'), '0');
    return new ControlGroup(directory);
  } catch {
    remove(directory);
    return undefined;
  }
}

/** Takes away what workers of sessions left behind that were killed, and that nobody came to sweep. */
function removeOrphans(directory: string): void {
  for (const group of groupsIn(directory)) {
    const [name, , worker] = path.basename(group).split('.');
    if (`${name}.` === PREFIX && !existsSync(`/proc/${worker}`)) remove(group);
  }
}

/**
 * The pids of all that is in the groups of who keeps workers; with the cookie of a run, or of one session of a runner, in those
 * whose worker is dead.
 * Groups that were made elsewhere, such as in another login, are not seen from here.
 */
export function groupMembers(cookie: string): number[] {
  return groupsOf(cookie)
    .flatMap(membersOf)
    .filter((pid) => pid !== process.pid);
}

/** Kills these at once, so that nobody of them forks away; before Linux 5.14 that can not be, and the caller kills one by one. */
export function killGroups(cookie: string): void {
  for (const directory of groupsOf(cookie)) {
    if (membersOf(directory).includes(process.pid)) continue;
    try {
      writeFileSync(path.join(directory, 'cgroup.kill'), '1');
    } catch {
      // The caller looks again, and kills who is left.
    }
  }
}

/** Takes away the groups of who keeps workers (of a run: as above) in which nobody is any more; false: one is left. */
export function removeGroups(cookie: string): boolean {
  return groupsOf(cookie).map(remove).every(Boolean);
}

function groupsOf(cookie: string): string[] {
  const home = homeGroup();
  const { bench, whole } = benchOf(cookie);
  if (home === undefined || bench === '') return [];
  return groupsIn(home).filter((directory) => {
    const [name, owner, worker] = path.basename(directory).split('.');
    if (`${name}.` !== PREFIX || owner !== bench) return false;
    return whole || !membersOf(directory).includes(Number(worker));
  });
}

/** Pids in a group and in those below it. */
function membersOf(directory: string): number[] {
  try {
    const own = readFileSync(path.join(directory, 'cgroup.procs'), 'latin1').split('\n');
    const pids = own.filter((line) => line !== '').map(Number);
    if (!hasGroupsBelow(directory)) return pids;
    return [...pids, ...groupsIn(directory).flatMap(membersOf)];
  } catch {
    // It went, or may not be read.
    return [];
  }
}

/** A directory with nothing below is counted by itself and its parent only. */
function hasGroupsBelow(directory: string): boolean {
  return statSync(directory).nlink > 2;
}

function groupsIn(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(directory, name));
  } catch {
    return [];
  }
}

function remove(directory: string): boolean {
  for (const below of groupsIn(directory)) remove(below);
  try {
    rmdirSync(directory);
    return true;
  } catch {
    // Somebody is in it, or it is not there.
    return false;
  }
}

let home: { readonly directory: string | undefined } | undefined;

/** The directory of the group in which this process was started; undefined where there is no cgroup v2. */
function homeGroup(): string | undefined {
  home ??= { directory: findHome() };
  return home.directory;
}

function findHome(): string | undefined {
  try {
    const own = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'latin1'))?.[1];
    const mount = readFileSync('/proc/self/mountinfo', 'latin1')
      .split('\n')
      .map((line) => line.split(' '))
      .find((fields) => fields.slice(fields.indexOf('-') + 1)[0] === 'cgroup2');
    const [root, at] = [mount?.[3], mount?.[4]];
    if (own === undefined || root === undefined || at === undefined) return undefined;
    // Where only a part of the hierarchy is mounted, paths are told from the top all the same.
    const below = root === '/' ? own : own.startsWith(root) ? own.slice(root.length) : undefined;
    return below === undefined ? undefined : path.join(at, below);
  } catch {
    return undefined;
  }
}
