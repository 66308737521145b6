import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Rig, root } from '../support/rig.ts';
import { blocksOf, PAGES, type Block } from './blocks.ts';

/** What a page says, and what is there instead where it is tried. */
type Stand = Readonly<Record<string, string>>;

/** Where a page needs more than a folder: how that is made ready. */
const STAGES: Readonly<Record<string, (rig: Rig) => Promise<Stand>>> = {
  'docs/recipes/add-a-board.md': async (rig) => ({
    '/dev/serial/by-id/usb-Our_Board_e463-if00': await connectBoard(rig),
    'port: rp2, mcu: rp2040': 'port: webassembly, mcu: wasm',
  }),
  'docs/recipes/test-a-pull-request.md': (rig) =>
    Promise.resolve({ 'https://github.com/our/project.git': makeRepository(rig) }),
};

const recipes = PAGES.filter((page) => page.startsWith('docs/recipes/'));

test('there are recipes to be tried', () => {
  expect(recipes.length).toBeGreaterThan(2);
  for (const page of Object.keys(STAGES)) expect(recipes).toContain(page);
});

test.each(recipes)('%s: every command does what the page says', async (page) => {
  await using rig = new Rig();
  const stand = (await STAGES[page]?.(rig)) ?? {};
  const as = (text: string): string =>
    Object.entries(stand).reduce((each, [said, there]) => each.replaceAll(said, there), text);
  const steps = blocksOf(page).flatMap((block) => stepsOf({ ...block, text: as(block.text) }));
  expect(steps.filter((step) => 'command' in step).length).toBeGreaterThan(2);
  const printed = await follow(rig, steps);
  for (const [index, step] of steps.entries())
    if ('command' in step)
      expect(printed[index] ?? '', `${page}:${step.line} ${step.command}`).toMatch(step.prints);
});

type Step =
  | { readonly write: string; readonly text: string }
  | { readonly line: number; readonly command: string; readonly prints: RegExp };

/** A block with a file's name is that file; `console` is commands behind `$`, each with what it prints. */
function stepsOf({ info, text, line }: Block): Step[] {
  const [language, file] = info.split(' ');
  if (file !== undefined) return [{ write: file, text }];
  if (language !== 'console') return [];
  const steps: Step[] = [];
  let at = line;
  for (const part of text.split(/^\$ /m).slice(1)) {
    const [command = '', ...lines] = part.split('\n');
    steps.push({ line: at, command, prints: pattern(lines.slice(0, -1)) });
    at += lines.length;
  }
  return steps;
}

/** `…` is anything on a line; alone, any lines. */
function pattern(lines: readonly string[]): RegExp {
  const parts = lines.map((line) =>
    line === '…' ? '(?:.*\n)*?' : `${line.split('…').map(literal).join('.*')}\n`,
  );
  return new RegExp(`^${parts.join('')}$`);
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** One shell follows the page from top to bottom; what each step printed. */
async function follow(rig: Rig, steps: readonly Step[]): Promise<string[]> {
  const END = 'ends-here';
  const script = steps.map((step) =>
    'command' in step
      ? `exit_is() { return "$1"; }; exit_is "\${last:-0}"; ${step.command}\nlast=$?`
      : `mkdir -p '${path.join(rig.directory, path.dirname(step.write))}'; cat >'${path.join(rig.directory, step.write)}' <<'FILE'\n${step.text}FILE`,
  );
  const bin = path.join(rig.directory, 'bin');
  const testbed = rig.write(
    'bin/testbed',
    `#!/bin/sh\nexec '${process.execPath}' '${path.join(root, 'bin/testbed')}' "$@"\n`,
  );
  chmodSync(testbed, 0o755);
  const shell = spawn('bash', ['--noprofile', '--norc'], {
    cwd: rig.directory,
    env: {
      ...without(process.env, ['CI', 'GITHUB_ACTIONS', 'GITHUB_STEP_SUMMARY', 'FORCE_COLOR', 'VITEST']),
      PATH: `${bin}:${process.env['PATH']}`,
      HOME: rig.directory,
      XDG_STATE_HOME: path.join(rig.directory, 'state'),
      XDG_CACHE_HOME: path.join(rig.directory, 'cache'),
      NO_COLOR: '1',
      TESTBED_RIG: rig.directory,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  shell.stdin.end(`exec 2>&1\n${script.map((each) => `${each}\necho ${END}\n`).join('')}`);
  let output = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(shell, 'close');
  return output.split(`${END}\n`);
}

function without(env: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}

/** A virtual board of another lab, which is to this one what a board on USB is: a port with MicroPython behind it. */
async function connectBoard(rig: Rig): Promise<string> {
  rig.write('elsewhere.yaml', `lab: elsewhere\nstate: ${rig.state}\ntentacles: { b0: { board: VIRTUAL } }\n`);
  const serving = rig.start(['tentacle', 'serve', 'b0', '-c', 'elsewhere.yaml']);
  await serving.printed('tty');
  return serving.output().trim().split(/\s+/).at(-1) ?? '';
}

/** A repository whose pull request 17 was begun before a fault of its branch was mended. */
function makeRepository(rig: Rig): string {
  const directory = path.join(rig.directory, 'project');
  mkdirSync(path.join(directory, 'tests'), { recursive: true });
  const git = (...args: readonly string[]): void => {
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
    execFileSync('git', [...who, '-C', directory, ...args], { stdio: 'pipe' });
  };
  const commit = (file: string, text: string): void => {
    writeFileSync(path.join(directory, file), text);
    git('add', '.');
    git('commit', '--quiet', '-m', file);
  };
  git('init', '--quiet', '--initial-branch=main');
  commit('tests/one.py.exp', '1\n');
  commit('tests/one.py', 'print(2)\n');
  git('checkout', '--quiet', '-b', 'work');
  commit('README', 'what it is\n');
  git('update-ref', 'refs/pull/17/head', 'HEAD');
  git('checkout', '--quiet', 'main');
  commit('tests/one.py', 'print(1)\n');
  return `file://${directory}/.git`;
}
