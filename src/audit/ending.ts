import type { Ms, TentacleId } from '../model/ids.ts';
import type { Cause } from '../model/verdict.ts';

/**
 * How the test phase of a run, or what should have led to it, came to its end.
 *
 *     not reached ─┬─ precondition-missing · phase-failed · spawn-failed · shortage
 *     reached ─────┼─ exited (by itself) · finished (nothing to exit: `results: repl`)
 *                  └─ cut off: timeout · silence · lost-tentacle · disk · interrupted
 */
export type Ending =
  /** The test process ended by itself; one of the two is null. */
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: string | null }
  /** All tests of a `results: repl` run were carried out. */
  | { readonly kind: 'finished' }
  /** The spec's `timeout` passed, and we ended it. */
  | { readonly kind: 'timeout'; readonly limitMs: Ms; readonly lastLine?: string }
  /** The spec's `silence` passed without output, and we ended it. */
  | { readonly kind: 'silence'; readonly limitMs: Ms; readonly lastLine?: string }
  /** The test process could not be started; the message is the operating system's. */
  | { readonly kind: 'spawn-failed'; readonly program: string; readonly message: string }
  /** The system had nothing left to go on with; the message says what, and what to do. */
  | { readonly kind: 'shortage'; readonly message: string }
  /** A tentacle's port went away, or never came. */
  | { readonly kind: 'lost-tentacle'; readonly tentacle: TentacleId; readonly evidence: string }
  /** What the spec needs is not there: the run is skipped. */
  | { readonly kind: 'precondition-missing'; readonly reason: string }
  /** A phase before the test failed on the bench's side. */
  | {
      readonly kind: 'phase-failed';
      readonly cause: Extract<
        Cause,
        | 'timeout'
        | 'wrong-board'
        | 'wrong-firmware'
        | 'flash-failed'
        | 'no-repl'
        | 'build-failed'
        | 'stage-failed'
        | 'stage-died'
        | 'internal'
      >;
      readonly reason: string;
      readonly evidence?: string;
    }
  /** Output or results could not be written. */
  | { readonly kind: 'disk'; readonly message: string }
  /** The session was told to stop while this ran. */
  | { readonly kind: 'interrupted'; readonly during: string };
