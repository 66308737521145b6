import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { LONGEST_DELAY_MS } from '../util/longest-delay.ts';
import { parseDuration } from './duration.ts';
import { diagnose } from './fault.ts';
import { textAt, type Located } from './located.ts';

/** Durations that may be nothing at all. */
const MAY_BE_ZERO = new Set(['grace', 'estimate']);

/** What is wrong with the durations under these keys, beyond how they are written. */
export function durationFaults(node: Located, keys: readonly string[]): Diagnostic[] {
  return keys.flatMap((key) => {
    const text = textAt(node, key);
    const ms = text && parseDuration(text.text);
    if (text === undefined || ms === undefined) return [];
    if (ms > LONGEST_DELAY_MS)
      return [diagnose(text.spot, text.via, { message: `"${key}" is at most 24 days` })];
    const zero = ms === 0 && !MAY_BE_ZERO.has(key);
    return zero ? [diagnose(text.spot, text.via, { message: `"${key}" of nothing lets nothing run` })] : [];
  });
}
