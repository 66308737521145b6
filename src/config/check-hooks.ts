import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { durationFaults } from './check-durations.ts';
import { checkTexts } from './check-templates.ts';
import { diagnose } from './fault.ts';
import { entriesAt, itemsAt, type Located, type LocatedEntry } from './located.ts';
import { notSet } from './not-set.ts';
import { hookTexts } from './template-texts.ts';

/** The types of records that have a key which `when:` may ask for; a test compares them with the schema of events. */
export const RECORDS_WITH: ReadonlyMap<string, readonly string[]> = new Map([
  ['verdict', ['run-finished', 'test-finished']],
  ['exit', ['session-finished']],
]);

/** What the schema can not know of `hooks:`: durations, templates, and whether `when:` can mean any of the records. */
export function checkHooks(lab: Located, isSet: (name: string) => boolean): Diagnostic[] {
  return entriesAt(lab, 'hooks').flatMap(({ key, value }) => {
    const templates = checkTexts(hookTexts(value), {
      owner: 'hook',
      roles: [],
      sources: new Set(),
      tags: new Set(),
      stages: new Map(),
    });
    const unset = templates.outside.filter(({ name }) => !isSet(name));
    return [
      ...durationFaults(value, ['timeout']),
      ...templates.faults,
      ...unset.slice(0, 1).map((use) => notSet(use, `the hook "${key}" is not run`)),
      ...entriesAt(value, 'when').flatMap((condition) => checkCondition(condition, value)),
    ];
  });
}

/** A condition that none of the records can meet or miss is told to all of them: surely not what was meant. */
function checkCondition({ key, keySpot }: LocatedEntry, hook: Located): Diagnostic[] {
  const types = itemsAt(hook, 'on').flatMap((item) => (item.kind === 'scalar' ? [item.text] : []));
  const having = RECORDS_WITH.get(key);
  if (having === undefined || types.length === 0 || types.some((type) => having.includes(type))) return [];
  return [
    diagnose(keySpot, hook.via, {
      message: `none of the records of this hook has "${key}"`,
      expected: `${having.join(' or ')} in on:`,
    }),
  ];
}
