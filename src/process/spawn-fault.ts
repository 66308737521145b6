import { statSync } from 'node:fs';
import path from 'node:path';

/** Why a process could not be started; the message says what to do. */
export interface SpawnFault {
  /** The system's name for it, such as `ENOENT`. */
  readonly code: string;
  readonly message: string;
}

/** What the system had no more of, and what to do, if that is what a fault, or what caused it, is about. */
export function shortageIn(fault: unknown): string | undefined {
  if (!(fault instanceof Error)) return undefined;
  return shortage((fault as NodeJS.ErrnoException).code) ?? shortageIn(fault.cause);
}

/** Turns what the system said into what a person can do. */
export function spawnFault(
  error: NodeJS.ErrnoException,
  { argv, cwd, env }: { argv: readonly string[]; cwd: string; env: NodeJS.ProcessEnv },
): SpawnFault {
  const code = error.code ?? 'unknown';
  const program = argv[0] ?? '';
  return { code, message: `Could not start ${JSON.stringify(program)} (${code}): ${advice()}` };

  function advice(): string {
    switch (code) {
      case 'ENOENT':
      case 'ENOTDIR':
        if (!isDirectory(cwd)) return `its working directory ${cwd} is not there. Correct "cwd:".`;
        if (!program.includes('/'))
          return `no such program in PATH (${env['PATH'] ?? 'which is not set'}). Install it, or give its path.`;
        if (isFile(path.resolve(cwd, program)))
          return 'the file is there, but the interpreter that its first line (#!) names is not. Install that, or correct the line.';
        return `there is no ${path.resolve(cwd, program)}. Correct "command:".`;
      case 'EACCES':
        if (program.includes('/') && isDirectory(path.resolve(cwd, program)))
          return 'it is a directory. Correct "command:".';
        return 'it may not be executed by this user. Try "chmod +x" on it, and look whether its filesystem is mounted "noexec".';
      case 'E2BIG':
        return (
          `the command line and environment are too long for the system: ${bytesOf(argv, env)} bytes. ` +
          'Narrow the tests ("--test", "files:"), or let the command read the list of tests from a file.'
        );
      case 'ENOEXEC':
        return 'it is no program for this machine, and has no first line "#!…" that names an interpreter.';
      case 'ERR_INVALID_ARG_VALUE':
        return 'an argument or a variable of its environment holds a NUL byte, or the command is empty.';
      default:
        return shortage(code) ?? error.message;
    }
  }
}

/** What to do when the system has no more of something that every process of a run needs; undefined for any other code. */
export function shortage(code: string | undefined): string | undefined {
  const lack = lackOf(code);
  if (lack === undefined) return undefined;
  return code === 'ENOMEM' ? `${lack}. Lower --jobs.` : `${lack}, or lower --jobs.`;
}

/** What the system has no more of, and how to have more, without the full stop; undefined for any other code. */
export function lackOf(code: string | undefined): string | undefined {
  switch (code) {
    case 'EAGAIN':
      return 'there are too many processes or threads. Raise "ulimit -u" (or "pids.max")';
    case 'EMFILE':
    case 'ENFILE':
      return 'there are too many open files. Raise "ulimit -n"';
    case 'ENOMEM':
      return 'there is not enough memory';
    case undefined:
    default:
      return undefined;
  }
}

function bytesOf(argv: readonly string[], env: NodeJS.ProcessEnv): number {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value ?? ''}`);
  return [...argv, ...variables].reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
}

function isDirectory(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}
