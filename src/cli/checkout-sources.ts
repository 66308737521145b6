import type { SessionConfig } from '../log/session-config.ts';
import type { Lab, Source } from '../model/lab.ts';
import { textsOfSpec } from '../model/spec-texts.ts';
import type { OrderPlan } from '../plan/plan-orders.ts';
import { stagesOf, textsOfStage } from '../model/stage-graph.ts';
import { templateNames } from '../model/template.ts';
import { UsageFault, type Io } from './command.ts';

/** The sources that a session reads, by name: where they are, and at which commit. */
export type Sources = SessionConfig['sources'];

/**
 * The lab with a directory for every source that the plan's specs read, and those directories; a git spec is checked out for
 * it. What the plan does not read is left alone. `past`: where they stood when the session began that goes on now; one that
 * is not at that commit any more is a `UsageFault`. Undefined: a source could not be had, and was told.
 */
export async function checkoutSources(
  lab: Lab,
  plan: OrderPlan,
  io: Io,
  past: Sources = {},
): Promise<{ readonly lab: Lab; readonly sources: Sources } | undefined> {
  const stages = stagesOf(
    lab.stages,
    plan.cursors.map(({ spec }) => spec),
  );
  const read = new Set([
    ...plan.cursors.flatMap(({ spec }) => namesIn(textsOfSpec(spec))),
    ...stages.flatMap((stage) => namesIn(textsOfStage(stage))),
  ]);
  const needed = lab.sources.filter(({ name }) => read.has(`source.${name}`));
  if (needed.length === 0) return { lab, sources: {} };
  const { checkout, checkoutAgain } = await import('../source/checkout.ts');
  const sources: Record<string, Sources[string]> = {};
  for (const source of needed) {
    const before = past[source.name];
    const again = before === undefined ? undefined : await checkoutAgain(source, before, io.env);
    const answer =
      again ??
      (await checkout(source, {
        env: io.env,
        onProgress: (text) => io.stderr.write(`testbed: source ${source.name}: ${text}\n`),
      }));
    if (!answer.ok) {
      io.stderr.write(`testbed: source ${source.name}: ${answer.message}\n`);
      return undefined;
    }
    const { directory, commit } = answer;
    if (before !== undefined && before.commit !== commit) throw moved(source.name, before.commit, commit);
    sources[source.name] = commit === undefined ? { directory } : { directory, commit };
  }
  const specOf = ({ name, spec }: Source): string => sources[name]?.directory ?? spec;
  return {
    lab: { ...lab, sources: lab.sources.map((source) => ({ ...source, spec: specOf(source) })) },
    sources,
  };
}

function shortCommit(commit: string | undefined): string {
  return commit?.slice(0, 12) ?? 'no commit';
}

function moved(name: string, before: string | undefined, now: string | undefined): UsageFault {
  return new UsageFault(
    `source ${name} has moved since the session began: from ${shortCommit(before)} to ${shortCommit(now)}.`,
    'Put it back, or run what is missing in a new session: testbed run --rerun missed',
  );
}

function namesIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => templateNames(text).map(({ name }) => name));
}
