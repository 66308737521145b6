import type { Ms } from '../model/ids.ts';
import type { Binding } from '../model/order.ts';
import type { BenchView, Prepared } from './bench-view.ts';
import type { Cast } from './casting.ts';
import type { Level } from './level.ts';
import type { Pull } from './pool.ts';

/** An order that could be served now, and on what; the covering tentacle first. */
export interface Choice extends Pull {
  readonly bindings: readonly Binding[];
  /** It might wait: for one of its partners the evening ends later, and another will be back. */
  readonly betterLater: boolean;
  /** What the covering tentacle has already. */
  readonly prepared: Prepared | undefined;
}

/** What the rule would have served, and what serving something else saves by estimates. */
export interface Instead {
  readonly of: string;
  readonly savedMs: Ms;
}

/** What is served next, of which level. */
export interface NextUp {
  readonly level: Level;
  readonly choice: Choice;
  readonly instead?: Instead;
}

/** An order on these tentacles, one for each role, the covering one first. */
export function bind(
  { pool, entry, which }: Pull,
  { tentacles, betterLater }: Cast,
  view: BenchView,
): Choice {
  const { cursor } = entry;
  const bindings = [cursor.role, ...cursor.partners].map((role, index) => {
    const tentacle = tentacles[index];
    if (role === undefined || tentacle === undefined)
      throw new Error(`Internal error: expected a tentacle for each role of ${cursor.stem}, was none`);
    const firmware =
      (index === 0 ? cursor.firmware : undefined) ?? view.context.bench.defaultVariant(tentacle.board);
    return {
      role: role.name,
      tentacle: tentacle.id,
      board: tentacle.board,
      variant: firmware.variant,
      boardVariant: firmware.boardVariant,
    };
  });
  const [covering] = tentacles;
  const prepared = covering === undefined ? undefined : view.preparedFor(entry, covering);
  return { pool, entry, which, bindings, betterLater, prepared };
}
