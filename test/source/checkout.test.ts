import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSourceSpec } from '../../src/model/source-spec.ts';
import { checkout, type Checkout } from '../../src/source/checkout.ts';

const scratch = mkdtempSync(path.join(os.tmpdir(), 'testbed-source-'));
const upstream = path.join(scratch, 'upstream');
const url = `file://${upstream}/.git`;
const cacheDirectory = path.join(scratch, 'cache');
const { env } = process;

const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-C', upstream, ...args], {
    encoding: 'utf8',
  }).trim();

function commit(file: string, text: string): string {
  writeFileSync(path.join(upstream, file), text);
  git('add', '.');
  git('commit', '--quiet', '-m', `${file}: ${text}`);
  return git('rev-parse', 'HEAD');
}

const get = (suffix: string): Promise<Checkout> =>
  checkout({ name: 'micropython', spec: url + suffix }, { env, cacheDirectory });

const commits: Record<string, string> = {};

beforeAll(() => {
  mkdirSync(upstream);
  git('init', '--quiet', '--initial-branch=master');
  commits['first'] = commit('a.txt', 'one\n');
  git('tag', '-a', 'v1.0', '-m', 'an annotated tag');
  git('checkout', '--quiet', '-b', 'work');
  commits['pull'] = commit('b.txt', 'from the pull request\n');
  git('update-ref', 'refs/pull/17/head', 'HEAD');
  git('checkout', '--quiet', '-b', 'clash', 'v1.0');
  commit('a.txt', 'clash\n');
  git('update-ref', 'refs/pull/18/head', 'HEAD');
  git('checkout', '--quiet', 'master');
  commits['second'] = commit('a.txt', 'two\n');
  git('branch', 'feature/slashed', 'work');
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test.each<[suffix: string, commit: string, text: string]>([
  ['', 'second', 'two\n'],
  ['@master', 'second', 'two\n'],
  ['@v1.0', 'first', 'one\n'],
  ['@feature/slashed', 'pull', 'one\n'],
  ['~17', 'pull', 'one\n'],
])('%s is checked out', async (suffix, name, text) => {
  const answer = await get(suffix);
  if (!answer.ok) throw new Error(answer.message);
  expect(answer.commit).toBe(commits[name]);
  expect(readFileSync(path.join(answer.directory, 'a.txt'), 'utf8')).toBe(text);
});

test('a pull request is rebased, and twice to the same commit', async () => {
  const answer = await get('~17@master');
  if (!answer.ok) throw new Error(answer.message);
  expect(readFileSync(path.join(answer.directory, 'a.txt'), 'utf8')).toBe('two\n');
  expect(readFileSync(path.join(answer.directory, 'b.txt'), 'utf8')).toBe('from the pull request\n');
  expect(await get('~17@master')).toEqual(answer);
  const elsewhere = await checkout(
    { name: 'micropython', spec: `${url}~17@master` },
    { env, cacheDirectory: path.join(scratch, 'other-cache') },
  );
  expect(elsewhere).toMatchObject({ ok: true, commit: answer.commit });
});

test('a commit in the cache needs no network, and what a test changed in it is put right', async () => {
  const spec = `${url}@${commits['first']}`;
  const first = await checkout({ name: 'x', spec }, { env, cacheDirectory });
  if (!first.ok) throw new Error(first.message);
  writeFileSync(path.join(first.directory, 'a.txt'), 'changed by a test\n');
  const hidden = `${upstream}-hidden`;
  execFileSync('mv', [upstream, hidden]);
  try {
    expect(await checkout({ name: 'x', spec }, { env, cacheDirectory })).toEqual(first);
    expect(readFileSync(path.join(first.directory, 'a.txt'), 'utf8')).toBe('one\n');
    expect(await get('@master')).toEqual({
      ok: false,
      message: `${url} is no repository that can be read: '${upstream}/.git' does not appear to be a git repository; is the URL right, and may you read it?`,
    });
  } finally {
    execFileSync('mv', [hidden, upstream]);
  }
});

test('what can not be had is said, with what was probably meant', async () => {
  expect(await get('@mastre')).toEqual({
    ok: false,
    message: `${url} has no branch or tag "mastre"; did you mean "@master"?`,
  });
  expect(await get('~99')).toEqual({ ok: false, message: `${url} has no pull request 99` });
  expect(await get('~18@master')).toEqual({
    ok: false,
    message: 'the pull request 18 can not be rebased onto "master": conflicts in a.txt',
  });
  expect(await get(`@${'0'.repeat(40)}`)).toMatchObject({ ok: false });
});

test('processes that begin at once with an empty cache get the same directory, and leave nothing half made', async () => {
  const cache = path.join(scratch, 'contended');
  const program = `import { checkout } from ${JSON.stringify(path.resolve('src/source/checkout.ts'))};
    console.log(JSON.stringify(await checkout(
      { name: 'x', spec: process.argv[1] }, { env: process.env, cacheDirectory: process.argv[2] })));`;
  const { spawn } = await import('node:child_process');
  const specs = ['@master', '@master', '@v1.0', '~17@master'];
  const answers = await Promise.all(
    specs.map(async (suffix) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program, url + suffix, cache], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      for await (const chunk of child.stdout) text += String(chunk);
      return JSON.parse(text) as Checkout;
    }),
  );
  expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, true]);
  expect(answers[0]).toEqual(answers[1]);
  const [repository = ''] = readdirSync(path.join(cache, 'git'));
  const made = path.join(cache, 'git', repository);
  expect(readdirSync(made).toSorted()).toEqual(['commits', 'mirror.git']);
  expect(readdirSync(path.join(made, 'commits'))).toHaveLength(3);
  for (const name of readdirSync(path.join(made, 'commits')))
    expect(
      execFileSync('git', ['-C', path.join(made, 'commits', name), 'status', '--porcelain'], {
        encoding: 'utf8',
      }),
    ).toBe('');
});

test('a directory is taken as it is, and has to be there', async () => {
  expect(await checkout({ name: 'x', spec: upstream }, { env })).toEqual({
    ok: true,
    directory: upstream,
    commit: commits['second'],
  });
  expect(await checkout({ name: 'x', spec: `${scratch}/nothing` }, { env })).toEqual({
    ok: false,
    message: `there is no directory ${scratch}/nothing`,
  });
});

test('without git there is one clear sentence', async () => {
  const before = process.env['PATH'];
  process.env['PATH'] = scratch;
  try {
    expect(await get('@master')).toEqual({
      ok: false,
      message: 'this needs git, which is not installed: sudo apt-get install git',
    });
  } finally {
    process.env['PATH'] = before;
  }
  expect(existsSync(upstream)).toBe(true);
});

test.each<[text: string, spec: object | string]>([
  ['https://host/a/repo.git', { kind: 'git', url: 'https://host/a/repo.git' }],
  ['https://host/a/repo.git@v1.25.0', { kind: 'git', url: 'https://host/a/repo.git', ref: 'v1.25.0' }],
  ['https://host/a/repo.git~17782', { kind: 'git', url: 'https://host/a/repo.git', pull: 17782 }],
  [
    'https://host/a/repo.git~17782@v1.25.0',
    { kind: 'git', url: 'https://host/a/repo.git', pull: 17782, ref: 'v1.25.0' },
  ],
  ['https://host/a/repo@main', { kind: 'git', url: 'https://host/a/repo', ref: 'main' }],
  ['https://me@host/~user/repo.git@a/b', { kind: 'git', url: 'https://me@host/~user/repo.git', ref: 'a/b' }],
  ['git@host:a/repo.git@main', { kind: 'git', url: 'git@host:a/repo.git', ref: 'main' }],
  ['file:///tmp/x.git@main', { kind: 'git', url: 'file:///tmp/x.git', ref: 'main' }],
  ['/tmp/x@y', { kind: 'directory', path: '/tmp/x@y' }],
  ['../micropython', { kind: 'directory', path: '../micropython' }],
  ['~/micropython', { kind: 'directory', path: '~/micropython' }],
  ['micropython', 'a git URL, or a directory that starts with / . or ~/'],
  ['https://host/a/repo.git@', 'a ref behind "@", such as @master'],
  ['https://host/a/repo.git~main', 'the number of a pull request behind "~", such as ~17782'],
  ['https://host/a/repo.git@--upload-pack=x', 'a ref that git allows, not "--upload-pack=x"'],
])('the grammar of %s', (text, expected) => {
  const parsed = parseSourceSpec(text);
  expect(parsed.ok ? parsed.spec : parsed.message).toEqual(expected);
});
