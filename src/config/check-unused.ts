import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { suggest } from '../util/suggest.ts';
import type { KnownTentacle } from './bench.ts';
import { diagnose } from './fault.ts';
import { knownStages, withParents, type KnownStage } from './known-stages.ts';
import { entriesAt, textAt, type Located } from './located.ts';
import type { OpenPlan } from './plan-files.ts';
import { templateNamesOf } from './scope.ts';

interface Bench {
  readonly root: Located;
  readonly plans: readonly OpenPlan[];
  readonly tentacles: readonly KnownTentacle[];
}

/** What a lab file describes and nothing in it uses. */
export function checkUnused({ root, plans, tentacles }: Bench): Diagnostic[] {
  const used = new Set(templateNamesOf(plans));
  const firmware = textAt(root, 'firmware')?.text;
  const sources = entriesAt(root, 'sources').filter(
    ({ key }) => key !== firmware && !used.has(`source.${key}`),
  );
  const reference = textAt(root, 'reference')?.text;
  const owned = new Set([...tentacles.map(({ board }) => board?.name), reference]);
  const boards = entriesAt(root, 'boards').filter(({ key }) => !owned.has(key));
  const stages = unusedStages(plans);
  const shared = new Set(
    plans.flatMap((plan) =>
      entriesAt(plan.root, 'specs').flatMap(({ value }) => entriesAt(value, 'uses').map(({ key }) => key)),
    ),
  );
  const resources = entriesAt(root, 'resources').filter(({ key }) => !shared.has(key));
  return [
    ...sources.map(({ key, keySpot }) =>
      diagnose(keySpot, undefined, {
        severity: 'warning',
        message: `nothing uses the source "${key}"`,
        expected: `\${source.${key}} in a plan of this lab, or firmware: ${key}`,
      }),
    ),
    ...boards.map(({ key, keySpot }) =>
      diagnose(keySpot, undefined, {
        severity: 'warning',
        message: `nothing uses the board "${key}"`,
        expected: `board: ${key} at one of the tentacles`,
      }),
    ),
    ...resources.map(({ key, keySpot }) => {
      const near = suggest(key, shared);
      return diagnose(keySpot, undefined, {
        severity: 'warning',
        message: `no run uses the resource "${key}"`,
        expected: `uses: { ${key}: … } in a spec`,
        ...(near === undefined ? {} : { suggestion: `did you mean "${near}"?` }),
      });
    }),
    ...stages.map(({ entry: { key, keySpot } }) =>
      diagnose(keySpot, undefined, {
        severity: 'warning',
        message: `nothing starts from the stage "${key}"`,
        expected: `stage: ${key} in a spec, or after: [${key}] in a stage`,
      }),
    ),
  ];
}

function unusedStages(plans: readonly OpenPlan[]): KnownStage[] {
  const stages = knownStages(plans);
  const named = plans.flatMap(({ root }) =>
    entriesAt(root, 'specs').map(({ value }) => textAt(value, 'stage')?.text ?? ''),
  );
  const used = new Set(named.flatMap((name) => withParents(name, stages)));
  return [...stages.values()].filter((stage) => !used.has(stage));
}
