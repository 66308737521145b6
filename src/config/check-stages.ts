import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { groupsOf, OWN_VALUES, STAGE_ROLE } from '../model/stage.ts';
import { suggest } from '../util/suggest.ts';
import { checkTexts, type CheckedTemplates } from './check-templates.ts';
import { durationFaults } from './check-durations.ts';
import { checkPreload, checkStart } from './check-preloads.ts';
import { diagnose } from './fault.ts';
import { globFault } from './globs.ts';
import { stageKeys, withParents, type KnownStage } from './known-stages.ts';
import {
  entriesAt,
  entryOf,
  itemsAt,
  nodeAt,
  textAt,
  type Located,
  type LocatedEntry,
  type Spot,
  type TextNode,
} from './located.ts';
import { stageTexts } from './template-texts.ts';

type Stages = ReadonlyMap<string, KnownStage>;

/** What a name of a stage may mean. */
interface NamedStages {
  readonly stages: Stages;
  /** Those that an override drops, with where it does. */
  readonly dropped: ReadonlyMap<string, Spot>;
}

/** What the schema can not know of stages: which keys go together, and whether names name something. */
export function checkStages(named: NamedStages): Diagnostic[] {
  return [...named.stages.values()].flatMap((stage) => [
    ...checkParts(stage),
    ...durationFaults(stage.entry.value, ['limit', 'grace']),
    ...checkAfter(stage, named),
  ]);
}

/** The templates of one stage: those above it are up before it, and its own directory is made. */
export function checkStageTemplates(
  { kind, entry, after }: KnownStage,
  stages: Stages,
  scope: { readonly sources: ReadonlySet<string>; readonly tags: ReadonlySet<string> },
): CheckedTemplates {
  const above = stageKeys(after.flatMap((parent) => withParents(parent, stages)));
  return checkTexts(stageTexts(entry.value), {
    ...scope,
    owner: 'stage',
    roles: kind === 'tentacle' ? [STAGE_ROLE] : [],
    stages: kind === 'host' ? new Map([...above, [entry.key, ['dir']]]) : above,
  });
}

/** Whether `stage:` of a spec names a stage that its runs can start from. */
export function checkStageOf(spec: Located, named: NamedStages): Diagnostic[] {
  const name = textAt(spec, 'stage');
  if (name === undefined) return [];
  const stage = named.stages.get(name.text);
  if (stage === undefined) return [unknownStage(name, named)];
  if (stage.kind === 'host' || entriesAt(spec, 'roles').length > 0) return checkStart(spec, named.stages);
  const message = `"${name.text}" is a state of boards, and this spec has no roles`;
  return [
    diagnose(name.spot, name.via, { message, also: [{ message: 'the stage', ...stage.entry.keySpot }] }),
  ];
}

function checkParts({ kind, entry }: KnownStage): Diagnostic[] {
  return kind === 'host' ? checkHost(entry) : checkTentacle(entry);
}

function checkHost(entry: LocatedEntry): Diagnostic[] {
  const { key, keySpot, value } = entry;
  if (value.kind !== 'map') return [];
  const faults = [...checkPreload(entry), ...checkReload(value)];
  if (entryOf(value, 'preload') !== undefined) return faults;
  const missing = ['command', 'ready'].filter((part) => entryOf(value, part) === undefined);
  if (missing.length > 0)
    return [
      ...faults,
      diagnose(keySpot, value.via, {
        message: `the stage "${key}" has no ${missing.join(' and no ')}`,
        expected: 'command: and ready:, or preload:, for a host stage, steps: for a tentacle stage',
      }),
    ];
  const ready = entryOf(value, 'ready');
  return ready === undefined ? faults : [...checkReady(ready), ...faults];
}

function checkReady({ keySpot, value }: LocatedEntry): Diagnostic[] {
  if (value.kind !== 'map') return [];
  const faults = exactlyOne({ keySpot, value }, ['line', 'port', 'file', 'command'], '"ready"');
  const line = textAt(value, 'line');
  if (line !== undefined) faults.push(...checkPattern(line));
  const port = textAt(value, 'port');
  if (port !== undefined && !port.text.includes('${') && !isPort(port.text))
    faults.push(
      diagnose(port.spot, port.via, { message: `"${port.text}" is no port`, expected: '1 to 65535' }),
    );
  return faults;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function checkPattern(line: TextNode): Diagnostic[] {
  try {
    new RegExp(line.text).test('');
  } catch (error) {
    const message = `this is no regular expression: ${(error as Error).message}`;
    return [diagnose(line.spot, line.via, { message })];
  }
  return groupsOf(line.text)
    .filter((group) => OWN_VALUES.some((own) => own === group))
    .map((group) =>
      diagnose(line.spot, line.via, {
        message: `a group can not be called "${group}", because every host stage has a value of that name`,
      }),
    );
}

function checkReload(stage: Located): Diagnostic[] {
  return itemsAt(stage, 'reload').flatMap((item) => globFaults(item));
}

function globFaults(item: Located): Diagnostic[] {
  if (item.kind !== 'scalar') return [];
  const wrong = item.text.includes('${') ? 'a glob takes no ${…}; put that into cwd:' : globFault(item.text);
  return wrong === undefined ? [] : [diagnose(item.spot, item.via, { message: wrong })];
}

/** Keys that mean nothing for a state of a board. */
const OF_HOSTS = ['command', 'ready', 'preload', 'imports', 'interpreter', 'restart', 'reload', 'grace'];
const STEPS = ['flash', 'power', 'exec', 'put', 'command'];

function checkTentacle({ value }: LocatedEntry): Diagnostic[] {
  const steps = entryOf(value, 'steps');
  const faults = entriesAt(value)
    .filter(({ key }) => OF_HOSTS.includes(key))
    .map(({ key, keySpot }) =>
      diagnose(keySpot, value.via, {
        message: `"${key}" is for host stages, and this one has steps:`,
        also: steps === undefined ? [] : [{ message: 'steps:', ...steps.keySpot }],
      }),
    );
  for (const step of itemsAt(value, 'steps')) {
    if (step.kind !== 'map') continue;
    faults.push(...exactlyOne({ keySpot: step.spot, value: step }, STEPS, 'a step'));
    const to = entryOf(step, 'to');
    if (to !== undefined && nodeAt(step, 'put') === undefined)
      faults.push(diagnose(to.keySpot, step.via, { message: '"to" goes with put: only' }));
    faults.push(...itemsAt(step, 'put').flatMap((item) => globFaults(item)));
  }
  return faults;
}

function exactlyOne(
  { keySpot, value }: Pick<LocatedEntry, 'keySpot' | 'value'>,
  keys: readonly string[],
  what: string,
): Diagnostic[] {
  const [first, second] = entriesAt(value).filter(({ key }) => keys.includes(key));
  if (first === undefined)
    return [
      diagnose(keySpot, value.via, {
        message: `${what} says nothing`,
        expected: `one of ${keys.join(', ')}`,
      }),
    ];
  if (second === undefined) return [];
  return [
    diagnose(second.keySpot, value.via, {
      message: `${what} is one thing, and here are both ${first.key} and ${second.key}`,
      also: [{ message: `${first.key}:`, ...first.keySpot }],
    }),
  ];
}

function checkAfter({ kind, entry }: KnownStage, named: NamedStages): Diagnostic[] {
  const { stages } = named;
  return itemsAt(entry.value, 'after').flatMap((item) => {
    if (item.kind !== 'scalar') return [];
    const parent = stages.get(item.text);
    if (parent === undefined) return [unknownStage(item, named)];
    const also = [{ message: 'the other one', ...parent.entry.keySpot }];
    if (withParents(item.text, stages).some((each) => each.entry === entry))
      return [
        diagnose(item.spot, item.via, { message: 'here stages come after each other in a circle', also }),
      ];
    if (kind === 'tentacle' || parent.kind === 'host') return [];
    const message = `a host stage can not come after "${item.text}", which is a state of boards`;
    return [diagnose(item.spot, item.via, { message, also })];
  });
}

function unknownStage({ text, spot, via }: TextNode, { stages, dropped }: NamedStages): Diagnostic {
  const by = dropped.get(text);
  if (by !== undefined)
    return diagnose(spot, via, {
      message: `the stage "${text}" is dropped, and this still starts from it`,
      suggestion: 'drop this, too, or override it with another stage',
      also: [{ message: 'dropped here', ...by }],
    });
  const near = suggest(text, stages.keys());
  const known = [...stages.keys()];
  return diagnose(spot, via, {
    message: `there is no stage "${text}"`,
    ...(near === undefined
      ? {
          expected:
            known.length === 0
              ? 'a stage of stages: in a plan; there are none'
              : `one of ${known.join(', ')}`,
        }
      : { suggestion: `did you mean "${near}"?` }),
  });
}
