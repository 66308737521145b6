import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RunFinished } from '../../src/event/event.ts';
import type { Rig } from '../support/rig.ts';
import { bench, spec } from './bench.ts';

/** How a run ended, and what it printed: its lines, sorted, with what differs each time left out. */
export interface Ended {
  readonly verdict: string;
  readonly reason: string | undefined;
  readonly output: string;
}

/** What was started cold, and from a stage. */
export interface Twins {
  readonly cold: Ended;
  readonly warm: Ended;
}

/** Runs each command twice in one session, without a stage and from the stage `warm`, and says how both ended. */
export async function twins(
  rig: Rig,
  stages: string,
  commands: Readonly<Record<string, readonly string[]>>,
  more = '',
): Promise<ReadonlyMap<string, Twins>> {
  const names = Object.keys(commands);
  const specs = Object.entries(commands).flatMap(([name, command]) => [
    spec(`cold-${name}`, command, more),
    spec(`warm-${name}`, command, `stage: warm, ${more}`),
  ]);
  bench(rig, { stages, specs: specs.join('') });
  const { stderr } = await rig.run(['run', '--keep', '--jobs', '2'], {
    // As where nobody has asked for it: then what is left in a buffer counts.
    env: { PYTHONUNBUFFERED: undefined },
  });
  const events = rig.events().filter((event) => event.type === 'run-finished');
  const ended = (run: string): Ended => {
    const finished = events.find((event) => event.run === run);
    if (finished === undefined) throw new Error(`no ${run}: ${stderr}`);
    const { verdict, reason } = finished satisfies RunFinished;
    const output = readFileSync(path.join(rig.session, 'runs', run, 'output.txt'), 'utf8');
    // Which of two streams comes first is chance.
    const lines = output.split('\n').toSorted().join('\n');
    return { verdict, reason, output: lines.replaceAll(/0x[0-9a-f]{6,}|(?<=in )[\d.]+(?=s$)/gm, '…') };
  };
  return new Map(
    names.map((name) => {
      const label = name.toUpperCase();
      return [name, { cold: ended(`COLD-${label}`), warm: ended(`WARM-${label}`) }];
    }),
  );
}

/** What `run.ljsonl` says of where a run was started; empty: as its spec wants it. */
export function startedCold(rig: Rig, run: string): string {
  const log = readFileSync(path.join(rig.session, 'runs', run, 'run.ljsonl'), 'utf8');
  return /Starts cold[^"]*/.exec(log.replaceAll('\\"', "'"))?.[0] ?? '';
}
