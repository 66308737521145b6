import type { StageStopped, TestbedEvent } from '../event/event.ts';
import type { StageName, TentacleId } from '../model/ids.ts';

/**
 * How a stage is at the end of the events so far.
 *
 *     starting ─▶ up ─▶ reloading ─▶ starting
 *        └──▶ down ◀┘ ─▶ starting | given up         whoever nobody needs any more is not kept
 */
export type StageState = 'starting' | 'up' | 'reloading' | 'down' | 'given up';

/** A stage that somebody started; times are epoch ms by the clock of its session. */
export interface StageNow {
  readonly stage: StageName;
  /** Null: on the host. */
  readonly tentacle: TentacleId | null;
  readonly state: StageState;
  readonly since: number;
  /** Why it is not up, where that is known. */
  readonly reason: string | null;
}

/** Why it stopped says what it is now; undefined: nobody misses it. */
const AFTER: Readonly<Record<StageStopped['why'], StageState | undefined>> = {
  died: 'down',
  'not-ready': 'down',
  'given-up': 'given up',
  reload: 'reloading',
  idle: undefined,
  kept: undefined,
  parent: undefined,
  'asked-for': undefined,
  end: undefined,
};

/** Folds the events of a session into the stages that there are, in the order in which they were first started. */
export class StagesNow {
  readonly #stages = new Map<string, StageNow>();

  get stages(): readonly StageNow[] {
    return [...this.#stages.values()];
  }

  apply(event: TestbedEvent): void {
    // Whoever kept them is gone.
    if (event.type === 'session-resumed') return this.#stages.clear();
    const { stage, tentacle = null, at = 0 } = event;
    if (stage === undefined) return;
    const set = (state: StageState, reason: string | null = null): void => {
      this.#stages.set(`${stage} ${tentacle ?? ''}`, { stage, tentacle, state, since: at, reason });
    };
    if (event.type === 'stage-started' || event.type === 'stage-respawned') set('starting');
    else if (event.type === 'stage-ready') set('up');
    else if (event.type === 'stage-changed') set('reloading', `${event.path} has changed`);
    else if (event.type === 'stage-stopped') {
      const state = AFTER[event.why];
      if (state === undefined) this.#stages.delete(`${stage} ${tentacle ?? ''}`);
      else set(state, event.reason);
    }
  }
}

/** The types that it is made from. */
export const STAGE_TYPES = [
  'stage-started',
  'stage-respawned',
  'stage-ready',
  'stage-changed',
  'stage-stopped',
] as const satisfies readonly TestbedEvent['type'][];
