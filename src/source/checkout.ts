import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Source } from '../model/lab.ts';
import { parseSourceSpec, type SourceSpec } from '../model/source-spec.ts';
import { makeDirectory } from '../util/make-directory.ts';
import { git, NoGit, type GitAnswer } from './git.ts';
import { Mirror, SourceFault } from './mirror.ts';

/** Where a source is on this host, or why it can not be had. */
export type Checkout =
  | {
      readonly ok: true;
      /** Absolute. Of a git source: a working copy of one commit, shared, and put right before each use. */
      readonly directory: string;
      /** 40 hex digits; of a directory source only if it is a git checkout. */
      readonly commit?: string;
    }
  | {
      readonly ok: false;
      /** What is wrong and what to do about it, without the source's name. */
      readonly message: string;
    };

export interface CheckoutOptions {
  /** Of whoever asks. */
  readonly env: NodeJS.ProcessEnv;
  /** Default: `testbed/` in the XDG cache directory. */
  readonly cacheDirectory?: string;
  readonly signal?: AbortSignal;
  /** Told before something that may take a while: `fetching https://…`. */
  readonly onProgress?: (text: string) => void;
}

/** Makes a source available as a directory. Two processes may do it at once. */
export async function checkout(source: Source, options: CheckoutOptions): Promise<Checkout> {
  const parsed = parseSourceSpec(source.spec);
  if (!parsed.ok)
    throw new Error(`Internal error: expected a checked source, was ${JSON.stringify(source.spec)}`);
  try {
    return parsed.spec.kind === 'directory'
      ? await directoryOf(parsed.spec.path, options.env)
      : await workingCopyOf(parsed.spec, options);
  } catch (error) {
    return explain(error);
  }
}

/**
 * The working copy of a git source that an earlier checkout gave, put right, whatever its branch has come to since; undefined
 * for a directory source, or when the copy is not there any more or not at that commit.
 */
export async function checkoutAgain(
  source: Source,
  { directory, commit }: { readonly directory: string; readonly commit?: string },
  env: NodeJS.ProcessEnv,
): Promise<Checkout | undefined> {
  const parsed = parseSourceSpec(source.spec);
  if (!parsed.ok || parsed.spec.kind === 'directory' || !existsSync(directory)) return undefined;
  try {
    await restore(directory, env);
    const again = await directoryOf(directory, env);
    return again.ok && again.commit === commit ? again : undefined;
  } catch (error) {
    return explain(error);
  }
}

/** `testbed/` in the XDG cache directory of this user. */
function cacheDirectory(env: NodeJS.ProcessEnv): string {
  const xdg = env['XDG_CACHE_HOME'];
  const base =
    xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(env['HOME'] ?? os.homedir(), '.cache');
  return path.join(base, 'testbed');
}

function explain(error: unknown): Checkout {
  if (error instanceof NoGit)
    return { ok: false, message: 'this needs git, which is not installed: sudo apt-get install git' };
  if (error instanceof SourceFault)
    return {
      ok: false,
      message: error.hint === undefined ? error.message : `${error.message}; ${error.hint}`,
    };
  const { code, message } = error as NodeJS.ErrnoException;
  // The cache is full, read-only, or somebody else's.
  if (code === 'ENOSPC' || code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST')
    return { ok: false, message: `it can not be kept: ${message}` };
  throw error;
}

async function directoryOf(directory: string, env: NodeJS.ProcessEnv): Promise<Checkout> {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new SourceFault(`there is no directory ${directory}`);
  const head = await git(['-C', directory, 'rev-parse', '--verify', 'HEAD^{commit}'], { env }).catch(
    (error: unknown) => {
      // A directory is good without git, too.
      if (error instanceof NoGit) return undefined;
      throw error;
    },
  );
  const commit = head?.code === 0 ? head.stdout.trim() : undefined;
  return { ok: true, directory, ...(commit === undefined ? {} : { commit }) };
}

async function workingCopyOf(
  { url, ref, pull }: Extract<SourceSpec, { kind: 'git' }>,
  options: CheckoutOptions,
): Promise<Checkout> {
  const { env } = options;
  const mirror = new Mirror(url, options.cacheDirectory ?? cacheDirectory(env), options);
  await mirror.create();
  const base = pull === undefined || ref !== undefined ? await mirror.commitOf(ref) : undefined;
  if (pull === undefined) {
    const commit = base ?? '';
    return { ok: true, directory: await workingCopy(mirror, { name: commit, commit, env }), commit };
  }
  const head = await mirror.commitOfPull(pull);
  if (base === undefined)
    return {
      ok: true,
      directory: await workingCopy(mirror, { name: head, commit: head, env }),
      commit: head,
    };
  const name = `${head.slice(0, 16)}-onto-${base.slice(0, 16)}`;
  const directory = await workingCopy(mirror, { name, commit: head, env }, async (place) => {
    const answer = await git(['rebase', '--quiet', '--committer-date-is-author-date', base], {
      cwd: place,
      env,
      // The same two commits give the same rebased one, whoever does it.
      extraEnv: {
        GIT_COMMITTER_NAME: 'testbed',
        GIT_COMMITTER_EMAIL: 'testbed@localhost',
        GIT_EDITOR: 'true',
      },
    });
    if (answer.code !== 0)
      throw await rebaseFault({ place, env }, `the pull request ${pull}`, `"${ref}"`, answer);
  });
  const { stdout } = await git(['rev-parse', 'HEAD'], { cwd: directory, env });
  return { ok: true, directory, commit: stdout.trim() };
}

/**
 * The working copy of that name, made beside and moved into place as a whole, so that it is either all there or not. It is
 * a clone that borrows the mirror's objects: worktrees of one repository share files that git changes without a lock, and
 * two processes at once broke each other's.
 */
async function workingCopy(
  mirror: Mirror,
  { name, commit, env }: { readonly name: string; readonly commit: string; readonly env: NodeJS.ProcessEnv },
  prepare?: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = path.join(mirror.directory, 'commits', name);
  if (existsSync(directory)) {
    await restore(directory, env);
    return directory;
  }
  makeDirectory(path.dirname(directory));
  const making = `${directory}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await mirror.cloneTo(making, commit);
    await prepare?.(making);
    renameSync(making, directory);
    return directory;
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    // Another process was faster, and its copy is as good as ours.
    const { code } = error as NodeJS.ErrnoException;
    if ((code === 'ENOTEMPTY' || code === 'EEXIST') && existsSync(directory)) return directory;
    throw error;
  }
}

/** A test that wrote into its own sources would change what the next run tests. Untracked files (builds) stay. */
async function restore(directory: string, env: NodeJS.ProcessEnv): Promise<void> {
  const status = await git(['status', '--porcelain', '--untracked-files=no', '--ignore-submodules'], {
    cwd: directory,
    env,
  });
  if (status.code !== 0)
    throw new SourceFault(`the cached ${directory} is broken`, `remove it: rm -r ${directory}`);
  if (status.stdout !== '') await git(['reset', '--quiet', '--hard'], { cwd: directory, env });
}

async function rebaseFault(
  { place, env }: { readonly place: string; readonly env: NodeJS.ProcessEnv },
  what: string,
  onto: string,
  answer: GitAnswer,
): Promise<SourceFault> {
  const { stdout } = await git(['diff', '--name-only', '--diff-filter=U'], { cwd: place, env });
  const files = stdout.trim().split('\n').join(', ');
  await git(['rebase', '--abort'], { cwd: place, env });
  return files === ''
    ? new SourceFault(`${what} can not be rebased onto ${onto}: ${answer.stderr.trim().split('\n').at(-1)}`)
    : new SourceFault(`${what} can not be rebased onto ${onto}: conflicts in ${files}`);
}
