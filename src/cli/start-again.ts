import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { lackOf } from '../process/spawn-fault.ts';
import { UsageFault, type Io } from './command.ts';

/** How a command is carried out in the background. */
interface Again {
  readonly io: Io;
  /** The command line, `testbed` first. */
  readonly command: readonly string[];
  /** A descriptor, for both streams instead of a terminal. */
  readonly output: number;
  /** Tells the process what it is. */
  readonly mark: NodeJS.ProcessEnv;
}

/**
 * Starts the same command again in a process and a session of its own, with a channel to this one. Throws `UsageFault` where the
 * system has no process for it.
 */
export async function startAgain({ io, command, output, mark }: Again): Promise<ChildProcess> {
  try {
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...command.slice(1)], {
      cwd: io.cwd,
      detached: true,
      stdio: ['ignore', output, output, 'ipc'],
      env: { ...io.env, ...mark },
    });
    await once(child, 'spawn');
    return child;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageFault(`no process could be started in the background: ${lackOf(code) ?? message}.`);
  }
}

/** The first that a process tells over its channel; undefined: it ended before. */
export async function answerOf<Answer>(child: ChildProcess): Promise<Answer | undefined> {
  // What it said last is heard before its channel ends, but perhaps after the system told of its end.
  const gone = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  const answer = await Promise.race([once(child, 'message'), gone.then(() => undefined)]);
  return answer?.[0] as Answer | undefined;
}
