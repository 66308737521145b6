import { globSync } from 'node:fs';
import type { Lab } from '../model/lab.ts';
import { expand, templateNames } from '../model/template.ts';
import type { OrderPlan } from '../plan/plan-orders.ts';
import { suggest } from '../util/suggest.ts';
import { UsageFault } from './command.ts';

/**
 * Throws `UsageFault` when `--test` leaves nothing of any spec to run: a typing error must not pass for a green session.
 * Specs that list their tests by a command, or whose directory is only known in a run, speak for themselves.
 */
export async function checkChosenTests(plan: OrderPlan, lab: Lab): Promise<void> {
  const globs = plan.selection.tests;
  if (globs.length === 0) return;
  const sources = Object.fromEntries(lab.sources.map(({ name, spec }) => [`source.${name}`, spec]));
  const known = (text: string): boolean =>
    templateNames(text).every(({ name }) => Object.hasOwn(sources, name));
  const all = new Set<string>();
  for (const { cwd, files, list } of new Set(plan.cursors.map(({ spec }) => spec))) {
    if (list !== undefined || (files !== undefined && !(known(cwd) && known(files)))) return;
    if (files === undefined) continue;
    for (const test of globSync(expand(files, sources), { cwd: expand(cwd, sources) })) all.add(test);
  }
  const { default: picomatch } = await import('picomatch');
  const matches = picomatch([...globs], { dot: true });
  if ([...all].some((test) => globs.includes(test) || matches(test))) return;
  const near = suggest(globs[0] ?? '', all);
  throw new UsageFault(
    `--test ${globs.join(' --test ')} matches none of the ${all.size} tests of what is selected.`,
    near === undefined
      ? 'A test is named by its path below the directory of its spec.'
      : `Did you mean "${near}"?`,
  );
}
