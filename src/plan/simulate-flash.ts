import type { BoardVariant, Ms, TentacleId } from '../model/ids.ts';
import type { FlashPolicy } from '../model/job.ts';
import type { Board } from '../model/lab.ts';
import type { Binding } from '../model/order.ts';
import type { Bench } from './bench.ts';

/** What part of its limit a flash is taken to last: what a spec's `estimate` is of its `timeout`, when nobody says better. */
const PART_OF_LIMIT = 1 / 10;

/** How long a board takes to flash; 0 where nothing here can flash it. */
export function flashMsOf({ driver, programmer, limits }: Board, policy: FlashPolicy): Ms {
  const can = driver === 'virtual' || programmer !== undefined;
  return can && policy !== 'skip' ? Math.round(limits.flashMs * PART_OF_LIMIT) : 0;
}

/**
 * Which firmware is on whom as an evening goes on. In the beginning nothing is known, so the first run on a tentacle flashes;
 * after that a run flashes those of its tentacles that carry another board-variant, all at the same time.
 */
export class FlashClock {
  readonly #bench: Bench;
  readonly #policy: FlashPolicy;
  readonly #carries = new Map<TentacleId, BoardVariant>();

  constructor(bench: Bench, policy: FlashPolicy) {
    this.#bench = bench;
    this.#policy = policy;
  }

  /** How long a run flashes before its test; from now on its tentacles carry what it asks for. */
  flash(bindings: readonly Pick<Binding, 'tentacle' | 'board' | 'boardVariant'>[]): Ms {
    let longest = 0;
    for (const { tentacle, board, boardVariant } of bindings) {
      if (this.#policy !== 'force' && this.#carries.get(tentacle) === boardVariant) continue;
      this.#carries.set(tentacle, boardVariant);
      longest = Math.max(longest, flashMsOf(this.#bench.board(board), this.#policy));
    }
    return longest;
  }
}
