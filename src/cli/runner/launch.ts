import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { LabStateFault } from '../../labstate/fault.ts';
import { makeDirectory } from '../../util/make-directory.ts';
import { UsageFault, type Io } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { Interruption } from '../interruption.ts';
import { answerOf, startAgain } from '../start-again.ts';
import { runnerLease, runnerLog, type RunnerPlace } from './place.ts';

/** Set for the process that is to be the runner. */
const MARK = 'TESTBED_RUNNER';

/** What a runner tells whoever started it. */
export type Launched =
  /** It listens. */
  | { readonly kind: 'up'; readonly warnings: string }
  /** Somebody else is the runner of the lab. */
  | { readonly kind: 'there'; readonly pid: number; readonly since: number };

/** Whether this process was started to be a runner. Takes the mark out of the environment: what we start is none. */
export function isRunner(env: NodeJS.ProcessEnv): boolean {
  const marked = env[MARK] !== undefined && process.send !== undefined;
  delete env[MARK];
  return marked;
}

/**
 * Starts the runner of a lab in the background, and says how to be rid of it; resolves to the exit code once it is up. Throws
 * `UsageFault` where it could not be started.
 */
export async function launch(
  place: RunnerPlace,
  { io, command }: { readonly io: Io; readonly command: readonly string[] },
): Promise<number> {
  const lease = runnerLease(place);
  if (lease?.liveness === 'alive') {
    tellThere({ kind: 'there', ...lease.holder }, place, io);
    return EXIT.ok;
  }
  const log = openLog(place);
  const before = fstatSync(log).size;
  using interruption = new Interruption();
  const mark = { [MARK]: '1' };
  const child = await startAgain({ io, command, output: log, mark }).finally(() => closeSync(log));
  interruption.signal.addEventListener('abort', () => child.kill(interruption.by));
  const answer = await answerOf<Launched>(child);
  if (answer === undefined) return await notUp(child, { place, before, io });
  child.unref();
  if (child.connected) child.disconnect();
  if (answer.kind === 'there') tellThere(answer, place, io);
  else {
    io.stderr.write(answer.warnings);
    io.stderr.write(
      `testbed: the runner of ${place.lab} is up (pid ${child.pid}); "testbed run" hands its sessions to it, "testbed stop" ends it.\n`,
    );
  }
  return EXIT.ok;
}

function tellThere({ pid }: Extract<Launched, { kind: 'there' }>, { lab }: RunnerPlace, io: Io): void {
  io.stderr.write(`testbed: the runner of ${lab} is there already (pid ${pid}); "testbed stop" ends it.\n`);
}

function openLog(place: RunnerPlace): number {
  try {
    makeDirectory(place.directory);
    chmodSync(place.directory, 0o700);
    return openSync(runnerLog(place), 'a');
  } catch (error) {
    throw new UsageFault(new LabStateFault(place.directory, error as NodeJS.ErrnoException).message);
  }
}

async function notUp(
  child: ChildProcess,
  { place, before, io }: { readonly place: RunnerPlace; readonly before: number; readonly io: Io },
): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  const said = readFileSync(runnerLog(place)).subarray(before).toString();
  io.stderr.write(said);
  if (child.exitCode !== null) return child.exitCode;
  const signal = child.signalCode ?? 'SIGKILL';
  io.stderr.write(
    `testbed: the runner was ended by ${signal} before it was up. Its log: ${runnerLog(place)}\n`,
  );
  return 128 + os.constants.signals[signal];
}
