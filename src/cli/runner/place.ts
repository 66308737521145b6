import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, realpathSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defaultStateDirectory } from '../../config/build-bench.ts';
import { breakLease } from '../../labstate/break-lease.ts';
import { LabStateFault } from '../../labstate/fault.ts';
import { readLease, readLeases, type HeldLease } from '../../labstate/lease.ts';
import { endStrays } from '../../process/strays.ts';

/** What the address of a unix socket may have, without its end mark. */
const ADDRESS_BYTES = 107;
const PREFIX = 'runner ';

/** Where the runner of one lab is, or would be, on this host and of this user. */
export interface RunnerPlace {
  /** Absolute path of the lab file, links resolved. */
  readonly lab: string;
  /** The state directory of all runners of this user: whoever holds the lease `key` in there is the runner. */
  readonly runners: string;
  readonly key: string;
  /** Absolute; its socket, its log, and what its stages print. Nobody else may look into it. */
  readonly directory: string;
}

/** Absolute path of a runner's log. */
export function runnerLog({ directory }: RunnerPlace): string {
  return path.join(directory, 'runner.log');
}

/**
 * The place of a lab's runner. It is found by the lab file's path alone, without reading the lab, and it is the user's own:
 * nobody's tests are carried out by another user's runner.
 */
export function runnerPlace(labFile: string, env: NodeJS.ProcessEnv): RunnerPlace {
  const lab = resolved(labFile);
  const runners = runnersDirectory(env);
  // Hosts may share a home.
  const key = `${PREFIX}${os.hostname()} ${lab}`;
  const name = createHash('sha256').update(key).digest('hex').slice(0, 16);
  return { lab, runners, key, directory: path.join(runners, name) };
}

/** The lease of a lab's runner, if there is one, alive or dead. Where nobody may look there is none of this user. */
export function runnerLease({ runners, key }: RunnerPlace): HeldLease | undefined {
  return readable(() => readLease(runners, key));
}

/** The places of all runners of this user on this host that live, by pid. */
export function livingRunners(env: NodeJS.ProcessEnv): ReadonlyMap<number, RunnerPlace> {
  const own = `${PREFIX}${os.hostname()} `;
  const leases = readable(() => readLeases(runnersDirectory(env))) ?? new Map<string, HeldLease>();
  const living = [...leases].filter(([key, { liveness }]) => key.startsWith(own) && liveness === 'alive');
  return new Map(living.map(([key, { holder }]) => [holder.pid, runnerPlace(key.slice(own.length), env)]));
}

/** Ends what a dead runner left behind, and makes its place free. */
export async function sweepRunner({ runners }: RunnerPlace, dead: HeldLease): Promise<void> {
  await breakLease(runners, dead, endStrays);
}

/** The path of a socket, good until `close` is called. */
export interface SocketAddress {
  readonly address: string;
  readonly close: () => void;
}

/**
 * Where a runner's socket can be reached. A path that is too long for a socket is reached by way of its open directory; call
 * `close` once it is connected or listened to.
 */
export function socketAddress({ directory }: RunnerPlace): SocketAddress {
  const address = path.join(directory, 'socket');
  if (Buffer.byteLength(address) <= ADDRESS_BYTES) return { address, close: () => undefined };
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  return { address: `/proc/self/fd/${descriptor}/socket`, close: () => closeSync(descriptor) };
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof LabStateFault) return undefined;
    throw error;
  }
}

function runnersDirectory(env: NodeJS.ProcessEnv): string {
  return path.join(defaultStateDirectory(env), 'runners');
}

function resolved(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    // Whoever reads it says what is wrong with it.
    return path.resolve(file);
  }
}
