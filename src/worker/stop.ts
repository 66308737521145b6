/** How urgently a run shall end. */
export type StopHow = 'soon' | 'now';

/**
 * What the dispatcher says about the current run while it goes on. Whether it is told to end only ever gets more urgent:
 *
 *     going ──soon──▶ soon ──now──▶ now
 *       └────────────now────────────┘
 */
export class StopControl {
  /** Somebody wants to look at its boards: they stay as it leaves them. */
  leaveOn = false;
  readonly #soon = new AbortController();
  readonly #now = new AbortController();

  /** Aborted at `soon` and at `now`: begin nothing new. */
  get soon(): AbortSignal {
    return this.#soon.signal;
  }

  /** Aborted at `now`: kill, and clean up only what is quick. */
  get now(): AbortSignal {
    return this.#now.signal;
  }

  get state(): 'going' | StopHow {
    return this.now.aborted ? 'now' : this.soon.aborted ? 'soon' : 'going';
  }

  stop(how: StopHow): void {
    this.#soon.abort();
    if (how === 'now') this.#now.abort();
  }
}
