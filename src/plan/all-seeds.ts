import type { Lab } from '../model/lab.ts';
import { Bench } from './bench.ts';
import { seedsOf, type CursorSeed } from './cursor.ts';
import { Selection } from './selection.ts';

/** What gives orders on a lab, or on the part of it that is selected. */
export function* allSeeds(
  lab: Pick<Lab, 'tentacles' | 'boards' | 'specs' | 'reference'>,
  selection: Selection = Selection.all(lab),
): Generator<CursorSeed> {
  const bench = new Bench(lab, { without: (tentacle) => selection.leavesOut(tentacle) });
  for (const spec of lab.specs)
    for (const seed of seedsOf(spec, bench)) {
      const narrowed = selection.narrow(seed, 1);
      if (narrowed !== undefined) yield narrowed;
    }
}

/** Why specs give no orders on this lab, as a sentence. */
export function noneHere(specs: readonly Lab['specs'][number][], lab: Pick<Lab, 'tentacles'>): string {
  const wanted = [
    ...new Set(
      specs.flatMap((spec) =>
        (spec.cover === 'each-role' ? spec.roles : spec.roles.slice(0, 1)).map(({ feature }) => feature),
      ),
    ),
  ];
  if (lab.tentacles.length === 0) return `the lab has no tentacles, and ${wanted.join(' or ')} is needed.`;
  return `no tentacle of this lab has ${wanted.join(' or ')}.`;
}
