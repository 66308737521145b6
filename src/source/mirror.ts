import { createHash, randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeDirectory } from '../util/make-directory.ts';
import { suggest } from '../util/suggest.ts';
import { git, type GitAnswer } from './git.ts';

/** A source that can not be had, in words for a person. */
export class SourceFault extends Error {
  /** What to do about it. */
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/**
 * The bare repository in the cache that mirrors one URL. Nothing here takes a lock: a repository appears by rename, and a
 * commit is kept by a ref of its own name, so that two processes at once do the same work twice at worst.
 */
export class Mirror {
  readonly directory: string;
  readonly #repository: string;
  readonly #url: string;
  readonly #how: { readonly env: NodeJS.ProcessEnv; readonly signal?: AbortSignal };
  readonly #onProgress: (text: string) => void;

  constructor(
    url: string,
    cacheDirectory: string,
    {
      env,
      signal,
      onProgress = () => {},
    }: { env: NodeJS.ProcessEnv; signal?: AbortSignal; onProgress?: (text: string) => void },
  ) {
    this.#url = url;
    this.#how = { env, ...(signal === undefined ? {} : { signal }) };
    this.#onProgress = onProgress;
    const short = createHash('sha256').update(url).digest('hex').slice(0, 10);
    const name = path.basename(url.replace(/\/*(\.git)?\/*$/, '')).replaceAll(/[^\w.-]/g, '_');
    this.directory = path.join(cacheDirectory, 'git', `${name}-${short}`);
    this.#repository = path.join(this.directory, 'mirror.git');
  }

  #git(args: readonly string[]): Promise<GitAnswer> {
    return git(['--git-dir', this.#repository, ...args], this.#how);
  }

  /** Makes the repository if it is not there. */
  async create(): Promise<void> {
    if (existsSync(this.#repository)) return;
    makeDirectory(this.directory);
    const making = `${this.#repository}.${process.pid}-${randomBytes(4).toString('hex')}`;
    for (const args of [
      ['init', '--quiet', '--bare', making],
      ['--git-dir', making, 'remote', 'add', 'origin', this.#url],
      // Commits are kept by refs, and cleaning up under another process's feet gains nothing.
      ['--git-dir', making, 'config', 'gc.auto', '0'],
    ]) {
      const answer = await git(args, { env: this.#how.env });
      if (answer.code !== 0) throw new SourceFault(`the cache can not be made: ${lastLine(answer)}`);
    }
    try {
      renameSync(making, this.#repository);
    } catch (error) {
      // Another process was faster, and its repository is as good as ours.
      rmSync(making, { recursive: true, force: true });
      if (!existsSync(this.#repository)) throw error;
    }
  }

  /** A clone that borrows the mirror's objects, with the commit checked out and the URL as its origin. */
  async cloneTo(directory: string, commit: string): Promise<void> {
    for (const args of [
      ['clone', '--quiet', '--shared', '--no-checkout', this.#repository, directory],
      ['-C', directory, 'remote', 'set-url', 'origin', this.#url],
      ['-C', directory, '-c', 'advice.detachedHead=false', 'checkout', '--quiet', '--detach', commit],
    ]) {
      const answer = await git(args, this.#how);
      if (answer.code !== 0) throw new SourceFault(`it can not be checked out: ${lastLine(answer)}`);
    }
  }

  /** The commit of a ref (branch, tag, or a whole hash), fetched. Without a ref: the default branch. */
  async commitOf(ref: string | undefined): Promise<string> {
    if (ref !== undefined && /^[0-9a-f]{40}$/.test(ref)) {
      if (!(await this.#has(ref))) await this.#fetch(ref, ref);
      return ref;
    }
    const wanted =
      ref === undefined ? ['HEAD'] : [`refs/tags/${ref}^{}`, `refs/tags/${ref}`, `refs/heads/${ref}`, ref];
    const found = await this.#remoteRefs(wanted);
    const name = wanted.find((candidate) => found.has(candidate));
    const commit = name === undefined ? undefined : found.get(name);
    if (name === undefined || commit === undefined) throw await this.#unknownRef(ref);
    if (!(await this.#has(commit))) await this.#fetch(name.replace(/\^\{\}$/, ''), commit);
    return commit;
  }

  /** The head commit of a pull request (GitHub) or merge request (GitLab), fetched. */
  async commitOfPull(pull: number): Promise<string> {
    const wanted = [`refs/pull/${pull}/head`, `refs/merge-requests/${pull}/head`];
    const found = await this.#remoteRefs(wanted);
    const name = wanted.find((candidate) => found.has(candidate));
    const commit = name === undefined ? undefined : found.get(name);
    if (name === undefined || commit === undefined)
      throw new SourceFault(`${this.#url} has no pull request ${pull}`);
    if (!(await this.#has(commit))) await this.#fetch(name, commit);
    return commit;
  }

  async #has(commit: string): Promise<boolean> {
    const answer = await this.#git(['rev-parse', '--verify', '--quiet', `refs/testbed/${commit}^{commit}`]);
    return answer.code === 0;
  }

  async #fetch(ref: string, commit: string): Promise<void> {
    this.#onProgress(`fetching ${commit.slice(0, 12)} from ${this.#url}`);
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#git([
        'fetch',
        '--quiet',
        '--no-write-fetch-head',
        '--force',
        'origin',
        `${ref}:refs/testbed/${commit}`,
      ]);
      if (answer.code === 0) {
        // The ref may have moved between asking and fetching.
        if (await this.#has(commit)) return await this.#pin(commit);
      } else if (await this.#has(commit)) return;
      // Two fetches of the same tags at once: one finds them locked, and has them a moment later.
      else if (!/lock|File exists/i.test(answer.stderr)) throw this.#unreachable(answer);
      if (attempt === 10) throw this.#unreachable(answer);
      await delay(50 * attempt);
    }
  }

  /** The ref named after a commit must mean that commit, also if the branch moved while it was fetched. */
  async #pin(commit: string): Promise<void> {
    const answer = await this.#git(['rev-parse', `refs/testbed/${commit}`]);
    if (answer.stdout.trim() === commit) return;
    const pinned = await this.#git(['update-ref', `refs/testbed/${commit}`, commit]);
    if (pinned.code !== 0) throw new SourceFault(`${this.#url} changed while it was fetched`, 'try again');
  }

  async #remoteRefs(patterns: readonly string[]): Promise<Map<string, string>> {
    const answer = await this.#git(['ls-remote', 'origin', ...patterns]);
    if (answer.code !== 0) throw this.#unreachable(answer);
    const lines = answer.stdout.split('\n').filter((line) => line !== '');
    return new Map(
      lines.map((line) => [line.slice(line.indexOf('\t') + 1), line.slice(0, line.indexOf('\t'))]),
    );
  }

  async #unknownRef(ref: string | undefined): Promise<SourceFault> {
    if (ref === undefined) return new SourceFault(`${this.#url} has no commit`);
    const answer = await this.#git(['ls-remote', '--heads', '--tags', '--refs', 'origin']);
    const names = answer.stdout
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [line.replace(/^.*refs\/(heads|tags)\//, '')]));
    if (/^[0-9a-f]{7,39}$/.test(ref))
      return new SourceFault(
        `${this.#url} has no branch or tag "${ref}"`,
        'a commit is given with all its 40 digits',
      );
    const near = suggest(ref, names);
    const some = names.slice(-5).join(', ');
    return new SourceFault(
      `${this.#url} has no branch or tag "${ref}"`,
      near === undefined ? (some === '' ? undefined : `it has ${some}`) : `did you mean "@${near}"?`,
    );
  }

  #unreachable(answer: GitAnswer): SourceFault {
    const line = lastLine(answer);
    if (/resolve host|unable to access|connect to|timed out|network|no end after/i.test(answer.stderr))
      return new SourceFault(
        `${this.#url} can not be reached: ${line}`,
        'is there a network? A checkout of your own does without: --source NAME=/path/to/it',
      );
    if (/not our ref|couldn't find remote ref|upload-pack: not our ref/i.test(answer.stderr))
      return new SourceFault(`${this.#url} does not give out that commit: ${line}`);
    return new SourceFault(
      `${this.#url} is no repository that can be read: ${line}`,
      'is the URL right, and may you read it?',
    );
  }
}

/** The line in which git says what is wrong. */
function lastLine({ stderr, stdout }: GitAnswer): string {
  const lines = (stderr || stdout).split('\n').filter((line) => line.trim() !== '');
  const fatal = lines.find((line) => /^(fatal|error):/.test(line)) ?? lines.at(-1) ?? 'git says nothing';
  return fatal.replace(/^(fatal|error): /, '');
}
