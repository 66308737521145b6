import type { FeatureName } from '../model/ids.ts';
import type { Board, Lab, Tentacle } from '../model/lab.ts';
import type { TestRunSpec } from '../model/plan.ts';
import { Bench } from '../plan/bench.ts';
import { seedsOf, type CursorSeed } from '../plan/cursor.ts';
import { matches, matchesBoard, matchesTentacle, type Selector } from '../plan/selection.ts';
import { unreachable } from '../util/unreachable.ts';

/** What of a lab goes together with what a selector names: a spec with the tentacles that have what it needs, and so on. */
export class Related {
  readonly #lab: Pick<Lab, 'boards' | 'tentacles' | 'specs'>;

  constructor(lab: Pick<Lab, 'boards' | 'tentacles' | 'specs'>) {
    this.#lab = lab;
  }

  tentacle(selector: Selector, tentacle: Tentacle): boolean {
    switch (selector.kind) {
      case 'tentacle':
      case 'tag':
        return matchesTentacle(selector, tentacle);
      case 'board':
        return this.#isOf(selector.glob, tentacle);
      case 'feature':
        return tentacle.features.some((feature) => matches(selector.glob, feature));
      case 'spec':
        return this.#needs(selector.glob).some((feature) => tentacle.features.includes(feature));
      case 'id':
        return this.#seed(selector.stem)?.covering.includes(tentacle) === true;
      default:
        return unreachable(selector);
    }
  }

  spec(selector: Selector, spec: TestRunSpec): boolean {
    switch (selector.kind) {
      case 'spec':
        return matches(selector.glob, spec.name, spec.label);
      case 'feature':
        return spec.roles.some(({ feature }) => matches(selector.glob, feature));
      case 'id':
        return this.#seed(selector.stem)?.spec === spec;
      case 'tentacle':
      case 'tag':
      case 'board':
        return this.#meant(selector).some(({ features }) =>
          spec.roles.some(({ feature }) => features.includes(feature)),
        );
      default:
        return unreachable(selector);
    }
  }

  board(selector: Selector, { name, variants, features }: Board): boolean {
    const own = this.#lab.tentacles.filter(({ board }) => board === name);
    const has = new Set([...features, ...own.flatMap((tentacle) => tentacle.features)]);
    switch (selector.kind) {
      case 'board':
        return variants.some((variant) => matchesBoard(selector.glob, name, variant));
      case 'feature':
        return [...has].some((feature) => matches(selector.glob, feature));
      case 'spec':
        return this.#needs(selector.glob).some((feature) => has.has(feature));
      case 'tentacle':
      case 'tag':
      case 'id':
        return own.some((tentacle) => this.tentacle(selector, tentacle));
      default:
        return unreachable(selector);
    }
  }

  feature(selector: Selector, feature: FeatureName): boolean {
    switch (selector.kind) {
      case 'feature':
        return matches(selector.glob, feature);
      case 'spec':
        return this.#needs(selector.glob).includes(feature);
      case 'id':
        return this.#seed(selector.stem)?.spec.roles.some((role) => role.feature === feature) === true;
      case 'board':
      case 'tentacle':
      case 'tag':
        return this.#meant(selector).some(({ features }) => features.includes(feature));
      default:
        return unreachable(selector);
    }
  }

  /** Who is named by a selector that speaks of tentacles; of a board, also one that nobody here has. */
  #meant(
    selector: Extract<Selector, { kind: 'tentacle' | 'tag' | 'board' }>,
  ): readonly { readonly features: readonly FeatureName[] }[] {
    const here = this.#lab.tentacles.filter((tentacle) => this.tentacle(selector, tentacle));
    if (selector.kind !== 'board') return here;
    return [...here, ...this.#lab.boards.filter((board) => this.board(selector, board))];
  }

  #isOf(glob: string, { board: name }: Tentacle): boolean {
    const board = this.#lab.boards.find((each) => each.name === name);
    return board?.variants.some((variant) => matchesBoard(glob, name, variant)) === true;
  }

  /** What the roles of the specs that are meant need. */
  #needs(glob: string): FeatureName[] {
    return this.#lab.specs
      .filter(({ name, label }) => matches(glob, name, label))
      .flatMap(({ roles }) => roles.map(({ feature }) => feature));
  }

  #seed(stem: string): CursorSeed | undefined {
    const bench = new Bench(this.#lab);
    return this.#lab.specs.flatMap((spec) => [...seedsOf(spec, bench)]).find((seed) => seed.stem === stem);
  }
}
