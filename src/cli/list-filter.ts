import type { FeatureName } from '../model/ids.ts';
import type { Board, Lab, Tentacle } from '../model/lab.ts';
import type { TestRunSpec } from '../model/plan.ts';
import type { Selector } from '../plan/selection.ts';
import type { Values } from './command.ts';
import { unknownNames } from './make-plan.ts';
import type { selectionOptions } from './options.ts';

/** What of a list is left when something is selected. */
export interface ListFilter {
  /** Something is. */
  readonly selects: boolean;
  readonly tentacle: (tentacle: Tentacle) => boolean;
  readonly spec: (spec: TestRunSpec) => boolean;
  readonly board: (board: Board) => boolean;
  readonly feature: (feature: FeatureName) => boolean;
}

/**
 * `--only` and `--skip` of `testbed list`: of the same kind any, of different kinds all, as everywhere. A selector that speaks
 * of something else keeps what goes together with it: `list tentacles --only multinet` is who could take a role of it, `list
 * specs --only tentacle:2731` what that one could take a role of. `--skip` only takes away what it names itself. Throws
 * `UsageFault` for a name that nobody knows. Without a lab, only the catalogue's boards have names.
 */
export async function listFilter(
  lab: Lab | undefined,
  given: Pick<Values<typeof selectionOptions>, 'only' | 'skip'>,
): Promise<ListFilter> {
  if (given.only.length + given.skip.length === 0)
    return { selects: false, tentacle: any, spec: any, board: any, feature: any };
  const [{ catalogue }, { readSelectors }, { Related }] = await Promise.all([
    import('../config/catalogue.ts'),
    import('../plan/select.ts'),
    import('./list-related.ts'),
  ]);
  const known = lab ?? { boards: catalogue(), tentacles: [], specs: [] };
  const only = readSelectors('--only', given.only, known, true);
  const skip = readSelectors('--skip', given.skip, known, true);
  const faults = [...only.faults, ...skip.faults];
  if (faults.length > 0) throw unknownNames(faults);
  const kinds = [...Map.groupBy(only.selectors, ({ kind }) => kind).values()];
  const related = new Related(known);
  const keeps =
    <T>(goesWith: (selector: Selector, item: T) => boolean, names: readonly Selector['kind'][]) =>
    (item: T): boolean =>
      kinds.every((selectors) => selectors.some((each) => goesWith(each, item))) &&
      !skip.selectors.some((each) => names.includes(each.kind) && goesWith(each, item));
  return {
    selects: true,
    tentacle: keeps((each, item) => related.tentacle(each, item), ['tentacle', 'tag', 'board', 'feature']),
    spec: keeps((each, item) => related.spec(each, item), ['spec', 'feature']),
    board: keeps((each, item) => related.board(each, item), ['board', 'feature']),
    feature: keeps((each, item) => related.feature(each, item), ['feature']),
  };
}

function any(): boolean {
  return true;
}
