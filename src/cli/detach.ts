import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readSync, rmdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { JournalFault } from '../log/journal.ts';
import { sessionCommand } from '../render/recipes.ts';
import { chooseRenderers } from '../render/renderer-choice.ts';
import { makeDirectory } from '../util/make-directory.ts';
import { SCREEN_FILE, type BegunSession } from './background.ts';
import { UsageFault, type Io } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { Interruption } from './interruption.ts';
import { resultsDirectory, type SessionOptions } from './open-session.ts';
import { answerOf, startAgain } from './start-again.ts';

/** How a screen's file is called until its session has a directory. */
const ASIDE = '.screen-';

/** What of a command line of `testbed run` matters to whoever only starts it. */
type Detached = SessionOptions & {
  readonly renderer: readonly string[];
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly format: string | undefined;
};

/**
 * `testbed run --detach`: the same command in a process and a session of its own, with a file instead of a terminal. Resolves
 * to 0 once its session has begun, else to how it ended, with what it said. Throws `UsageFault` where it could not be started.
 */
export async function detach(
  given: Detached,
  { io, command }: { readonly io: Io; readonly command: readonly string[] },
): Promise<number> {
  checkPlaces(given, io);
  const results = await resultsDirectory(given, io);
  const { made, screen, descriptor } = makeScreen(results);
  using interruption = new Interruption();
  try {
    const mark = { [SCREEN_FILE]: screen };
    const child = await startAgain({ io, command, output: descriptor, mark }).catch((fault: unknown) => {
      rmSync(screen, { force: true });
      throw fault;
    });
    interruption.signal.addEventListener('abort', () => child.kill(interruption.by));
    const begun = await answerOf<BegunSession>(child);
    if (begun === undefined || interruption.exit !== undefined)
      return await ended(child, begun?.screen ?? screen, io);
    io.stderr.write(beginningOf(descriptor, begun.before));
    child.unref();
    tell(begun, child, { io, command });
    return EXIT.ok;
  } finally {
    closeSync(descriptor);
    if (made) removeIfEmpty(results);
  }
}

/** Nobody reads our stdout, or a descriptor of ours, once we are gone. */
function checkPlaces(given: Detached, { cwd }: Io): void {
  const chosen = chooseRenderers(given.renderer, given, cwd);
  // Of other faults the one in the background tells.
  const lost = chosen.ok
    ? chosen.choices.find(({ place }) => place.kind === 'stdout' || place.kind === 'descriptor')
    : undefined;
  if (lost === undefined) return;
  throw new UsageFault(
    `--detach: the renderer ${lost.name} would write to ${lost.place.kind === 'stdout' ? 'stdout' : 'a descriptor'}, which nobody reads any more.`,
    `Give it a file: --renderer ${lost.name}=FILE (the events themselves are in events.jsonl of the session)`,
  );
}

/** A file for the screen, where a session's directory is made later, so that it can be moved there. */
function makeScreen(results: string): { made: boolean; screen: string; descriptor: number } {
  const screen = path.join(results, `${ASIDE}${randomUUID()}`);
  try {
    const made = makeDirectory(results);
    return { made, screen, descriptor: openSync(screen, 'ax+') };
  } catch (error) {
    throw new UsageFault(new JournalFault(results, error as NodeJS.ErrnoException).message);
  }
}

/** Tells what a process said that ended before anybody could go, and resolves to how it ended. */
async function ended(child: ChildProcess, screen: string, io: Io): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  io.stderr.write(readFileSync(screen, 'utf8'));
  if (path.basename(screen).startsWith(ASIDE)) rmSync(screen, { force: true });
  return child.exitCode ?? 128 + os.constants.signals[child.signalCode ?? 'SIGKILL'];
}

function beginningOf(descriptor: number, size: number): string {
  const bytes = Buffer.alloc(size);
  return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, size, 0));
}

function tell(
  { id, screen }: BegunSession,
  { pid }: ChildProcess,
  { io, command }: { readonly io: Io; readonly command: readonly string[] },
): void {
  io.stdout.write(`${id}\n`);
  io.stderr.write(
    [
      `testbed: it runs in the background (pid ${pid}).`,
      `  watch it    ${sessionCommand('attach', command, id)}`,
      `  stop it     ${sessionCommand('stop', command, id)}`,
      `  its screen  ${path.relative(io.cwd, screen)}`,
      '',
    ].join('\n'),
  );
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It is in use.
  }
}
