import path from 'node:path';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Located } from './located.ts';
import { layOver, OVERLAY_NAME, withoutSecrets } from './overlay.ts';
import { parseYaml } from './parse-yaml.ts';
import { isBlank, readText } from './read-file.ts';

/** The lab file with the overlay laid over it, and both as they stand. A syntax error in either leaves nothing to go on with. */
export async function readWithOverlay(
  file: string,
): Promise<{ root?: Located; base?: Located; overlay?: Located; faults: readonly Diagnostic[] }> {
  const text = readText(file, 'lab file');
  if (!text.ok) return { faults: [text.fault] };
  const base = await parseYaml(text.source);
  const overFile = path.join(path.dirname(file), OVERLAY_NAME);
  const overText = overFile === file ? undefined : readText(overFile, 'overlay of the lab file');
  if (overText === undefined || (!overText.ok && overText.missing))
    return { ...(base.root === undefined ? {} : { root: base.root, base: base.root }), faults: base.faults };
  if (!overText.ok) return { faults: [...base.faults, overText.fault] };
  const over = await parseYaml(overText.source, withoutSecrets(overText.source));
  const faults = [...base.faults, ...over.faults];
  // An overlay of nothing but comments is a template that somebody has kept.
  const nothing = over.root === undefined && isBlank(overText.source);
  if (base.root === undefined) return { faults: nothing ? base.faults : faults };
  if (nothing) return { root: base.root, base: base.root, faults: base.faults };
  if (over.root === undefined) return { faults };
  return { root: layOver(base.root, over.root), base: base.root, overlay: over.root, faults };
}
