import os from 'node:os';
import path from 'node:path';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { parseYaml } from './parse-yaml.ts';
import { isBlank, readText } from './read-file.ts';
import type { UserFile } from './user.generated.ts';
import { validate } from './validate.ts';

export type ReadUser =
  | { readonly ok: true; readonly config: UserFile }
  | { readonly ok: false; readonly faults: readonly Diagnostic[] };

/** Where a user's configuration is, absolute. */
export function userConfigFile(env: NodeJS.ProcessEnv): string {
  const given = env['XDG_CONFIG_HOME'];
  // By the rule of XDG, what is not absolute counts as not set.
  const base =
    given !== undefined && path.isAbsolute(given) ? given : path.join(env['HOME'] ?? os.homedir(), '.config');
  return path.join(base, 'testbed', 'config.yaml');
}

/** Reads and checks a user's configuration; one that is not there says nothing. */
export async function readUser(file: string): Promise<ReadUser> {
  const text = readText(file, 'configuration');
  if (!text.ok) return text.missing ? { ok: true, config: {} } : { ok: false, faults: [text.fault] };
  if (isBlank(text.source)) return { ok: true, config: {} };
  const { root, faults } = await parseYaml(text.source);
  if (root === undefined) return { ok: false, faults };
  const { faults: found, value } = await validate('user', root);
  const all = [...faults, ...found];
  return all.length > 0 ? { ok: false, faults: all } : { ok: true, config: value };
}
