import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RunTimes } from '../model/verdict.ts';

/** Where the time of a run went, from its `result.json`; undefined where there is none that can be read. */
export function runTimes(directory: string): RunTimes | undefined {
  try {
    const result = JSON.parse(readFileSync(path.join(directory, 'result.json'), 'utf8')) as {
      readonly times?: RunTimes;
    };
    return result.times;
  } catch {
    // A run whose worker died has none, and one that goes on has none yet.
    return undefined;
  }
}
