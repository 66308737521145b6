import type { Ms } from '../model/ids.ts';

/** How a bench outlives its sessions. */
export interface Residence {
  /** Absolute; below `stages/` in it lies what stages print. */
  readonly directory: string;
  /** A host stage that no run needed for so long is ended. */
  readonly stageIdleMs: Ms;
  /** Something went wrong in here while no session was served. */
  readonly onBug: (bug: unknown) => void;
}
