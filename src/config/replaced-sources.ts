import { statSync } from 'node:fs';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Source } from '../model/lab.ts';
import { parseSourceSpec } from '../model/source-spec.ts';
import { absoluteFrom } from './env-text.ts';
import type { LabRequest } from './request.ts';
import { entriesAt, type Located } from './located.ts';
import { suggest } from '../util/suggest.ts';

/** What `--source` says, checked: of the lab file's sources, or of one that a plan needs and the lab file leaves open. */
export function replacedSources(
  root: Located | undefined,
  { cwd, sources = {} }: Pick<LabRequest, 'cwd' | 'sources'>,
): { readonly sources: readonly Source[]; readonly faults: readonly Diagnostic[] } {
  const own = entriesAt(root, 'sources').map(({ key }) => key);
  const found: Source[] = [];
  const faults: Diagnostic[] = [];
  const fault = (message: string, more: Partial<Diagnostic> = {}): void => {
    faults.push({ severity: 'error', message, ...more });
  };
  for (const [name, text] of Object.entries(sources)) {
    const parsed = parseSourceSpec(text);
    const near = own.includes(name) ? undefined : suggest(name, own);
    if (near !== undefined)
      fault(`--source ${name}: the lab has no source "${name}"`, { suggestion: `did you mean "${near}"?` });
    else if (!parsed.ok) fault(`--source ${name}=${text}: this is no source`, { expected: parsed.message });
    else if (parsed.spec.kind === 'git') found.push({ name, spec: text });
    else {
      const directory = absoluteFrom(parsed.spec.path, cwd);
      if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true)
        fault(`--source ${name}=${text}: there is no directory ${directory}`);
      found.push({ name, spec: directory });
    }
  }
  return { sources: found, faults };
}
