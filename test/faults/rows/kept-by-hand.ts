// Main dies while it keeps a tentacle for a person (key h): it needs a terminal.
import { begin, hold, lab } from '../../render/support/by-hand.ts';
import { until } from '../../support/rig.ts';
import { runsOf } from '../carry-out.ts';
import type { Seen, TrialRow } from '../row.ts';

export const keptByHand: TrialRow = {
  kind: 'a process is killed',
  fault: 'kill -9 of main, while a tentacle is kept by hand',
  attempt: async (bench): Promise<Seen> => {
    const { rig } = bench;
    lab(rig);
    using terminal = begin(rig, '');
    await hold(rig, terminal);
    const [started] = rig.events();
    if (started?.type !== 'session-started') throw new Error('no session began');
    process.kill(started.process.pid, 'SIGKILL');
    // With its host the board has lost its power.
    await until(rig.directory, () => bench.survivors().length === 0 || undefined, 5000);
    const log = await rig.run(['log']);
    const next = await rig.run(['run', '--no-wait']);
    const runs = runsOf(bench.events()).join();
    return {
      what: 'the board is off; the next session has it',
      log: 'cut off, told (exit 4)',
      broken: [
        ...(log.exit === 4 ? [] : [`testbed log exits with ${log.exit}, not 4: ${log.stderr}`]),
        ...(next.exit === 1 && runs === 'LOOK fail exit-code test' ? [] : [`then ${runs}: ${next.stderr}`]),
        ...bench.leases().map((name) => `left: the lease ${name}`),
      ],
    };
  },
};
