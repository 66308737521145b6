import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { INTERPRETERS, isReadAtStart, unfitArguments, type PreloadLanguage } from '../model/preload.ts';
import { diagnose } from './fault.ts';
import { withParents, type KnownStage } from './known-stages.ts';
import { entriesAt, entryOf, itemsAt, nodeAt, textAt, type Located, type LocatedEntry } from './located.ts';

/** What a preload stage has of itself, so that a plan can not say it. */
const ITS_OWN = ['command', 'ready'];
/** What only a preload stage has. */
const PRELOADED = ['imports', 'interpreter'];
const MODULE = /^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*$/u;

/** Which keys go with `preload:`, and whether modules can be called so. */
export function checkPreload({ value }: LocatedEntry): Diagnostic[] {
  const preload = entryOf(value, 'preload');
  const wrong = preload === undefined ? PRELOADED : ITS_OWN;
  const faults = entriesAt(value)
    .filter(({ key }) => wrong.includes(key))
    .map(({ key, keySpot }) =>
      diagnose(keySpot, value.via, {
        message:
          preload === undefined
            ? `"${key}" goes with preload: only`
            : `"${key}" is what a stage with preload: has of itself`,
        ...(preload === undefined ? {} : { also: [{ message: 'preload:', ...preload.keySpot }] }),
      }),
    );
  if (languageOf(value) !== 'python') return faults;
  for (const item of itemsAt(value, 'imports'))
    if (item.kind === 'scalar' && !MODULE.test(item.text))
      faults.push(
        diagnose(item.spot, item.via, {
          message: `"${item.text}" is no name of a Python module`,
          expected: 'what stands behind "import": json, or package.module',
        }),
      );
  return faults;
}

/** Whether runs of a spec can start from the interpreters of its stages; if not, they start cold, and nobody would see why. */
export function checkStart(spec: Located, stages: ReadonlyMap<string, KnownStage>): Diagnostic[] {
  const name = textAt(spec, 'stage');
  const command = nodeAt(spec, 'command');
  const argv = itemsAt(spec, 'command').flatMap((item) => (item.kind === 'scalar' ? [item.text] : []));
  if (name === undefined || command === undefined || argv.length === 0) return [];
  const reasons = withParents(name.text, stages).flatMap(({ entry }) => {
    const language = languageOf(entry.value);
    return language === undefined ? [] : [{ entry, why: unfit(spec, argv, entry.value, language) }];
  });
  if (reasons.length === 0 || reasons.some(({ why }) => why === undefined)) return [];
  return reasons.slice(0, 1).map(({ entry, why }) =>
    diagnose(command.spot, command.via, {
      severity: 'warning',
      message: `these runs start cold, and not from the stage "${entry.key}": the command ${why}`,
      also: [{ message: 'the stage', ...entry.keySpot }],
    }),
  );
}

function unfit(
  spec: Located,
  [program = '', ...args]: readonly string[],
  stage: Located,
  language: PreloadLanguage,
): string | undefined {
  const interpreter = textAt(stage, 'interpreter')?.text ?? INTERPRETERS[language];
  // Two words can mean the same program; that is seen when it is started.
  if (program !== interpreter && !program.includes(language)) return `does not begin with ${interpreter}`;
  const names = new Set([spec, stage].flatMap((owner) => entriesAt(owner, 'env').map(({ key }) => key)));
  const other = [...names].find(
    (name) =>
      isReadAtStart(language, name) && textAt(spec, 'env', name)?.text !== textAt(stage, 'env', name)?.text,
  );
  if (other !== undefined)
    return `has another ${other} in its env: than the stage, and an interpreter reads that when it starts`;
  return unfitArguments(language, args);
}

function languageOf(stage: Located): PreloadLanguage | undefined {
  const text = textAt(stage, 'preload')?.text;
  return text === 'python' || text === 'node' ? text : undefined;
}
