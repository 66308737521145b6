import { chmodSync, existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Terminal } from '../render/support/terminal.ts';
import { Rig, root } from '../support/rig.ts';

const LAB = `
plans: [./own.yaml]
tentacles:
  v0: { board: VIRTUAL, tags: { tier: 1, shelf: top left } }
  2731: { board: RPI_PICO2, port: ./no-such-port, features: [wlan] }
`;
const PLAN = `
plan: own
specs:
  talk: { label: TALK, help: "Two boards: they talk.", roles: { a: { feature: wlan } }, timeout: 90s, command: ["true"], results: exit-code }
`;
/** Ctrl-U: the line is taken away. */
const CLEAR = '\u0015';

/** How each shell is told about testbed, as its help says, and how it is started. */
const SHELLS: Readonly<
  Record<string, { readonly file: string; readonly rc: string; readonly start: string }>
> = {
  bash: {
    file: '.bashrc',
    rc: "PS1='> '\nsource <(testbed completion bash)\n",
    start: 'bash --noprofile --rcfile .bashrc -i',
  },
  zsh: {
    file: '.zshrc',
    rc: "PS1='> '\nautoload -Uz compinit && compinit -u\nsource <(testbed completion zsh)\n",
    start: 'zsh -i',
  },
  fish: {
    file: '.config/fish/config.fish',
    rc: "function fish_prompt; printf '> '; end\nset -g fish_greeting\nset -g fish_autosuggestion_enabled 0\ntestbed completion fish | source\n",
    start: 'fish -i',
  },
};

const installed = Object.keys(SHELLS).filter((name) =>
  ['/bin', '/usr/bin'].some((directory) => existsSync(path.join(directory, name))),
);

test('bash is there to be tested; npm test installs zsh and fish where it can', () => {
  expect(installed).toContain('bash');
});

test.each(installed)('%s completes what is typed, and prints nothing else', async (name) => {
  await using rig = shellRig();
  rig.lab(LAB);
  rig.write('own.yaml', PLAN);
  rig.write('sessions/.keep', '');
  using terminal = await shell(rig, name);
  for (const [typed, wanted] of [
    ['testbed sche', 'testbed schema'],
    ['testbed schema ev', 'testbed schema event'],
    ['testbed tentacle fault v0 dr', 'testbed tentacle fault v0 drop'],
    ['testbed run --partn', 'testbed run --partner'],
    ['testbed run --partner ref', 'testbed run --partner reference-only'],
    ['testbed run --only tal', 'testbed run --only talk'],
    ['testbed run --only boa', 'testbed run --only board:'],
    ['testbed run --only board:RPI_PICO2-R', 'testbed run --only board:RPI_PICO2-RISCV'],
    ['testbed run --only=board:RPI_PICO2-R', 'testbed run --only=board:RPI_PICO2-RISCV'],
    ['testbed plan --skip smoke --only tentacle:2', 'testbed plan --skip smoke --only tentacle:2731'],
    ['testbed plan --only feature:w', 'testbed plan --only feature:wlan'],
    ['testbed plan --only tag:t', 'testbed plan --only tag:tier=1'],
    // What would be more words is quoted as this shell does it.
    ['testbed plan --only tag:s', String.raw`testbed plan --only tag:shelf=top\ left`],
    ["testbed plan --only 'tag:tie", "testbed plan --only 'tag:tier=1'"],
    ['testbed check -c ow', 'testbed check -c own.yaml'],
    ['testbed check --config=ow', 'testbed check --config=own.yaml'],
    ['testbed run --port a0 --board ESP8266', 'testbed run --port a0 --board ESP8266_GENERIC'],
    ['testbed run --results sess', 'testbed run --results sessions/'],
    // Nothing that is typed is carried out, and there is nothing to offer.
    ['testbed run --only $(touch${IFS}made', 'testbed run --only $(touch${IFS}made'],
    ['testbed frob x', 'testbed frob x'],
  ] as const)
    await completes(terminal, typed, wanted);
  rig.lab(`${LAB}tentacels: {}\n`);
  await completes(terminal, 'testbed run --only tal', 'testbed run --only tal');
  await completes(terminal, 'testbed run --board RPI_PICO_', 'testbed run --board RPI_PICO_W');
  expect(existsSync(path.join(rig.directory, 'made'))).toBe(false);
});

/** A home in which `testbed` is the one of this checkout. */
function shellRig(): Rig {
  const rig = new Rig();
  const bin = path.join(root, 'bin', 'testbed');
  chmodSync(rig.write('bin/testbed', `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`), 0o755);
  return rig;
}

async function shell(rig: Rig, name: string): Promise<Terminal> {
  const { file, rc, start } = SHELLS[name] ?? { file: '', rc: '', start: '' };
  rig.write(file, rc);
  const env = `HOME='${rig.directory}' ZDOTDIR='${rig.directory}' PATH='${rig.directory}/bin':"$PATH"`;
  const terminal = new Terminal(`cd '${rig.directory}'; stty echo; env ${env} ${start}`, {
    columns: 100,
    rows: 20,
  });
  await terminal.until((screen) => screen.at(-1) === '>');
  return terminal;
}

/** Types, presses Tab and compares the line; the screen holds that line and nothing else. */
async function completes(terminal: Terminal, typed: string, wanted: string): Promise<void> {
  terminal.press(`${CLEAR}\u000c`);
  await terminal.until((screen) => screen.join() === '>');
  terminal.press(`${typed}\t`);
  // A shell that has nothing to offer leaves the line alone: what is typed next stands right behind it.
  terminal.press('@');
  const screen = await terminal.until((lines) => lines.join('').includes('@'));
  expect(screen.join('\n').replace(/ ?@('?)$/, '$1'), typed).toBe(`> ${wanted}`);
}
