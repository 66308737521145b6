import type { Ms, StageName } from '../../model/ids.ts';

/** How long stages stay up that nobody needs, while no session is served. */
export class StageIdle {
  readonly #limitMs: Ms;
  readonly #on: {
    readonly lastUses: () => ReadonlyMap<StageName, number>;
    readonly end: (stage: StageName) => void;
  };
  #timer: NodeJS.Timeout | undefined;

  /** @param on when those that are up were last used, monotonic, and what is done to one that is idle for too long */
  constructor(
    limitMs: Ms,
    on: {
      readonly lastUses: () => ReadonlyMap<StageName, number>;
      readonly end: (stage: StageName) => void;
    },
  ) {
    this.#limitMs = limitMs;
    this.#on = on;
  }

  /** Whether what was last used then, monotonic, is to stay. */
  isWarm(lastUse: number): boolean {
    return performance.now() - lastUse < this.#limitMs;
  }

  /** Ends those that nobody uses, from now on. */
  watch(): void {
    this.rest();
    const uses = this.#on.lastUses();
    for (const [stage, lastUse] of uses) if (!this.isWarm(lastUse)) this.#on.end(stage);
    const warm = [...uses.values()].filter((lastUse) => this.isWarm(lastUse));
    if (warm.length === 0) return;
    const next = Math.min(...warm) + this.#limitMs - performance.now();
    this.#timer = setTimeout(() => this.watch(), Math.max(next, 1));
  }

  /** A session is served, and sees to it. */
  rest(): void {
    clearTimeout(this.#timer);
  }
}
