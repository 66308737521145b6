import type { Lab } from '../model/lab.ts';
import type { TestRunSpec } from '../model/plan.ts';
import type { OrderPlan } from '../plan/plan-orders.ts';
import { templateNames } from '../model/template.ts';
import type { Io } from './command.ts';

/**
 * The lab with a directory for every source that the plan's specs read; a git spec is checked out for it. What the plan
 * does not read is left alone. Undefined: a source could not be had, and was told.
 */
export async function checkoutSources(lab: Lab, plan: OrderPlan, io: Io): Promise<Lab | undefined> {
  const read = new Set(plan.cursors.flatMap(({ spec }) => namesIn(spec)));
  const needed = lab.sources.filter(({ name }) => read.has(`source.${name}`));
  if (needed.length === 0) return lab;
  const { checkout, cacheDirectory } = await import('../source/checkout.ts');
  const directories = new Map<string, string>();
  for (const source of needed) {
    const answer = await checkout(source, {
      cacheDirectory: cacheDirectory(io.env),
      onProgress: (text) => io.stderr.write(`testbed: source ${source.name}: ${text}\n`),
    });
    if (!answer.ok) {
      io.stderr.write(`testbed: source ${source.name}: ${answer.message}\n`);
      return undefined;
    }
    directories.set(source.name, answer.directory);
  }
  return {
    ...lab,
    sources: lab.sources.map((source) => ({ ...source, spec: directories.get(source.name) ?? source.spec })),
  };
}

function namesIn(spec: TestRunSpec): string[] {
  return [spec.cwd, ...Object.values(spec.env), ...(spec.list ?? []), ...(spec.command ?? [])].flatMap(
    (text) => templateNames(text).map(({ name }) => name),
  );
}
