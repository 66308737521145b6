import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';
import { isReadAtStart, unfitArguments, type PreloadLanguage } from '../../model/preload.ts';

/** A program as the system starts it. */
export interface Start {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** The environment that a process was started with; undefined: it is gone. */
export function startEnvironment(pid: string): NodeJS.ProcessEnv | undefined {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s, 2) as [string, string]));
  } catch {
    return undefined;
  }
}

/**
 * Why a command can not be started by an interpreter that runs already, as a sentence's end that begins with "its command …";
 * undefined: it can, and then nobody can tell that from a cold start.
 */
export function unfit(command: Start, interpreter: Start, language: PreloadLanguage): string | undefined {
  const [program = '', ...args] = command.argv;
  const [own = ''] = interpreter.argv;
  if (programAt(program, command) !== programAt(own, interpreter)) return `does not begin with ${own}`;
  const names = [...Object.keys(command.env), ...Object.keys(interpreter.env)];
  const other = names.find(
    (name) => isReadAtStart(language, name) && command.env[name] !== interpreter.env[name],
  );
  if (other !== undefined)
    return `has another ${other} than its stage, and an interpreter reads that when it starts`;
  return unfitArguments(language, args);
}

/** Where the system finds a program; links are not followed, since an interpreter behaves by where it was found. */
function programAt(program: string, { cwd, env }: Start): string {
  if (program.includes('/')) return path.resolve(cwd, program);
  const found = (env['PATH'] ?? '')
    .split(path.delimiter)
    .map((directory) => path.resolve(cwd, directory, program))
    .find((file) => isExecutable(file));
  return found ?? program;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
