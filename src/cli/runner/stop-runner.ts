import type { Io } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { Interruption } from '../interruption.ts';
import { ask } from './ask.ts';
import { connectRunner } from './connect.ts';
import { livingRunners, sweepRunner, type RunnerPlace } from './place.ts';

/** `testbed stop` where the lab has a runner: ends it with its session. Undefined: it has none. */
export async function stopRunner(place: RunnerPlace, now: boolean, io: Io): Promise<number | undefined> {
  const found = await connectRunner(place);
  switch (found.kind) {
    case 'none':
      return undefined;
    case 'dead':
      await sweepRunner(place, found.lease);
      io.stderr.write(
        `testbed: the runner (pid ${found.lease.holder.pid}) was gone already; what it left is swept.\n`,
      );
      return EXIT.ok;
    case 'deaf': {
      const { pid } = found.lease.holder;
      io.stderr.write(
        `testbed: the runner (pid ${pid}) ${found.reason}. To end it all the same: kill -9 ${pid}; whoever comes next sweeps what it leaves.\n`,
      );
      return EXIT.error;
    }
    case 'runner':
      break;
  }
  const { channel, lease } = found;
  using interruption = new Interruption();
  const status = await ask(channel, { kind: 'status' });
  const session = status?.serving?.session;
  await ask(channel, { kind: 'stop-runner', how: now ? 'now' : 'soon' });
  const its = session === undefined || session === null ? '' : `, and its session ${session} with it`;
  io.stderr.write(
    `testbed: the runner (pid ${lease.holder.pid}) was told to end${its}${its === '' || now ? '' : '; once more, or --now, kills what runs'}.\n`,
  );
  await Promise.race([channel.closed, interruption.came]);
  channel.destroy();
  if (interruption.exit !== undefined) {
    io.stderr.write('testbed: no longer waiting; the runner is ending by itself.\n');
    return interruption.exit;
  }
  io.stderr.write('testbed: the runner ended.\n');
  return EXIT.ok;
}

/** Ends one session of a runner by the name of the session; false: that process is no runner of this user, or has no such session. */
export async function stopSessionOf(
  pid: number,
  session: string,
  { now, env }: { readonly now: boolean; readonly env: NodeJS.ProcessEnv },
): Promise<boolean> {
  const place = livingRunners(env).get(pid);
  if (place === undefined) return false;
  const found = await connectRunner(place);
  if (found.kind !== 'runner') return false;
  const answer = await ask(found.channel, { kind: 'stop-session', session, how: now ? 'now' : 'soon' });
  found.channel.destroy();
  return answer?.found === true;
}
