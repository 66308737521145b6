import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { keysOf } from '../../src/render/live/keyboard.ts';
import { Steering } from '../../src/render/live/steering.ts';
import { Rig, root } from '../support/rig.ts';
import { Results } from './support/results.ts';
import { Terminal } from './support/terminal.ts';

const shows = (text: string | RegExp) => (screen: readonly string[]) =>
  screen.some((line) => line.match(text));

/** A lab of one spec, each run of which waits for its file `go`. */
function lab(rig: Rig): void {
  rig.lab('plans: [./plan.yaml]\ntentacles: {}\n');
  const script = 'echo waiting for $0; while [ ! -e go ]; do sleep 0.05; done';
  const command = `[sh, -c, '${script}', "\${run.id}"]`;
  const spec = `{ label: WAIT, help: waits, timeout: 1m, cwd: ${rig.directory}, command: ${command}, results: exit-code }`;
  rig.write('plan.yaml', `plan: own\nspecs:\n  wait: ${spec}\n`);
}

/** An interactive shell in a terminal, in which a command line is begun. */
function shell(directory: string, command: string, rows = 20): Terminal {
  const quiet = `cd '${directory}'; stty echo; PS1='ready> ' exec bash --norc --noprofile -i`;
  const terminal = new Terminal(quiet, { columns: 80, rows });
  terminal.type(command);
  return terminal;
}

describe('keys, in a real terminal', () => {
  test('pause, focus, output, stop, serve on, finish: each does what its word says', async () => {
    await using rig = new Rig();
    lab(rig);
    using terminal = shell(
      rig.directory,
      `'${process.execPath}' '${root}/bin/testbed' run --jobs 1 --count 4; echo "exit $?"`,
    );
    await terminal.until(shows('host test .* waiting for WAIT'));
    await terminal.until(
      shows('^\\? help  p pause  ↑↓ focus  o output  s stop  r retry  h hold  f fails  q finish$'),
    );
    terminal.press('s');
    await terminal.until(shows('choose a run first'));
    terminal.key('Down');
    await terminal.until(shows('❯ ▸ host test'));
    terminal.press('o');
    await terminal.until(shows('^\\| waiting for WAIT$'));
    terminal.press('p');
    await terminal.until(shows('paused: p serves on'));
    terminal.press('s');
    // Nothing is served instead of the one that was stopped.
    await terminal.until(shows('\\[P:0\\|F:0\\|A:0\\|R:0\\|T:4\\]'));
    expect(rig.events().filter(({ type }) => type === 'run-started')).toHaveLength(1);
    terminal.press('p');
    await terminal.until(shows('R:1\\|T:3'));
    terminal.press('q');
    await terminal.until(shows('what runs comes to its end'));
    rig.write('go', '');
    await terminal.until(shows('^exit 130$'));
    const pauses = rig.events().filter(({ type }) => type.endsWith('paused'));
    expect(pauses.map(({ type }) => type)).toEqual(['session-paused', 'session-unpaused']);
    const left = rig.events().filter((event) => event.type === 'order-not-run');
    expect(left.map(({ order, reason }) => `${order}: ${reason}`)).toEqual([
      'WAIT: Its run was stopped by hand.',
      'WAIT#3: The session was ended early, by hand.',
      'WAIT#4: The session was ended early, by hand.',
    ]);
    expect(rig.events().at(-1)).toMatchObject({ ending: 'interrupted', counters: { P: 1, F: 0, T: 3 } });
    expect(terminal.cursorVisible).toBe(true);
  });

  test('Ctrl-Z gives the terminal back as it was, and fg takes it again; Ctrl-C still stops', async () => {
    await using rig = new Rig();
    lab(rig);
    using terminal = shell(rig.directory, `'${process.execPath}' '${root}/bin/testbed' run --jobs 1`);
    await terminal.until(shows('p pause  ↑↓'));
    expect(terminal.cursorVisible).toBe(true);
    terminal.key('C-z');
    await terminal.until(shows('Stopped'));
    expect(terminal.cursorVisible).toBe(true);
    terminal.type('clear; echo here');
    await terminal.until((screen) => screen.includes('here'));
    terminal.type('stty -a | grep -o "[-]*icanon"');
    await terminal.until((screen) => screen.includes('icanon'));
    terminal.type('fg');
    await terminal.until((screen) => shows('p pause  ↑↓')(screen) && shows('^here$')(screen));
    expect(terminal.cursorVisible).toBe(true);
    terminal.key('C-c');
    await terminal.until(shows('^interrupted; what was finished is kept'));
    terminal.type('clear; stty -a | grep -o "[-]*icanon"');
    await terminal.until((screen) => screen.includes('icanon'));
    expect(terminal.cursorVisible).toBe(true);
  });

  test.each([
    ['SIGUSR2', 'a bug after pause, finish'],
    ['SIGUSR1', '^ready>$'],
    ['SIGQUIT', 'Quit'],
    ['SIGKILL', 'Killed'],
  ] as const)(
    'a bug of ours, or a kill (%s), leaves a terminal in order, and no process',
    async (signal, told) => {
      using results = new Results();
      const fixture = path.join(import.meta.dirname, 'fixtures/steered-demo.ts');
      const pid = path.join(results.directory, 'pid');
      using terminal = shell(
        results.cwd,
        `sh -c 'echo $$ >"${pid}"; ulimit -c 0; exec "${process.execPath}" "${fixture}" "${results.directory}"'`,
        40,
      );
      await terminal.until(shows('p pause  ↑↓'));
      terminal.press('pq');
      await terminal.until(shows('what runs comes to its end'));
      process.kill(Number(readFileSync(pid, 'utf8')), signal);
      await terminal.until(shows(told));
      terminal.type('clear; stty -a | grep -o "[-]*icanon"');
      await terminal.until((screen) => screen.includes('icanon'));
      expect(terminal.cursorVisible).toBe(true);
    },
  );
});

const none = (): void => undefined;

describe('keys', () => {
  test('are told apart, however they arrive', () => {
    expect(keysOf('p\u001b[A\u001bOBq\u0003é\u001b')).toEqual([
      'p',
      '\u001b[A',
      '\u001bOB',
      'q',
      '\u0003',
      'é',
      '\u001b',
    ]);
  });

  test('move the focus around, and find a neighbour when a run has gone', () => {
    const steering = new Steering({ pause: none, resume: none, stopRun: none, finish: none });
    const walk = (key: string, runs: readonly string[]): string | undefined => {
      steering.press(
        key,
        runs.map((run) => ({ run })),
      );
      return steering.focus?.run;
    };
    expect([walk('down', ['a', 'b']), walk('down', ['a', 'b']), walk('down', ['a', 'b'])]).toEqual([
      'a',
      'b',
      'a',
    ]);
    expect([walk('up', ['a', 'b']), walk('down', ['c', 'd']), walk('up', [])]).toEqual(['b', 'c', 'c']);
  });
});
