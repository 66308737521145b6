import type { Cause, Outcome, TestCounts, TestResult, Verdict } from '../model/verdict.ts';
import type { BoardVariant, Ms, OrderId, RoleName, RunId, SpecName, TentacleId } from '../model/ids.ts';
import type { Reproduce } from '../event/event.ts';

/** A test inside a run that did not do as expected. */
export type NamedTest = Pick<TestResult, 'path' | 'verdict' | 'reason' | 'exceptionClass'>;

/** A test that was not run, or failed as an expectation says: no reason to worry, but a report tells why. */
export interface TestNote {
  readonly path: string;
  readonly order: OrderId;
  readonly reason: string;
}

/** Where a run took place. */
interface RunPlace {
  readonly role: RoleName;
  readonly tentacle: TentacleId;
  readonly boardVariant: BoardVariant;
}

/** A run that decided its order's verdict, with what a person wants to know of it. */
export interface FinishedRun extends Outcome {
  readonly order: OrderId;
  readonly run: RunId;
  readonly spec: SpecName;
  readonly label: string;
  readonly attempt: number;
  readonly bindings: readonly RunPlace[];
  readonly tests: TestCounts;
  /** Tests that failed and should not have, in the order in which they finished. */
  readonly failed: readonly NamedTest[];
  /** Tests that passed and should not have. */
  readonly unexpectedPasses: readonly NamedTest[];
  readonly durationMs: Ms;
  readonly reproduce?: Reproduce;
}

/** A run whose order has to be looked at: the facts that the end of a session prints. */
export type FailedRun = FinishedRun & { readonly verdict: 'fail' | 'error' };

/** An order that was not carried out, and why. */
export interface LeftOrder {
  readonly order: OrderId;
  readonly cause: Cause;
  readonly reason: string;
}

/** One of several attempts at an order. */
export interface ToldAttempt {
  readonly run: RunId;
  readonly verdict: Verdict;
  readonly cause?: Cause;
  readonly reason?: string;
  readonly tentacles: readonly TentacleId[];
}

/** An order that passed only after it had not. */
export interface FlakyOrder {
  readonly order: OrderId;
  /** All attempts, the last one being the one that counts. */
  readonly attempts: readonly ToldAttempt[];
}

/** An order that failed, and that somebody who watched asked to see once more. It stays failed. */
export interface RetriedOrder {
  readonly order: OrderId;
  /** The attempt that counts, then those that were asked for. */
  readonly attempts: readonly ToldAttempt[];
  /** Whether the last of these passed. */
  readonly passed: boolean;
}

/** The accounting line: `planned` is the sum of all others when `balanced`. */
export interface Balance {
  readonly planned: number;
  readonly pass: number;
  /** Failed, expected or not. */
  readonly fail: number;
  /** How many of `fail` and `error` were expected. */
  readonly expectedFail: number;
  readonly error: number;
  readonly skip: number;
  readonly unschedulable: number;
  readonly notRun: number;
  readonly running: number;
  /** Neither settled, nor running, nor said to be not run. */
  readonly todo: number;
  readonly balanced: boolean;
}
