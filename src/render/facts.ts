import type { BoardVariant, Ms, TentacleId } from '../model/ids.ts';
import type { RunTimes, TestResult } from '../model/verdict.ts';
import { duration } from './text.ts';

/** Whether a verdict is one to look at: a fail or error that nothing excuses, or a pass that nobody expected. */
export function isBad({ expected }: { readonly expected: boolean }): boolean {
  return !expected;
}

/** The verdict as one word; two cases would be told wrongly by its name alone: `xpass`, `xfail`. */
export function wordOf({
  verdict,
  expected,
}: {
  readonly verdict: string;
  readonly expected: boolean;
}): string {
  if (verdict === 'pass' && !expected) return 'xpass';
  return (verdict === 'fail' || verdict === 'error') && expected ? `x${verdict}` : verdict;
}

/** Why a test ended as it did: its exception in front, unless the reason names that itself; empty when nobody knows. */
export function whyOf({
  exceptionClass = '',
  reason = '',
}: Pick<TestResult, 'reason' | 'exceptionClass'>): string {
  const named = reason.split(/[^\w.]+/).includes(exceptionClass);
  return [named ? '' : exceptionClass, reason].filter(Boolean).join(': ');
}

/** Where a run is carried out: `2731`, `2731 + v0`; nothing for host-only runs. */
export function tentaclesOf({
  bindings,
}: {
  readonly bindings?: readonly { readonly tentacle: TentacleId }[];
}): string {
  return (bindings ?? []).map(({ tentacle }) => tentacle).join(' + ');
}

/** The board-variants of a run, the covering one first; `host` for host-only runs. */
export function boardVariantsOf({
  bindings,
}: {
  readonly bindings?: readonly { readonly boardVariant: BoardVariant }[];
}): string {
  const names = (bindings ?? []).map(({ boardVariant }) => boardVariant);
  return names.length === 0 ? 'host' : names.join(' + ');
}

/** Where the time of a run went, step by step in their order; `first output` is a part of `test`. */
export function stepsOf(times: RunTimes = {}): [string, Ms][] {
  const steps: [string, Ms | undefined][] = [
    ['power', times.powerMs],
    ['flash', times.flashMs],
    ['verify', times.verifyMs],
    ['setup', times.setupMs],
    ['first output', times.firstOutputMs],
    ['test', times.testMs],
    ['audit', times.auditMs],
    ['teardown', times.teardownMs],
  ];
  return steps.filter((step): step is [string, Ms] => step[1] !== undefined);
}

/** `flash 3.2 s, test 12 s, first output 80 ms, audit 2 ms`; empty when nobody knows. */
export function timesText(times: RunTimes | undefined): string {
  return stepsOf(times)
    .map(([step, ms]) => `${step} ${stepDuration(ms)}`)
    .join(', ');
}

/** `4 ms`, `0.3 s`, `1:20`: steps are often shorter than what `duration` tells apart. */
export function stepDuration(ms: Ms): string {
  return ms < 100 ? `${ms} ms` : duration(ms);
}

/** What to type to look at a board that was left on for it. */
export function howToLook(port: string | null | undefined): string {
  return port === null || port === undefined ? 'its board has no power' : `mpremote connect ${port}`;
}
