import { describe, expect, test } from 'vitest';
import { nothingStays } from '../session/support.ts';
import { Rig, root } from '../support/rig.ts';
import { Terminal } from './support/terminal.ts';

const shows = (text: string) => (screen: readonly string[]) => screen.some((line) => line.match(text));

/** A run that hears no TERM, and a session of it in a shell in a terminal; resolves when its keys are heard. */
async function begin(rig: Rig): Promise<Terminal> {
  rig.lab('plans: [./plan.yaml]\ntentacles: {}\n');
  const script = `trap "" TERM; until [ -e go ]; do sleep 0.05; done`;
  rig.write(
    'plan.yaml',
    `plan: own\nspecs:\n  wait: { label: WAIT, help: waits, timeout: 1m, grace: 2s, cwd: ${rig.directory}, command: [sh, -c, '${script}'], results: exit-code }\n`,
  );
  // bash would mend what we leave behind; dash does not. By PWD, in what it starts but not in its own environment, `nothingStays` tells the shell from what must go.
  const terminal = new Terminal(`stty echo; PS1='ready> ' ENV= exec dash -i`, {
    columns: 80,
    rows: 20,
  });
  terminal.type(
    `cd '${rig.directory}'; clear; '${process.execPath}' '${root}/bin/testbed' run; echo "exit $?"`,
  );
  await terminal.until(shows('host test'));
  await terminal.until(shows('p pause  ↑↓'));
  return terminal;
}

function pidOf(rig: Rig): number {
  const started = rig.events().find((event) => event.type === 'session-started');
  if (started?.type !== 'session-started') throw new Error('Internal error: expected session-started');
  return started.process.pid;
}

/** Single keys are no more what the shell gets, its echo is on, and there is a cursor. */
async function isRestored(terminal: Terminal): Promise<void> {
  terminal.type('clear; stty -a | grep -oE "[-]?(icanon|isig|echo|opost)\\b" | sort | tr "\\n" " "; echo .');
  await terminal.until(shows('^echo icanon isig opost \\.$'));
  expect(terminal.cursorVisible).toBe(true);
}

type Act = (rig: Rig, terminal: Terminal) => void;

const CTRL_C: Act = (_, terminal) => terminal.key('C-c');
const TERM: Act = (rig) => void process.kill(pidOf(rig), 'SIGTERM');
const HUP: Act = (rig) => void process.kill(pidOf(rig), 'SIGHUP');
const END: Act = (rig) => void rig.write('go', '');

function pressQ(rig: Rig, terminal: Terminal): void {
  terminal.press('q');
  END(rig, terminal);
}

describe('the terminal is as it was before', () => {
  test.each([
    ['the run passes', 0, END],
    ['q', 0, pressQ],
    ['Ctrl-C', 130, CTRL_C],
    ['TERM', 143, TERM],
    ['HUP of a terminal that stays', 129, HUP],
  ] as const)('after %s', async (_, exit, act) => {
    await using rig = new Rig();
    using terminal = await begin(rig);
    act(rig, terminal);
    await terminal.until(shows(`^exit ${exit}$`));
    await isRestored(terminal);
    await nothingStays(rig);
  });

  test.each([
    ['Ctrl-C', 130, CTRL_C],
    ['TERM', 143, TERM],
  ] as const)('after %s twice', async (_, exit, act) => {
    await using rig = new Rig();
    using terminal = await begin(rig);
    act(rig, terminal);
    await terminal.until(shows('^SIG(INT|TERM): nothing new is served'));
    act(rig, terminal);
    await terminal.until(shows(`^exit ${exit}$`));
    await isRestored(terminal);
    await nothingStays(rig);
  });

  test('Ctrl-Z twice, each time with fg: single keys are heard again', async () => {
    await using rig = new Rig();
    using terminal = await begin(rig);
    for (const time of ['first', 'second']) {
      terminal.key('C-z');
      await terminal.until(shows('Stopped'));
      await isRestored(terminal);
      terminal.type(`clear; echo ${time}; fg`);
      await terminal.until((screen) => shows('p pause  ↑↓')(screen) && shows(`^${time}$`)(screen));
      terminal.press('?');
      await terminal.until(shows('serve nothing more, until p again'));
      terminal.press('?');
      await terminal.until((screen) => !shows('serve nothing more')(screen));
    }
    rig.write('go', '');
    await terminal.until(shows('^report: '));
    await isRestored(terminal);
  });
});

test('a terminal that is closed: the session ends in order, its log says so, and nothing stays', async () => {
  await using rig = new Rig();
  const terminal = await begin(rig);
  terminal[Symbol.dispose]();
  const end = await rig.event(({ type }) => type === 'session-finished');
  expect(end).toMatchObject({ ending: 'interrupted', exit: 129 });
  await nothingStays(rig);
});
