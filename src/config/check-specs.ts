import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { suggest } from '../util/suggest.ts';
import type { KnownTentacle } from './bench.ts';
import { durationFaults } from './check-durations.ts';
import { checkStageOf, checkStages, checkStageTemplates } from './check-stages.ts';
import { RESERVED, checkTexts, type OutsideName } from './check-templates.ts';
import { diagnose } from './fault.ts';
import { globFault } from './globs.ts';
import {
  entriesAt,
  entryOf,
  itemsAt,
  textAt,
  type Located,
  type LocatedEntry,
  type Spot,
} from './located.ts';
import { knownStages, stageKeys, withParents } from './known-stages.ts';
import { notSet } from './not-set.ts';
import type { OpenPlan, WrittenPlan } from './plan-files.ts';
import { specTexts } from './template-texts.ts';

/** What a spec is checked against. */
export interface SpecScope {
  readonly plans: readonly OpenPlan[];
  readonly tentacles: readonly KnownTentacle[];
  readonly sources: ReadonlySet<string>;
  readonly tags: ReadonlySet<string>;
  /** Features that some board or tentacle has, or that are well known. */
  readonly features: ReadonlySet<string>;
  /** Stages that an override drops, with where it does. */
  readonly dropped?: ReadonlyMap<string, Spot>;
  /** Whether `env.NAME` or `secret.NAME` has a value. */
  readonly isSet: (name: string) => boolean;
}

/** Checks all specs of all plans, each for itself. */
export function checkSpecs(scope: SpecScope): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const unset = new Map<string, { readonly use: OutsideName; readonly specs: string[] }>();
  const stages = knownStages(scope.plans);
  const named = { stages, dropped: scope.dropped ?? new Map<string, Spot>() };
  diagnostics.push(...checkStages(named));
  for (const plan of scope.plans) {
    const unknownSources = new Map<string, OutsideName>();
    for (const stage of [...stages.values()].filter((each) => each.plan === plan)) {
      const templates = checkStageTemplates(stage, stages, scope);
      diagnostics.push(...templates.faults);
      for (const use of templates.unknownSources)
        if (!unknownSources.has(use.name)) unknownSources.set(use.name, use);
      for (const use of templates.outside)
        if (!scope.isSet(use.name))
          diagnostics.push(notSet(use, `the stage "${stage.entry.key}" can not be prepared`));
    }
    for (const entry of entriesAt(plan.root, 'specs')) {
      const roles = entriesAt(entry.value, 'roles').map(({ key }) => key);
      const stage = textAt(entry.value, 'stage')?.text ?? '';
      const templates = checkTexts(specTexts(entry.value), {
        owner: 'spec',
        roles,
        sources: scope.sources,
        tags: scope.tags,
        // Of an unknown stage nobody knows what it hands out; that it is unknown is told.
        stages: stageKeys(
          stages.has(stage) || stage === '' ? withParents(stage, stages) : [...stages.values()],
        ),
      });
      diagnostics.push(...checkSpec(entry, scope), ...checkStageOf(entry.value, named), ...templates.faults);
      for (const use of templates.unknownSources)
        if (!unknownSources.has(use.name)) unknownSources.set(use.name, use);
      const without = templates.outside.filter(({ name }) => !scope.isSet(name));
      // Nobody has to set what only other labs use.
      if (!canServe(entry.value, scope.tentacles)) continue;
      for (const use of without) {
        const known = unset.get(use.name) ?? { use, specs: [] };
        if (!known.specs.includes(entry.key)) known.specs.push(entry.key);
        unset.set(use.name, known);
      }
    }
    for (const use of unknownSources.values()) diagnostics.push(unknownSource(use, plan, scope));
  }
  for (const { use, specs } of unset.values())
    diagnostics.push(notSet(use, `these are skipped: ${specs.join(', ')}`));
  return diagnostics;
}

/** Whether the bench has, or would have if nothing were disabled, a tentacle for every role. */
function canServe(spec: Located, tentacles: readonly KnownTentacle[]): boolean {
  return entriesAt(spec, 'roles').every(({ value }) => {
    const feature = textAt(value, 'feature')?.text ?? '';
    return tentacles.some(({ features }) => features.includes(feature));
  });
}

function checkSpec({ key: name, keySpot, value: spec }: LocatedEntry, scope: SpecScope): Diagnostic[] {
  const faults = [
    ...checkResults(name, keySpot, spec),
    ...durationFaults(spec, ['timeout', 'silence', 'grace', 'estimate']),
    ...checkRoleNames(spec, scope),
  ];
  const files = textAt(spec, 'files');
  if (files !== undefined) {
    const wrong = files.text.includes('${')
      ? 'a glob takes no ${…}; put that into cwd:'
      : globFault(files.text);
    if (wrong !== undefined) faults.push(diagnose(files.spot, files.via, { message: wrong }));
  }
  return faults;
}

/** Results that come from a command. */
const COMMANDED = new Set(['micropython', 'tap', 'junit', 'events', 'exit-code']);

/** Which of command, files, list and roles go with which results. */
function checkResults(name: string, keySpot: Spot, spec: Located): Diagnostic[] {
  const results = textAt(spec, 'results')?.text;
  const command = entryOf(spec, 'command');
  const files = entryOf(spec, 'files');
  const list = entryOf(spec, 'list');
  const teardown = entryOf(spec, 'teardown');
  const faults: Diagnostic[] = [];
  const fault = (spot: Spot, message: string, more: Partial<Diagnostic> = {}): void => {
    faults.push(diagnose(spot, spec.via, { message, ...more }));
  };
  const roles = entriesAt(spec, 'roles');
  if (results === 'repl') {
    if (command !== undefined)
      fault(command.keySpot, '"results: repl" sends files through the REPL itself and takes no command', {
        suggestion: 'remove command:, or say how else results: come about',
      });
    if (teardown !== undefined)
      fault(teardown.keySpot, 'teardown: follows a command:, and "results: repl" has none', {
        suggestion: 'remove it: boards are reset or powered off in any case',
      });
    if (files === undefined && list === undefined)
      fault(keySpot, `nothing says which tests ${name} runs`, {
        expected: 'files: a glob, or list: a command',
      });
    if (roles.length === 0)
      fault(keySpot, `"results: repl" needs a tentacle, but ${name} has no roles`, {
        expected: 'roles: { dut: { feature: mcu } }',
      });
  } else if (results !== undefined && COMMANDED.has(results) && command === undefined)
    fault(keySpot, `nothing says what ${name} runs`, {
      expected: `command: a list, because results: is ${results}`,
    });
  if (files !== undefined && list !== undefined)
    fault(list.keySpot, 'tests come from files: or from list:, not from both', {
      also: [{ message: 'files:', ...files.keySpot }],
    });
  const items = itemsAt(spec, 'command');
  const uses = items.find((item) => item.kind === 'scalar' && item.text === '${tests}');
  if (uses !== undefined && files === undefined && list === undefined)
    fault(uses.spot, '"${tests}" is empty, because nothing says which tests there are', {
      expected: 'files: a glob, or list: a command',
    });
  const listed = files ?? list;
  if (listed !== undefined && items.length > 0 && uses === undefined)
    fault(listed.keySpot, `the command of ${name} does not use these tests`, {
      severity: 'warning',
      expected: '"${tests}" as an element of command:',
    });
  const needs = entryOf(spec, 'needs');
  if (needs !== undefined && roles.length === 0 && itemsAt(spec, 'needs').length > 0)
    fault(needs.keySpot, `${name} runs on the host only, where nothing can be set up on a board`);
  return faults;
}

function checkRoleNames(spec: Located, { features }: SpecScope): Diagnostic[] {
  const faults: Diagnostic[] = [];
  for (const { key, keySpot, value } of entriesAt(spec, 'roles')) {
    if (RESERVED.has(key))
      faults.push(
        diagnose(keySpot, spec.via, {
          message: `a role can not be called "${key}", because \${${key}…} means something else`,
        }),
      );
    const feature = textAt(value, 'feature');
    if (feature === undefined || features.has(feature.text)) continue;
    const near = suggest(feature.text, features);
    faults.push(
      diagnose(feature.spot, feature.via, {
        severity: 'warning',
        message: `no board and no tentacle has the feature "${feature.text}", so this never runs here`,
        ...(near === undefined ? {} : { suggestion: `did you mean "${near}"?` }),
      }),
    );
  }
  return faults;
}

/** Told where the lab names the plan, because that is where it is put right; the plan may be a shipped one. */
function unknownSource({ name, spot }: OutsideName, plan: OpenPlan, { sources }: SpecScope): Diagnostic {
  const near = suggest(name, sources);
  const message = `the plan "${plan.name}" needs a source "${name}", and the lab has none of that name`;
  const suggestion =
    near === undefined
      ? `add it to sources: of the lab file, or say --source ${name}=/path/to/it`
      : `did you mean "${near}"?`;
  if (plan.named === undefined || near !== undefined)
    return diagnose(spot, undefined, { message, suggestion });
  return diagnose(plan.named, undefined, {
    message,
    suggestion,
    also: [{ message: 'it is used here', ...spot }],
  });
}

/** The labels and names of all specs of plans and of what they extend, dropped ones too, as `expect:` may call them. */
export function calledSpecs(plans: readonly WrittenPlan[]): string[] {
  return plans.flatMap((plan) => [
    ...entriesAt(plan.written, 'specs').flatMap(({ key, value }) => {
      const label = textAt(value, 'label');
      return label === undefined ? [key] : [key, label.text];
    }),
    ...calledSpecs(plan.extends),
  ]);
}
