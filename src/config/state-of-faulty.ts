import { envFaults } from './check-lab.ts';
import { stateDirectoryOf } from './build-lab.ts';
import { nodeAt, textAt } from './located.ts';
import { readWithOverlay } from './read-lab.ts';

/** The state directory of a lab file that has faults; undefined when these keep anybody from telling. */
export async function stateOfFaulty(file: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { root } = await readWithOverlay(file);
  if (root === undefined) return undefined;
  const text = textAt(root, 'state');
  const wrong = nodeAt(root, 'state') !== undefined && text === undefined;
  return wrong || envFaults(text, env).length > 0 ? undefined : stateDirectoryOf(root, env);
}
