import { connect as connectSocket, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { HeldLease } from '../../labstate/lease.ts';
import { version } from '../version.ts';
import { Channel } from './channel.ts';
import { runnerLease, socketAddress, type RunnerPlace, type SocketAddress } from './place.ts';
import type { FromRunner, ToRunner } from './protocol.ts';

/** A runner that lives answers within this, on however busy a machine. */
const ANSWER_MS = 2000;
/** One that is starting has its lease before its socket. */
const RETRY_MS = 20;

export type RunnerChannel = Channel<FromRunner, ToRunner>;

/** What there is where a lab's runner would be. */
export type Found =
  | { readonly kind: 'none' }
  /** It is gone, and its traces are still there. */
  | { readonly kind: 'dead'; readonly lease: HeldLease }
  /** It lives, and can not be used; the reason continues "the runner (pid 123) …". */
  | { readonly kind: 'deaf'; readonly lease: HeldLease; readonly reason: string }
  | { readonly kind: 'runner'; readonly lease: HeldLease; readonly channel: RunnerChannel };

/** Connects to the runner of a lab, if there is one. */
export async function connectRunner(place: RunnerPlace): Promise<Found> {
  const lease = runnerLease(place);
  if (lease === undefined) return { kind: 'none' };
  if (lease.liveness === 'dead') return { kind: 'dead', lease };
  const limit = performance.now() + ANSWER_MS;
  const deaf = (reason: string): Found => ({ kind: 'deaf', lease, reason });
  for (;;) {
    const channel = await open(place);
    if (channel !== undefined) {
      const hello = await firstOf(channel, limit);
      if (hello?.kind === 'hello' && hello.version === version()) return { kind: 'runner', lease, channel };
      channel.destroy();
      if (hello?.kind === 'hello') return deaf(`is of testbed ${hello.version}, and this is ${version()}`);
    }
    if (performance.now() >= limit) return deaf(`did not answer within ${ANSWER_MS / 1000} s`);
    // It may have ended meanwhile, or have only begun.
    const now = runnerLease(place);
    if (now === undefined) return { kind: 'none' };
    if (now.liveness === 'dead') return { kind: 'dead', lease: now };
    await delay(RETRY_MS);
  }
}

/** Undefined: nobody listens there. */
async function open(place: RunnerPlace): Promise<RunnerChannel | undefined> {
  let reached: SocketAddress | undefined;
  try {
    reached = socketAddress(place);
    const socket = connectSocket(reached.address);
    const connected = await new Promise<Socket | undefined>((resolve) => {
      socket.once('connect', () => resolve(socket));
      socket.once('error', () => resolve(undefined));
    });
    return connected === undefined ? undefined : new Channel(connected);
  } catch (error) {
    // Its directory is not there (any more), or no descriptor is left.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  } finally {
    reached?.close();
  }
}

/** Undefined: it said nothing until the limit, monotonic, or closed before. */
async function firstOf(channel: RunnerChannel, limit: number): Promise<FromRunner | undefined> {
  const first = new Promise<FromRunner>((resolve) => channel.listen(resolve));
  const given = new AbortController();
  const late = delay(Math.max(limit - performance.now(), 0), undefined, { signal: given.signal }).catch(
    () => undefined,
  );
  const answer = await Promise.race([first, channel.closed.then(() => undefined), late]);
  given.abort();
  return answer;
}
