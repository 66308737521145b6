import type { RunId, TentacleId } from '../model/ids.ts';

/**
 * What a person who watches a session can do about it; each takes effect at once, and the session goes on by itself. What is
 * absent can not be done, and has no key. What came of it is told as a note, or shows.
 */
export interface SessionControls {
  /** Serves nothing more until `resume`; what runs goes on. The two come together. */
  pause?(): void;
  resume?(): void;
  /** Ends this run as Ctrl-C would; its order is told as not run. */
  stopRun?(run: RunId): void;
  /** Tries all that failed so far once more, before all that waits; no counter changes by it. */
  retryFailed?(): void;
  /** The tentacles of this run stay with the session when it is over, to be looked at; once more: they do not. The two come together. */
  hold?(run: RunId): void;
  /** Such a tentacle is free again. */
  letGo?(tentacle: TentacleId): void;
  /** What runs comes to its end, and the session with it; the rest is told as not run, for `--resume`. */
  finish?(): void;
  /** Ends the watching; the session goes on. */
  leave?(): void;
}
