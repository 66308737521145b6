import type { Ms } from './ids.ts';

/** How an order, a run or a test ended. A run or test is never `unschedulable`; a test is never `not-run`. */
export type Verdict = 'pass' | 'fail' | 'error' | 'skip' | 'unschedulable' | 'not-run';

/** Whose fault a verdict other than pass is. */
export type Blame = 'test' | 'build' | 'lab';

/** What a verdict other than pass came from; an open list in the log, closed here so that nobody misspells one. */
export type Cause =
  /** The test phase, or another phase, took longer than its limit. */
  | 'timeout'
  /** No output for the spec's `silence`. */
  | 'silence'
  /** The test process was ended by a signal that was not ours. */
  | 'signal'
  /** The test process ended with a code that is not 0. */
  | 'exit-code'
  /** At least one test inside the run failed. */
  | 'tests-failed'
  /** No test ran, and the spec does not say `allow-empty`. */
  | 'no-tests'
  /** The results that the test process should have left are missing, stale, malformed or incomplete. */
  | 'bad-results'
  /** The test reported an error outside of its tests, on its event channel. */
  | 'error-event'
  /** The test process could not be started. */
  | 'spawn-failed'
  /** The system had no more processes, open files or memory to start it with. Offered again as if it had not been tried. */
  | 'shortage'
  /** The tentacle's port went away, or never came. */
  | 'lost-tentacle'
  /** The board on the port is not the one that the lab file promises. */
  | 'wrong-board'
  /** The board says that it runs other firmware than what was flashed. */
  | 'wrong-firmware'
  /** Firmware could not be put on the board. */
  | 'flash-failed'
  /** The board does not answer on its REPL. */
  | 'no-repl'
  /** Firmware could not be built. */
  | 'build-failed'
  /** What the spec needs is not there. */
  | 'precondition'
  /** The worker process died while it carried out the run. */
  | 'worker-died'
  /** The stage that it was started from died in the middle of the run. */
  | 'stage-died'
  /** The stage that it is to be started from does not get ready. */
  | 'stage-failed'
  /** The session was told to stop. */
  | 'interrupted'
  /** A test asked to stop everything. */
  | 'bail'
  /** `--fail-fast`. */
  | 'fail-fast'
  /** Results could not be written. */
  | 'disk'
  /** No tentacle of the bench can, or may, take the order. */
  | 'no-tentacle'
  /** No partner of the bench can, or may, take the other role. */
  | 'no-partner'
  /** The lab has less of a resource than the spec takes. */
  | 'no-resource'
  /** A bug of ours. */
  | 'internal';

/** How a run ended, and why. */
export interface Outcome {
  readonly verdict: 'pass' | 'fail' | 'error' | 'skip';
  /** True for pass and skip, and for a fail that expectations excuse. */
  readonly expected: boolean;
  readonly cause?: Cause;
  readonly blame?: Blame;
  /** One sentence for a person; a skip always has one. */
  readonly reason?: string;
  /** The line that proves it, as it was seen. */
  readonly evidence?: string;
}

/** Counts of tests inside runs, by verdict; `expectedFail` ones are not in `fail`, `unexpectedPass` ones are in `pass` too. */
export interface TestCounts {
  readonly pass: number;
  readonly fail: number;
  readonly error: number;
  readonly skip: number;
  readonly expectedFail: number;
  readonly unexpectedPass: number;
}

/** One named check inside a run, judged. */
export interface TestResult {
  readonly path: string;
  readonly verdict: 'pass' | 'fail' | 'error' | 'skip';
  readonly expected: boolean;
  readonly durationMs?: Ms;
  /** Why it was skipped, how it failed, or which expectation excuses it. */
  readonly reason?: string;
  /** `AssertionError`, where one is known. */
  readonly exceptionClass?: string;
}

/** Where the time of a run went; a step that was not reached, or that nothing was seen of, is absent. */
export interface RunTimes {
  readonly powerMs?: Ms;
  readonly flashMs?: Ms;
  readonly verifyMs?: Ms;
  readonly setupMs?: Ms;
  /** From the beginning of the test phase to its first output. */
  readonly firstOutputMs?: Ms;
  readonly testMs?: Ms;
  /** From the end of the test process to the verdict, without teardown. */
  readonly auditMs?: Ms;
  readonly teardownMs?: Ms;
}
