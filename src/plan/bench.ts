import {
  boardVariantOf,
  type BoardName,
  type BoardVariant,
  type FeatureName,
  type TentacleId,
} from '../model/ids.ts';
import type { Board, Lab, Tentacle } from '../model/lab.ts';
import { byText } from './compare.ts';

/** The part of a lab that scheduling looks at. */
type BenchLab = Pick<Lab, 'tentacles' | 'boards' | 'reference' | 'resources'>;

/** A variant of a board, and both as one text. */
interface DefaultVariant {
  readonly variant: string;
  readonly boardVariant: BoardVariant;
}

/**
 * The lab's tentacles, in the order of their ids, with answers to who has what. Says what could be, not what is free; made
 * once per plan. `broken` are tentacles that can not serve though the lab file has them, with the reason: not connected.
 */
export class Bench {
  readonly tentacles: readonly Tentacle[];
  readonly reference: BoardName | undefined;
  /** How many there are of a resource; of what is not named, one. */
  readonly resources: Readonly<Record<string, number>>;
  readonly #boards: ReadonlyMap<BoardName, Board>;
  readonly #byId: ReadonlyMap<TentacleId, Tentacle>;
  readonly #unusable = new Map<TentacleId, string>();
  readonly #withFeature = new Map<string, readonly Tentacle[]>();
  readonly #defaults = new Map<BoardName, DefaultVariant>();
  readonly #lab: BenchLab;

  constructor(
    lab: BenchLab,
    options: {
      readonly broken?: ReadonlyMap<TentacleId, string>;
      readonly without?: (tentacle: Tentacle) => boolean;
    } = {},
  ) {
    this.#lab = lab;
    this.reference = lab.reference;
    this.resources = lab.resources ?? {};
    this.#boards = new Map(lab.boards.map((board) => [board.name, board]));
    this.tentacles = lab.tentacles
      .filter((tentacle) => options.without?.(tentacle) !== true)
      .toSorted((a, b) => byText(a.id, b.id));
    this.#byId = new Map(this.tentacles.map((tentacle) => [tentacle.id, tentacle]));
    for (const { id, disabled } of this.tentacles) {
      const reason = disabled === undefined ? options.broken?.get(id) : `is disabled: ${disabled}`;
      if (reason !== undefined) this.#unusable.set(id, reason);
    }
  }

  tentacle(id: TentacleId): Tentacle {
    const found = this.#byId.get(id);
    if (found === undefined) throw new Error(`Internal error: expected a tentacle of the lab, was ${id}`);
    return found;
  }

  /** Why a tentacle serves nobody, as it continues "tentacle 2731 …"; undefined when it can serve. */
  unusable(id: TentacleId): string | undefined {
    return this.#unusable.get(id);
  }

  /** Those of some tentacles that can serve. */
  usableOf(tentacles: readonly Tentacle[]): Tentacle[] {
    return tentacles.filter(({ id }) => !this.#unusable.has(id));
  }

  /** From now on this tentacle serves nobody; the first reason given stays. */
  abandon(id: TentacleId, reason: string): void {
    if (!this.#unusable.has(id)) this.#unusable.set(id, reason);
  }

  /** It can serve again; a tentacle that the lab file disables stays as it is. */
  restore(id: TentacleId): void {
    if (this.tentacle(id).disabled === undefined) this.#unusable.delete(id);
  }

  /** A bench of its own that is like this one now. */
  fork(): Bench {
    return new Bench({ ...this.#lab, tentacles: this.tentacles }, { broken: this.#unusable });
  }

  /** A board with at least one tentacle here. */
  board(name: BoardName): Board {
    const board = this.#boards.get(name);
    if (board === undefined) throw new Error(`Internal error: expected a board of the lab, was ${name}`);
    return board;
  }

  /** Boards that tentacles here have, in the order of their names. */
  get boards(): Board[] {
    return [...new Set(this.tentacles.map((tentacle) => tentacle.board))]
      .toSorted(byText)
      .map((name) => this.board(name));
  }

  /** Tentacles that have a feature, usable or not; of one board, or of any. */
  having(feature: FeatureName, board?: BoardName): readonly Tentacle[] {
    const key = `${feature}\n${board ?? ''}`;
    let found = this.#withFeature.get(key);
    if (found === undefined) {
      const among = board === undefined ? this.tentacles : this.having(feature);
      found = among.filter(
        (each) => each.features.includes(feature) && (board === undefined || each.board === board),
      );
      this.#withFeature.set(key, found);
    }
    return found;
  }

  /** The firmware that a tentacle runs as a partner: its board's default variant, which is the first when there is no `""`. */
  defaultVariant(board: BoardName): DefaultVariant {
    let found = this.#defaults.get(board);
    if (found === undefined) {
      const { variants } = this.board(board);
      const variant = variants.includes('') ? '' : (variants[0] ?? '');
      found = { variant, boardVariant: boardVariantOf(board, variant) };
      this.#defaults.set(board, found);
    }
    return found;
  }
}
