import type { TestbedEvent } from '../event/event.ts';
import type { RunId, TentacleId } from '../model/ids.ts';

/** A tentacle that somebody looks at, since when (epoch ms by the clock of its session), after which run. */
export interface KeptNow {
  readonly tentacle: TentacleId;
  readonly run: RunId;
  readonly since: number;
  /** Null: its board has no power. */
  readonly port: string | null;
}

/** The types that it is made from. */
export const KEPT_TYPES = [
  'tentacle-kept',
  'tentacle-let-go',
] as const satisfies readonly TestbedEvent['type'][];

/** Folds the events of a session into the tentacles that are held by hand at their end. */
export class TentaclesKept {
  readonly #kept = new Map<TentacleId, KeptNow>();

  get tentacles(): readonly KeptNow[] {
    return [...this.#kept.values()];
  }

  apply(event: TestbedEvent): void {
    if (event.type === 'tentacle-kept') {
      const { tentacle, after: run, port = null, at = 0 } = event;
      this.#kept.set(tentacle, { tentacle, run, since: at, port });
    } else if (event.type === 'tentacle-let-go') this.#kept.delete(event.tentacle);
    // Whoever held them is gone.
    else if (event.type === 'session-resumed') this.#kept.clear();
  }
}
