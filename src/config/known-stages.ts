import { valuesOf } from '../model/stage.ts';
import { entriesAt, itemsAt, nodeAt, textAt, type LocatedEntry } from './located.ts';
import type { OpenPlan } from './plan-files.ts';

/** A stage of a lab's plans, whether or not it has a fault. */
export interface KnownStage {
  readonly kind: 'host' | 'tentacle';
  readonly entry: LocatedEntry;
  readonly plan: OpenPlan;
  /** What stands in `after:`, in its order. */
  readonly after: readonly string[];
}

/** The stages of all plans, by name; of two with one name, the first. */
export function knownStages(plans: readonly OpenPlan[]): ReadonlyMap<string, KnownStage> {
  const stages = new Map<string, KnownStage>();
  for (const plan of plans)
    for (const entry of entriesAt(plan.root, 'stages')) {
      if (stages.has(entry.key)) continue;
      const after = itemsAt(entry.value, 'after').flatMap((item) =>
        item.kind === 'scalar' ? [item.text] : [],
      );
      const kind = nodeAt(entry.value, 'steps') === undefined ? 'host' : 'tentacle';
      stages.set(entry.key, { kind, entry, plan, after });
    }
  return stages;
}

/** The stage and all that it comes after, directly or not; unknown names and circles are told elsewhere. */
export function withParents(name: string, stages: ReadonlyMap<string, KnownStage>): KnownStage[] {
  const found = new Map<string, KnownStage>();
  const walk = (each: string): void => {
    const stage = stages.get(each);
    if (stage === undefined || found.has(each)) return;
    found.set(each, stage);
    for (const parent of stage.after) walk(parent);
  };
  walk(name);
  return [...found.values()];
}

/** What the host stages among these hand out: the last words of `${stage.NAME.KEY}`, by name. */
export function stageKeys(stages: readonly KnownStage[]): ReadonlyMap<string, readonly string[]> {
  const host = stages.filter(({ kind }) => kind === 'host');
  return new Map(host.map(({ entry }) => [entry.key, keysOf(entry)]));
}

function keysOf({ value }: LocatedEntry): string[] {
  const line = textAt(value, 'ready', 'line');
  if (line !== undefined) return valuesOf({ ready: { kind: 'line', pattern: line.text } });
  const port = textAt(value, 'ready', 'port');
  return valuesOf({
    ready: port === undefined ? { kind: 'file', file: '' } : { kind: 'port', port: port.text },
  });
}
