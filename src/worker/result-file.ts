import { join } from 'node:path';
import type { Judgement } from '../audit/judge.ts';
import type { Ms } from '../model/ids.ts';
import type { Reproduce, RunContext } from './context.ts';
import { writeWhole } from './disk.ts';

/** Raised when the meaning of a field changes. */
const RESULT_FORMAT = 1;

/** Writes `result.json`: what one run was, how it ended, and how to do it again by hand. Small, masked, whole. */
export function writeResult(
  context: RunContext,
  { outcome, counts, bail }: Judgement,
  durationMs: Ms,
  reproduce: Reproduce | undefined,
): void {
  const { run, bindings, directory } = context.job;
  const result = {
    format: RESULT_FORMAT,
    run: run.id,
    order: run.order,
    attempt: run.attempt,
    spec: run.spec,
    outcome,
    tests: counts,
    bail,
    startedAt: context.startedAt,
    durationMs,
    phases: context.phases,
    times: context.times.times(performance.now()),
    bindings: bindings.map(({ role, tentacle, boardVariant, firmware }) => ({
      role,
      tentacle: tentacle.id,
      boardVariant,
      firmware: firmware?.sha256,
      version: firmware?.version,
    })),
    reproduce,
  };
  writeWhole(join(directory, 'result.json'), `${JSON.stringify(result)}\n`);
}
