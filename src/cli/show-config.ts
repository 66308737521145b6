import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EffectiveDocument } from '../config/effective-document.ts';
import type { Effective, ShownPart } from '../config/effective.ts';
import type { Lab } from '../model/lab.ts';
import { UsageFault, type Io, type Values } from './command.ts';
import type { OpenLab } from './lab.ts';
import type { selectionOptions } from './options.ts';

type Narrowing = Pick<Values<typeof selectionOptions>, 'only' | 'skip'>;

/** The effective configuration of a lab, or of the part that is selected, as JSON; secrets masked. */
export async function shownDocument(open: OpenLab, given: Narrowing): Promise<EffectiveDocument> {
  const { effectiveDocument } = await import('../config/effective-document.ts');
  return effectiveDocument(await effective(open, given));
}

/** The same as YAML for people, a line each, with where each value comes from. */
export async function shownLines(open: OpenLab, given: Narrowing, io: Io): Promise<string[]> {
  const [{ configYaml }, { paintFor }] = await Promise.all([
    import('../render/config-yaml.ts'),
    import('./screen.ts'),
  ]);
  const view = {
    paint: await paintFor(io.stdout, io),
    cwd: io.cwd,
    home: path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url)))),
    ...(io.stdout.isTTY === true && io.stdout.columns !== undefined ? { columns: io.stdout.columns } : {}),
  };
  return configYaml(await effective(open, given), view);
}

async function effective(open: OpenLab, given: Narrowing): Promise<Effective> {
  const [{ effectiveOf }, { withTexts }, { Masker }] = await Promise.all([
    import('../config/effective.ts'),
    import('../config/shown.ts'),
    import('../log/mask.ts'),
  ]);
  const whole = await effectiveOf(open.lab, open.written, await partOf(open.lab, given));
  const masker = new Masker(open.secrets);
  return { ...whole, config: withTexts(whole.config, (text) => masker.text(text)) };
}

/** What `--only` and `--skip` leave: specs that give orders, and the tentacles that cover them. */
async function partOf(lab: Lab, { only, skip }: Narrowing): Promise<ShownPart> {
  if (only.length === 0 && skip.length === 0)
    return { specs: lab.specs, tentacles: lab.tentacles, selected: false };
  const [{ parseSelection }, { planOrders }] = await Promise.all([
    import('../plan/select.ts'),
    import('../plan/plan-orders.ts'),
  ]);
  const answer = parseSelection({ only, skip, tests: [] }, lab);
  if (!answer.ok) throw new UsageFault(answer.faults.join('\n  '));
  const { cursors } = planOrders(lab, { selection: answer.selection });
  const specs = new Set(cursors.map(({ spec }) => spec.name));
  const covering = new Set(cursors.flatMap((cursor) => cursor.covering.map(({ id }) => id)));
  return {
    specs: lab.specs.filter(({ name }) => specs.has(name)),
    tentacles: lab.tentacles.filter(({ id }) => covering.has(id)),
    selected: true,
  };
}
