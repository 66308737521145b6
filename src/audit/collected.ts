import type { Ms } from '../model/ids.ts';
import type { Cause, Blame, TestResult } from '../model/verdict.ts';

/** Something about the results as a whole that makes a run that seemed to pass none. */
export interface Problem {
  /** `error`: the results can not be believed. `fail`: they can, and they are bad. */
  readonly verdict: 'fail' | 'error';
  readonly cause: Cause;
  readonly blame: Blame;
  readonly reason: string;
  readonly evidence?: string;
}

/** What a run's results say, before expectations and exit code are looked at. */
export interface Collected {
  readonly tests: readonly TestResult[];
  readonly problem?: Problem;
  /** A test asked that nothing more be served, and why. */
  readonly bail?: string;
  /** The whole run was skipped (`1..0 # SKIP why`). */
  readonly skipped?: string;
}

/** Results that can not be believed, and why. */
export function badResults(reason: string, evidence?: string): Collected {
  return {
    tests: [],
    problem: {
      verdict: 'error',
      cause: 'bad-results',
      blame: 'test',
      reason,
      ...(evidence === undefined ? {} : { evidence: cut(evidence, 200) }),
    },
  };
}

/** The text, or its beginning and `…`, as one line. */
export function cut(text: string, length: number): string {
  // A pattern for the blanks around a newline would take seconds for 64 KB of blanks, which a test may well print.
  const parts = text.split('\n').map((part) => part.trim());
  const line = parts.filter((part) => part !== '').join(' ');
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}

/** `1 test`, `2 tests`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Whether a test may have taken so many ms: what was said may be negative, or `1e999`. */
export function isDuration(ms: unknown): ms is Ms {
  return typeof ms === 'number' && Number.isFinite(ms) && ms >= 0;
}

/** File systems stamp with the kernel's coarse clock, which lags by up to a tick. */
const COARSE_CLOCK_MS = 50;

/** True when a file was last changed after the test process was started; both epoch ms. */
export function isFresh(modifiedAt: number, startedAt: number): boolean {
  return modifiedAt >= startedAt - COARSE_CLOCK_MS;
}
