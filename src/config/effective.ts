import { originIn, shownAsWritten, type OriginOf } from './as-written.ts';
import type { Lab, Tentacle } from '../model/lab.ts';
import type { TestRunSpec } from '../model/plan.ts';
import { stagesOf } from '../model/stage-graph.ts';
import { benchShown } from './effective-bench.ts';
import { boardShown, hookShown, specShown, stageShown, tentacleShown } from './effective-parts.ts';
import { entriesAt, entryOf, itemsAt, nodeAt, type LocatedEntry } from './located.ts';
import { CATALOGUE, openPlan } from './plan-files.ts';
import { shownMap, type Origin, type Shown } from './shown.ts';
import type { WrittenLab } from './written-lab.ts';

/** What of a lab is shown; `selected`: a part of it, so only tentacles, boards and specs. */
export interface ShownPart {
  readonly specs: readonly TestRunSpec[];
  readonly tentacles: readonly Tentacle[];
  readonly selected: boolean;
}

/** The effective configuration of a lab: every value that counts, with where it comes from. Secrets are `***`. */
export interface Effective {
  readonly config: Shown;
  readonly dropped: readonly (({ readonly spec: string } | { readonly stage: string }) & {
    readonly origin: Origin;
  })[];
}

/** Puts the effective configuration together; reads the shipped catalogue again, for its places. */
export async function effectiveOf(lab: Lab, written: WrittenLab, part: ShownPart): Promise<Effective> {
  const { file, plans, dropped } = written;
  const originOf = originIn({
    ...(lab.file === undefined ? {} : { lab: lab.file }),
    ...(file?.overlay === undefined ? {} : { overlay: file.overlay }),
    catalogue: CATALOGUE,
  });
  const boards = await boardEntries(written);
  const tentacles = part.tentacles.map((tentacle): [string, Shown] => {
    const entry = entryOf(nodeAt(file?.root, 'tentacles'), tentacle.id);
    const board = boards.get(tentacle.board);
    return [tentacle.id, tentacleShown(entry, tentacle, { board, originOf })];
  });
  const isShown = (name: string): boolean => {
    const own = boards.get(name)?.keySpot.source.file !== CATALOGUE;
    return part.tentacles.some(({ board }) => board === name) || (own && !part.selected);
  };
  const shownBoards = lab.boards
    .filter(({ name }) => isShown(name))
    .map((board): [string, Shown] => [board.name, boardShown(boards.get(board.name), board, originOf)]);
  const specs = part.specs.map((spec): [string, Shown] => [spec.name, specShown(spec, plans, originOf)]);
  const stages = stagesOf(lab.stages, part.specs).map((stage): [string, Shown] => [
    stage.name,
    stageShown(stage, plans, originOf),
  ]);
  const hooks = (lab.hooks ?? []).map((hook): [string, Shown] => [
    hook.name,
    hookShown(hook, file?.root, originOf),
  ]);
  const sections: readonly [string, Shown | undefined][] = [
    ...(part.selected ? [] : benchShown(lab, written, originOf)),
    ['tentacles', shownMap(tentacles)],
    ['boards', shownMap(shownBoards)],
    ['specs', shownMap(specs)],
    ['stages', shownMap(stages)],
    ['hooks', part.selected ? undefined : shownMap(hooks)],
    ['expect', part.selected ? undefined : expectations(written, originOf)],
  ];
  return {
    config: {
      kind: 'map',
      entries: new Map(sections.filter((one): one is [string, Shown] => one[1] !== undefined)),
    },
    dropped: part.selected
      ? []
      : dropped.map(({ word, name, by }) => ({
          ...(word === 'spec' ? { spec: name } : { stage: name }),
          origin: originOf(by),
        })),
  };
}

/** Where each board is described; what comes later replaces what came before. */
async function boardEntries({ file, plans }: WrittenLab): Promise<Map<string, LocatedEntry>> {
  const { plan } = await openPlan(CATALOGUE);
  const roots = [plan?.root, ...plans.map(({ root }) => root), file?.root];
  const entries = roots.flatMap((root) => entriesAt(root, 'boards'));
  return new Map(entries.map((entry) => [entry.key, entry]));
}

function expectations({ file, plans }: WrittenLab, originOf: OriginOf): Shown | undefined {
  const items = [file, ...plans].flatMap((one) =>
    itemsAt(one?.root, 'expect').map((item, index) =>
      shownAsWritten(item, one?.value.expect?.[index], originOf),
    ),
  );
  return items.length === 0 ? undefined : { kind: 'list', items };
}
