// Keys and the terminal of a session that a runner carries out: a real terminal, the real binary.
import { expect, test } from 'vitest';
import { Terminal } from '../render/support/terminal.ts';
import { heldLab } from '../support/held-lab.ts';
import { root } from '../support/rig.ts';
import { processOf, RunnerRig } from './bench.ts';

const shows = (text: string) => (screen: readonly string[]) => screen.some((line) => line.match(text));

test('keys steer the session in the runner: pause, stop a run, finish; the terminal is given back', async () => {
  await using held = await heldLab(3);
  const { rig, gate } = held;
  await using runner = await RunnerRig.start(rig);
  const quiet = `cd '${rig.directory}'; export XDG_STATE_HOME='${rig.state}'; stty echo; PS1='ready> ' exec bash --norc --noprofile -i`;
  using terminal = new Terminal(quiet, { columns: 80, rows: 24 });
  terminal.type(`'${process.execPath}' '${root}/bin/testbed' run --jobs 1; echo "exit $?"`);
  await gate.arrival();
  await terminal.until(shows('^\\? help  p pause'));
  terminal.press('p');
  await rig.event(({ type }) => type === 'session-paused');
  terminal.press('p');
  await rig.event(({ type }) => type === 'session-unpaused');
  terminal.key('Down');
  await terminal.until(shows('❯ ▸ host test'));
  terminal.press('s');
  await rig.event((event) => event.type === 'order-not-run' && event.order === 'S0');
  const second = await gate.arrival();
  terminal.press('q');
  await terminal.until(shows('comes to its end'));
  second.release(0);
  await terminal.until(shows('^exit 130$'));
  expect(processOf(rig.events())).toBe(runner.pid);
  expect(rig.events().at(-1)).toMatchObject({ ending: 'interrupted', counters: { P: 1, F: 0 } });
  expect(terminal.cursorVisible).toBe(true);
  terminal.type('clear; stty -a | grep -o "[-]*icanon"');
  await terminal.until((screen) => screen.includes('icanon'));
});
