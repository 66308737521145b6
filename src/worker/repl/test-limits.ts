import type { Ms } from '../../model/ids.ts';
import type { ReplRun } from './repl-run.ts';

/** How long one test may take, where the spec says nothing: upstream's own limit. */
const TEST_MS = 30_000;

/** More than this from one test is not held: it prints without end. */
export const MOST_OUTPUT = 4 * 1024 * 1024;

/** How long one test may take, by the variable that upstream's runners know, and how long it may print nothing. */
export function testLimits({ context, templates }: ReplRun): { testMs: Ms; silenceMs: Ms | undefined } {
  const { spec } = context.job;
  const seconds = Number(templates.env['MICROPY_TEST_TIMEOUT']);
  const testMs = seconds > 0 ? seconds * 1000 : TEST_MS;
  return { testMs: Math.min(testMs, spec.timeoutMs), silenceMs: spec.silenceMs };
}
