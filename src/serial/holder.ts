import { readFile, readdir, readlink, realpath, stat } from 'node:fs/promises';
import type { PortHolder } from './fault.ts';

/**
 * The process that holds a port: the owner of its lock, else whoever has it open; undefined when nobody can be seen.
 * Best effort, Linux only.
 */
export async function holderOf(path: string, proc = '/proc'): Promise<PortHolder | undefined> {
  const pid = (await lockOwner(path, proc)) ?? (await opener(path, proc));
  return pid === undefined ? undefined : { pid, command: await commandOf(pid, proc) };
}

/** From the kernel's table of locks, which all users may read. */
async function lockOwner(path: string, proc: string): Promise<number | undefined> {
  try {
    const { ino, dev } = await stat(path);
    const file = `${hex((dev >> 8) & 0xfff)}:${hex((dev & 0xff) | ((dev >> 12) & 0xfff00))}:${ino}`;
    // 12: FLOCK  ADVISORY  WRITE 4242 00:1a:3 0 EOF
    const locks = (await readFile(`${proc}/locks`, 'latin1')).split('\n').map((line) => line.split(/\s+/));
    const owner = Number(locks.find((fields) => fields[1] === 'FLOCK' && fields[5] === file)?.[4]);
    // 0: in a container that we can not look into.
    return owner > 0 ? owner : undefined;
  } catch {
    return undefined;
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}

async function opener(path: string, proc: string): Promise<number | undefined> {
  let device: string;
  let pids: string[];
  try {
    device = await realpath(path);
    pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  for (const pid of pids) {
    const open = await descriptors(Number(pid), proc);
    // Who has the other end of a pseudo terminal is its board, not its user.
    if (open.has(device) && !open.has('/dev/ptmx') && !open.has('/dev/pts/ptmx')) return Number(pid);
  }
  return undefined;
}

async function descriptors(pid: number, proc: string): Promise<Set<string>> {
  const directory = `${proc}/${pid}/fd`;
  const names = await readdir(directory).catch(() => []);
  return new Set(await Promise.all(names.map((name) => readlink(`${directory}/${name}`).catch(() => ''))));
}

async function commandOf(pid: number, proc: string): Promise<string> {
  const text = await readFile(`${proc}/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ').trim();
}
