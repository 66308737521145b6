import { existsSync } from 'node:fs';
import path from 'node:path';
import { UsageFault, type Io } from '../command.ts';
import { unreachable } from '../../util/unreachable.ts';
import { ask, type Answer, type Question } from './ask.ts';
import { connectRunner, type Found, type RunnerChannel } from './connect.ts';
import type { RunnerStatus } from './protocol.ts';
import { runnerPlace, sweepRunner, type RunnerPlace } from './place.ts';

/** Where the runner of the lab that a command line names is, or would be; undefined: it names no lab file, and there is none. */
export async function placeOf(
  { config }: { readonly config: string | undefined },
  io: Io,
): Promise<RunnerPlace | undefined> {
  if (config !== undefined) return runnerPlace(path.resolve(io.cwd, config), io.env);
  const { findLabFile } = await import('../../config/find.ts');
  const file = await findLabFile(io.cwd);
  return file === undefined ? undefined : runnerPlace(file, io.env);
}

/** The same, for a command that can do nothing without a lab; throws `UsageFault`. */
export async function neededPlace(
  options: { readonly config: string | undefined },
  io: Io,
): Promise<RunnerPlace> {
  const place = await placeOf(options, io);
  if (place !== undefined && existsSync(place.lab)) return place;
  throw place === undefined
    ? new UsageFault('there is no testbed.yaml from here upward.', 'Name one: -c FILE')
    : new UsageFault(`there is no lab file ${place.lab}.`);
}

/** Asks the runner of a lab something; undefined: there is none that answers, which is told. */
export async function askRunner<Q extends Question>(
  options: { readonly config: string | undefined },
  io: Io,
  question: Q,
): Promise<Answer<Q> | undefined> {
  const place = await neededPlace(options, io);
  const found = await connectRunner(place);
  if (found.kind === 'runner') {
    const answer = await ask(found.channel, question);
    found.channel.destroy();
    if (answer !== undefined) return answer;
  }
  io.stderr.write(`testbed: ${whyNone(found)}\n`);
  return undefined;
}

/** How a runner is; undefined: there is none that answers. */
export async function statusOf(place: RunnerPlace): Promise<RunnerStatus | undefined> {
  const found = await connectRunner(place);
  if (found.kind !== 'runner') return undefined;
  const answer = await ask(found.channel, { kind: 'status' });
  found.channel.destroy();
  if (answer === undefined) return undefined;
  const { kind: _, ...status } = answer;
  return status;
}

function whyNone(found: Found): string {
  switch (found.kind) {
    case 'none':
      return 'this lab has no runner; "testbed start" starts one.';
    case 'runner':
    case 'dead':
      return `the runner of this lab (pid ${found.lease.holder.pid}) is gone; "testbed start" starts another one.`;
    case 'deaf':
      return `the runner of this lab (pid ${found.lease.holder.pid}) ${found.reason}.`;
    default:
      return unreachable(found);
  }
}

/** The runner to which a session can be handed over; undefined: there is none, or none that can be used, which is told. */
export async function usableRunner(place: RunnerPlace, io: Io): Promise<RunnerChannel | undefined> {
  const found = await connectRunner(place);
  switch (found.kind) {
    case 'runner':
      return found.channel;
    case 'none':
      return undefined;
    case 'dead':
      io.stderr.write(
        `testbed: the runner of this lab (pid ${found.lease.holder.pid}) is gone; what it left is swept, and the session is carried out here.\n`,
      );
      await sweepRunner(place, found.lease);
      return undefined;
    case 'deaf':
      io.stderr.write(
        `testbed: the runner of this lab (pid ${found.lease.holder.pid}) ${found.reason}; the session is carried out here.\n`,
      );
      return undefined;
    default:
      return unreachable(found);
  }
}
