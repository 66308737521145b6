import path from 'node:path';
import { INTERPRETERS } from '../model/preload.ts';
import type { HostStage, Ready, StageSpec, StageStep } from '../model/stage.ts';
import { directoryOf } from './build-specs.ts';
import { durationOf } from './duration.ts';
import { textAt } from './located.ts';
import type { OpenPlan } from './plan-files.ts';
import type { Stage, Step } from './plan.generated.ts';

const LIMIT_MS = 30_000;
const GRACE_MS = 5000;

/** The stages of a plan without a fault, with everything that was left out filled in. */
export function buildStages({ value, root, file }: OpenPlan): StageSpec[] {
  return Object.entries(value.stages ?? {}).map(([name, stage]): StageSpec => {
    const cwd = textAt(root, 'stages', name, 'cwd');
    const base = {
      name,
      after: stage.after ?? [],
      env: { ...stage.env },
      cwd: cwd === undefined ? path.dirname(file) : directoryOf(cwd),
      limitMs: stage.limit === undefined ? LIMIT_MS : durationOf(stage.limit),
      file,
    };
    return stage.steps === undefined
      ? { kind: 'host', ...base, ...hostParts(name, stage) }
      : { kind: 'tentacle', ...base, steps: stage.steps.map(stepOf) };
  });
}

function hostParts(
  name: string,
  stage: Stage,
): Pick<HostStage, 'command' | 'ready' | 'restart' | 'reload' | 'graceMs'> {
  const { restart, reload, grace } = stage;
  return {
    ...commandOf(name, stage),
    restart: restart ?? 'always',
    reload: reload ?? [],
    graceMs: grace === undefined ? GRACE_MS : durationOf(grace),
  };
}

function commandOf(
  name: string,
  { command, ready, preload, imports, interpreter }: Stage,
): Pick<HostStage, 'command' | 'ready'> {
  if (preload !== undefined)
    return {
      command: [interpreter ?? INTERPRETERS[preload]],
      ready: { kind: 'preload', language: preload, imports: imports ?? [] },
    };
  if (command === undefined || ready === undefined)
    throw new Error(`Internal error: expected a checked host stage, was ${name}`);
  return { command, ready: readyOf(name, ready) };
}

function readyOf(name: string, { line, port, file, command }: NonNullable<Stage['ready']>): Ready {
  if (line !== undefined) return { kind: 'line', pattern: line };
  if (port !== undefined) return { kind: 'port', port };
  if (file !== undefined) return { kind: 'file', file };
  if (command !== undefined) return { kind: 'command', command };
  throw new Error(`Internal error: expected a checked "ready:", was one of ${name}`);
}

/** One word that ends in `.py` can not be meant as a program. */
const FILE = /^[^\s()=]+\.py$/;

function stepOf({ flash, exec, put, to, command }: Step): StageStep {
  if (flash !== undefined) return { kind: 'flash' };
  if (exec !== undefined)
    return FILE.test(exec) ? { kind: 'exec-file', file: exec } : { kind: 'exec', code: exec };
  if (put !== undefined) return { kind: 'put', files: put, to: to ?? '/' };
  return command === undefined ? { kind: 'power' } : { kind: 'command', command };
}
