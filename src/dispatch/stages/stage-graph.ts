import type { SpecName, StageName } from '../../model/ids.ts';
import type { TestRunSpec } from '../../model/plan.ts';
import { stagesOf } from '../../model/stage-graph.ts';
import type { HostStage, StageSpec, TentacleStage } from '../../model/stage.ts';

/** What a spec's runs start from, with all that comes before it; parents first. */
export interface SpecStages {
  readonly host: readonly HostStage[];
  readonly board: readonly TentacleStage[];
}

const NONE: SpecStages = { host: [], board: [] };

/** Which spec starts from which stages, and which stages come after which. */
export class StageGraph {
  /** The host stages that some spec of the lab starts from; parents first. */
  readonly host: readonly HostStage[];
  readonly #ofSpecs: ReadonlyMap<SpecName, SpecStages>;
  readonly #stages: readonly StageSpec[];

  constructor(lab: { readonly specs: readonly TestRunSpec[]; readonly stages: readonly StageSpec[] }) {
    const specs = lab.specs.filter(({ stage }) => stage !== undefined);
    this.#stages = lab.stages;
    this.#ofSpecs = new Map(specs.map((spec) => [spec.name, split(stagesOf(lab.stages, [spec]))]));
    this.host = split(stagesOf(lab.stages, specs)).host;
  }

  /** Whether any spec starts from a tentacle stage. */
  get onBoards(): boolean {
    return this.#ofSpecs.values().some(({ board }) => board.length > 0);
  }

  of(spec: SpecName): SpecStages {
    return this.#ofSpecs.get(spec) ?? NONE;
  }

  /** The specs whose runs start from a stage, or from one that comes after it. */
  specsOn(stage: StageName): readonly SpecName[] {
    return [...this.#ofSpecs]
      .filter(([, { host, board }]) => [...host, ...board].some(({ name }) => name === stage))
      .map(([spec]) => spec);
  }

  /** The host stages that come after this one, directly. */
  childrenOf(stage: StageName): readonly HostStage[] {
    return this.host.filter(({ after }) => after.includes(stage));
  }

  /** The host stages among these that it comes after, directly. */
  parentsOf({ after }: HostStage): readonly HostStage[] {
    return this.host.filter(({ name }) => after.includes(name));
  }

  /** Whether a stage comes after another one, directly or not. */
  isAfter(stage: StageName, parent: StageName): boolean {
    return stagesOf(this.#stages, [{ stage }]).some(({ name }) => name === parent && name !== stage);
  }
}

function split(stages: readonly StageSpec[]): SpecStages {
  return {
    host: stages.filter((stage) => stage.kind === 'host'),
    board: stages.filter((stage) => stage.kind === 'tentacle'),
  };
}
