import type { TestRunSpec } from './plan.ts';

/** Every text of a spec in which a template may stand. */
export function textsOfSpec({
  cwd,
  env,
  command = [],
  list = [],
  teardown = [],
  files = '',
}: Pick<TestRunSpec, 'cwd' | 'env' | 'command' | 'list' | 'teardown' | 'files'>): string[] {
  return [cwd, ...Object.values(env), ...command, ...list, ...teardown.flat(), files];
}
