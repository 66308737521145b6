import type { TentacleKept } from '../../../src/event/event.ts';
import { type Rig, root } from '../../support/rig.ts';
import { Terminal } from './terminal.ts';

/** Whether a line of a screen fits. */
export const shows = (text: string) => (screen: readonly string[]) => screen.some((line) => line.match(text));

/** One virtual board, and a spec that fails on it as soon as there is a file `go`. */
export function lab(rig: Rig, roles = '{ dut: { feature: mcu } }'): void {
  rig.lab('plans: [./plan.yaml]\ntentacles: { v0: { board: VIRTUAL } }\n');
  const command = `[sh, -c, 'until [ -e go ]; do sleep 0.05; done; exit 1']`;
  rig.write(
    'plan.yaml',
    `plan: own\nspecs:\n  look: { label: LOOK, help: h, timeout: 1m, cover: once, roles: ${roles}, cwd: ${rig.directory}, command: ${command}, results: exit-code }\n`,
  );
}

/** Starts a session in a terminal, whose shell tells its exit. */
export function begin(rig: Rig, args: string): Terminal {
  // Not in the shell's own command line or environment: by these `nothingStays` looks for processes.
  const terminal = new Terminal(`stty echo; PS1='ready> ' exec bash --norc --noprofile -i`, {
    columns: 80,
    rows: 24,
  });
  terminal.type(
    `cd '${rig.directory}'; clear; '${process.execPath}' '${root}/bin/testbed' run ${args}; echo "exit $?"`,
  );
  return terminal;
}

/** Asks for v0 of the run that has the focus, and lets that run end. */
export async function hold(rig: Rig, terminal: Terminal): Promise<TentacleKept> {
  await terminal.until(shows('❯ v0 test'));
  terminal.key('Down');
  terminal.press('h');
  await terminal.until(shows('v0 will be held when LOOK\\[v0-VIRTUAL\\] is over; h again: not'));
  rig.write('go', '');
  const kept = await rig.event((event) => event.type === 'tentacle-kept');
  if (kept.type !== 'tentacle-kept') throw new Error('Internal error: expected tentacle-kept');
  return kept;
}
