import { textsOfStage } from '../../model/stage-graph.ts';
import type { StageSpec } from '../../model/stage.ts';
import { expand, templateNames, templateVariables } from '../../model/template.ts';
import type { Lab } from '../../model/lab.ts';
import { signaturesOf } from './reload-watch.ts';

/** What all stages of a session are made from. */
export interface StageFacts {
  readonly lab: Lab;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** What `${…}` stands for in all stages of a session, before any of them is begun. */
export function stageVariables({ lab, env, secrets }: StageFacts): Readonly<Record<string, string>> {
  const sources = Object.fromEntries(lab.sources.map(({ name, spec }) => [name, spec]));
  return templateVariables({ lab: lab.name, python: lab.python, sources, env, secrets, roles: [] });
}

/** What decides which programs and modules a command finds, and what it makes of text and time. */
const DECIDING = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'LD_LIBRARY_PATH',
  'NODE_OPTIONS',
  'NODE_PATH',
  'PYTHONHOME',
  'PYTHONPATH',
  'TZ',
  'VIRTUAL_ENV',
] as const;

/**
 * What a stage is made from, for comparison only: it holds secrets. A stage with the same one in two sessions is the same:
 * its specification, what its templates stand for, the variables that decide what a command finds, and, for a board, the
 * files that are put there.
 *
 * @param variables what `${…}` stands for, as far as it is known before the stage is begun
 */
export async function fingerprintOf(
  stage: StageSpec,
  variables: Readonly<Record<string, string>>,
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<string> {
  const names = textsOfStage(stage).flatMap((text) => templateNames(text).map(({ name }) => name));
  const known = ['python', ...new Set(names)].map((name) => variables[name] ?? null);
  const found = DECIDING.map((name) => env[name] ?? null);
  return JSON.stringify([stage, known, found, await filesOf(stage, variables)]);
}

/** Another answer when a file was changed that a step puts on the board. */
async function filesOf(
  stage: StageSpec,
  variables: Readonly<Record<string, string>>,
): Promise<readonly (readonly string[])[]> {
  if (stage.kind === 'host') return [];
  const isKnown = templateNames(stage.cwd).every(({ name }) => Object.hasOwn(variables, name));
  if (!isKnown) return [];
  const globs = stage.steps.flatMap((step) =>
    step.kind === 'put' ? step.files : step.kind === 'exec-file' ? [step.file] : [],
  );
  return [...(await signaturesOf(globs, expand(stage.cwd, variables)))];
}
