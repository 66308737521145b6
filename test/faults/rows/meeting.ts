// Several sessions on one lab.
import type { TestbedEvent } from '../../../src/event/event.ts';
import type { Bench } from '../bench.ts';
import type { TrialRow } from '../row.ts';

const kind = 'two sessions meet';

/** One test on the board, that waits at the gate. */
function oneHeld(bench: Bench): void {
  bench.lab({ a: { command: bench.gate.command('a'), board: true } });
}

function told(stdout: string): TestbedEvent[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as TestbedEvent);
}

const AT_ONCE = 4;

export const meeting: readonly TrialRow[] = [
  {
    kind,
    fault: 'a second session wants the only tentacle, and shall not wait',
    short: true,
    attempt: async (bench) => {
      oneHeld(bench);
      const first = bench.rig.start(['run', '--results', 'first']);
      const held = await bench.gate.arrival();
      const second = await bench.rig.run(['run', '--no-wait', '--results', 'second']);
      held.release(0);
      const { exit } = await first.finished;
      const broken: string[] = [];
      if (second.exit !== 3) broken.push(`the second exits with ${second.exit}, not 3`);
      if (!second.stderr.includes(String(first.pid))) broken.push(`who has it is not told: ${second.stderr}`);
      if (exit !== 0) broken.push(`the first exits with ${exit}`);
      return {
        what: 'the first: exit 0; the second: unschedulable, with the holder’s pid, exit 3',
        log: 'complete',
        broken,
      };
    },
  },
  {
    kind,
    fault: `${AT_ONCE} sessions at once want the only tentacle, three runs each`,
    attempt: async (bench) => {
      bench.lab({ a: { command: ['sleep', '0.05'], board: true } });
      const sessions = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) =>
          bench.rig.run(['run', '--format', 'jsonl', '--count', '3', '--results', `results-${index}`]),
        ),
      );
      const broken = sessions.flatMap(({ exit, stderr }) => (exit === 0 ? [] : [`exit ${exit}: ${stderr}`]));
      // The same machine's clock stamps them all, so the order of the marks tells whether two ever had it together.
      const marks = sessions
        .flatMap(({ stdout }, session) => told(stdout).map((event) => ({ event, session })))
        .filter(({ event: { type } }) => type === 'tentacle-leased' || type === 'tentacle-released')
        .toSorted((a, b) => (a.event.at ?? 0) - (b.event.at ?? 0));
      const had = marks.filter(({ event }) => event.type === 'tentacle-leased').length;
      if (had !== AT_ONCE * 3) broken.push(`the tentacle was leased ${had} times, not ${AT_ONCE * 3}`);
      return { what: `all pass, ${had} leases one after the other`, log: 'complete', broken };
    },
  },
];
