import { existsSync, globSync } from 'node:fs';
import path from 'node:path';
import { readEvents } from '../../src/log/read-events.ts';
import type { TestbedEvent } from '../../src/event/event.ts';
import { Overlord } from '../../src/overlord/overlord.ts';

/**
 * Folds every session that was recorded below a directory, and throws when at any event the counters' sum is not the plan, F falls,
 * or something is told of a run that is finished. Logs that a test made unreadable are passed over.
 */
export function checkLogs(directory: string): void {
  for (const file of globSync('**/events.jsonl', { cwd: directory })) {
    const log = path.join(directory, file);
    if (existsSync(log)) checkLog(log);
  }
}

function checkLog(file: string): void {
  const overlord = new Overlord();
  let failed = 0;
  const over = new Set<string>();
  for (const { event, line } of readEvents(file).records(() => true)) {
    if (event === undefined) continue;
    overlord.apply(event);
    const { P, F, A, R, T } = overlord.counters;
    const planned = overlord.balance.planned;
    if (P + F + A + R + T !== planned || Math.min(P, F, A, R, T) < 0)
      throw new Error(`${file}: ${[P, F, A, R, T].join('+')} is not ${planned} after ${line}`);
    if (F < failed) throw new Error(`${file}: F fell from ${failed} to ${F} with ${line}`);
    failed = F;
    checkRun(event, over, file);
  }
}

/** `over`: the runs that are finished; one that was no attempt may begin again. That an order is offered again is no event of its run. */
function checkRun(event: TestbedEvent, over: Set<string>, file: string): void {
  const { run, type } = event;
  if (run === undefined || type === 'run-retried') return;
  if (type === 'run-started') over.delete(run);
  else if (over.has(run)) throw new Error(`${file}: ${type} of ${run}, which was finished before`);
  if (type === 'run-finished') over.add(run);
}
