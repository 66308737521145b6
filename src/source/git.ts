import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a git command left behind. */
export interface GitAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Git can not be started at all. */
export class NoGit extends Error {}

/** A clone of MicroPython takes a minute; a server that says nothing for ten is not coming back. */
const LIMIT_MS = 10 * 60_000;

/** Runs git without ever asking anybody for a password. Any exit code is an answer; throws `NoGit`. */
export async function git(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly signal?: AbortSignal } = {},
): Promise<GitAnswer> {
  const { cwd, signal } = options;
  const limit = AbortSignal.timeout(LIMIT_MS);
  const child = spawn('git', [...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...quietEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? 128, stdout, stderr };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new NoGit('git is not installed');
    if (limit.aborted) return { code: 128, stdout, stderr: `no end after ${LIMIT_MS / 60_000} minutes` };
    throw error;
  }
}

/** The user's environment without what points git at another repository, or lets it wait for a person. */
function quietEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_OBJECT_DIRECTORY', 'GIT_COMMON_DIR'])
    delete env[name];
  return {
    ...env,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'true',
    GIT_SSH_COMMAND: env['GIT_SSH_COMMAND'] ?? 'ssh -o BatchMode=yes',
  };
}
