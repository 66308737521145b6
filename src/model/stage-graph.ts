import type { StageName } from './ids.ts';
import type { TestRunSpec } from './plan.ts';
import type { StageSpec } from './stage.ts';

/** The stages that specs start from, with all that these come after: each once, parents first. */
export function stagesOf(
  stages: readonly StageSpec[],
  specs: readonly Pick<TestRunSpec, 'stage'>[],
): StageSpec[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const found = new Set<StageSpec>();
  const add = (name: StageName): void => {
    const stage = byName.get(name);
    if (stage === undefined) throw new Error(`Internal error: expected a stage of the lab, was ${name}`);
    if (found.has(stage)) return;
    for (const parent of stage.after) add(parent);
    found.add(stage);
  };
  for (const { stage } of specs) if (stage !== undefined) add(stage);
  return [...found];
}

/** Every text of a stage in which a template may stand. */
export function textsOfStage(stage: StageSpec): string[] {
  const shared = [stage.cwd, ...Object.values(stage.env)];
  if (stage.kind === 'tentacle')
    return [...shared, ...stage.steps.flatMap((step) => (step.kind === 'command' ? step.command : []))];
  const { command, ready } = stage;
  const asked = ready.kind === 'port' ? [ready.port] : ready.kind === 'file' ? [ready.file] : [];
  return [...shared, ...command, ...asked, ...(ready.kind === 'command' ? ready.command : [])];
}
