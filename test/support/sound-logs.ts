import { existsSync, globSync } from 'node:fs';
import path from 'node:path';
import { readEvents } from '../../src/log/read-events.ts';
import { Overlord } from '../../src/overlord/overlord.ts';

/**
 * Folds every session that was recorded below a directory, and throws when at any event the counters' sum is not the plan, or
 * F falls. Logs that a test made unreadable are passed over.
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
  for (const { event, line } of readEvents(file).records(() => true)) {
    if (event === undefined) continue;
    overlord.apply(event);
    const { P, F, A, R, T } = overlord.counters;
    const planned = overlord.balance.planned;
    if (P + F + A + R + T !== planned || Math.min(P, F, A, R, T) < 0)
      throw new Error(`${file}: ${[P, F, A, R, T].join('+')} is not ${planned} after ${line}`);
    if (F < failed) throw new Error(`${file}: F fell from ${failed} to ${F} with ${line}`);
    failed = F;
  }
}
