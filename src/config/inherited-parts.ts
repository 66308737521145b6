import { entryOf, textAt, type LocatedEntry } from './located.ts';
import { layEntry } from './overlay.ts';

/** What of a plan may be overridden by plans that extend it, and by labs. */
export interface Part {
  readonly section: 'specs' | 'stages';
  readonly word: 'spec' | 'stage';
  /** Whether an entry of a plan that extends others is whole, so that it can be a new one there. */
  isNew(entry: LocatedEntry): boolean;
  /** A whole one may also override one that is inherited; else that is a clash. */
  readonly mayReplace: boolean;
  /** For messages: by what a new one is known. */
  readonly sign: string;
  /** For messages: an override. */
  readonly example: string;
  lay(under: LocatedEntry, over: LocatedEntry): LocatedEntry | undefined;
}

/** Order ids and history stand on the label of a spec, so only who defines it says one. */
export const SPECS: Part = {
  section: 'specs',
  word: 'spec',
  isNew: ({ value }) => textAt(value, 'label') !== undefined,
  mayReplace: false,
  sign: 'a label:',
  example: '{ timeout: 90m }',
  lay: layEntry,
};

/** Nothing outside of a session knows a stage by name, so it may be replaced as a whole. */
export const STAGES: Part = {
  section: 'stages',
  word: 'stage',
  isNew: ({ value }) => {
    const has = (key: string): boolean => entryOf(value, key) !== undefined;
    return has('steps') || has('preload') || (has('command') && has('ready'));
  },
  mayReplace: true,
  sign: 'command: and ready:, or preload:, or steps:',
  example: '{ limit: 2m }',
  lay: layStage,
};

/** `ready:` is one thing: another one takes its place, and is not merged into it. */
function layStage(under: LocatedEntry, over: LocatedEntry): LocatedEntry | undefined {
  const { value } = under;
  if (value.kind !== 'map' || entryOf(over.value, 'ready')?.value.kind !== 'map')
    return layEntry(under, over);
  const entries = new Map(value.entries);
  entries.delete('ready');
  const laid = layEntry({ ...under, value: { ...value, entries } }, over);
  return laid === undefined ? undefined : { ...laid, under };
}
