import { shownEntry, type OriginOf } from './as-written.ts';
import type { Lab } from '../model/lab.ts';
import type { LabFile } from './lab.generated.ts';
import { entryOf, nodeAt } from './located.ts';
import { DEFAULT, shownAs, shownMap, shownPlain, type Origin, type Shown } from './shown.ts';
import type { WrittenLab } from './written-lab.ts';

/** The sections of the effective configuration that are not about single tentacles, boards or specs. */
export function benchShown(lab: Lab, written: WrittenLab, originOf: OriginOf): [string, Shown | undefined][] {
  const { file, sourcesGiven } = written;
  const of = (key: keyof LabFile, effective?: string): Shown | undefined => {
    const entry = entryOf(file?.root, key);
    if (entry === undefined) return effective === undefined ? undefined : shownPlain(effective, DEFAULT);
    const shown = shownEntry(entry, file?.value[key], originOf);
    return effective === undefined ? shown : shownAs(shown, effective);
  };
  const sources = lab.sources.map(({ name, spec }): [string, Shown] => {
    const entry = entryOf(nodeAt(file?.root, 'sources'), name);
    return entry === undefined || sourcesGiven.has(name)
      ? [name, shownPlain(spec, { kind: 'command-line', option: '--source' })]
      : [name, shownAs(shownEntry(entry, spec, originOf), spec)];
  });
  return [
    ['lab', of('lab', lab.name)],
    ['plans', of('plans')],
    ['python', of('python', lab.python)],
    ['reference', of('reference')],
    ['firmware', of('firmware')],
    ['state', of('state', lab.stateDirectory)],
    ['sources', shownMap(sources)],
    ['resources', of('resources')],
    ['secrets', secretsShown(written, originOf)],
  ];
}

/** That they are set, and where; never what they are. */
function secretsShown({ file, secretsGiven }: WrittenLab, originOf: OriginOf): Shown | undefined {
  const own = nodeAt(file?.root, 'secrets');
  const ownEntries = own?.kind === 'map' ? [...own.entries.values()] : [];
  const origins = new Map<string, Origin>(
    ownEntries.map(({ key, value }) => [key, originOf(value.spot)] as const),
  );
  for (const name of secretsGiven) origins.set(name, { kind: 'environment', name });
  return shownMap([...origins].map(([name, origin]) => [name, shownPlain('***', origin)]));
}
