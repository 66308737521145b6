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
  options: {
    /** Of whoever asks. */
    readonly env: NodeJS.ProcessEnv;
    /** On top of it. */
    readonly extraEnv?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    readonly signal?: AbortSignal;
  },
): Promise<GitAnswer> {
  const { execa } = await import('execa');
  const result = await execa('git', args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    env: { ...quietEnvironment(options.env), ...options.extraEnv },
    extendEnv: false,
    stdin: 'ignore',
    stripFinalNewline: false,
    timeout: LIMIT_MS,
    reject: false,
  });
  if (result.code === 'ENOENT' && result.exitCode === undefined) throw new NoGit('git is not installed');
  if (result.isCanceled)
    throw options.signal?.reason ?? new Error('Internal error: expected a reason, was none');
  const { exitCode = 128, stdout, stderr } = result;
  return {
    code: exitCode,
    stdout,
    stderr: result.timedOut ? `no end after ${LIMIT_MS / 60_000} minutes` : stderr,
  };
}

/** The user's environment without what points git at another repository, or lets it wait for a person. */
function quietEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...own };
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
