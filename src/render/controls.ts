import type { RunId } from '../model/ids.ts';

/**
 * What a person who watches a session can do about it; each takes effect at once, and the session goes on by itself. What is
 * absent can not be done, and has no key.
 */
export interface SessionControls {
  /** Serves nothing more until `resume`; what runs goes on. */
  pause(): void;
  resume(): void;
  /** Ends this run as Ctrl-C would; its order is told as not run. */
  stopRun(run: RunId): void;
  /** What runs comes to its end, and the session with it; the rest is told as not run, for `--resume`. */
  finish(): void;
}
