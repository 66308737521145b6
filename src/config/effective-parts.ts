import { shownEntry, type OriginOf } from './as-written.ts';
import type { Hook } from '../model/hook.ts';
import type { Board, Tentacle } from '../model/lab.ts';
import type { TestRunSpec } from '../model/plan.ts';
import type { StageSpec } from '../model/stage.ts';
import { formatDuration } from './duration.ts';
import { entryOf, itemsAt, nodeAt, type Located, type LocatedEntry } from './located.ts';
import type { OpenPlan } from './plan-files.ts';
import { readSchema, schemaOfKey, type JsonSchema } from './schema.ts';
import { DEFAULT, shownAs, shownPlain, type Origin, type Shown, type ShownMap } from './shown.ts';
import { toPlain } from './to-plain.ts';

/** A spec as it is in this lab. */
export function specShown(spec: TestRunSpec, plans: readonly OpenPlan[], originOf: OriginOf): Shown {
  const entry = plans
    .filter(({ file }) => file === spec.file)
    .map(({ root }) => entryOf(nodeAt(root, 'specs'), spec.name))
    .find((found) => found !== undefined);
  const shown = partShown(entry, 'spec', originOf, {
    cover: spec.cover,
    priority: spec.priority,
    grace: formatDuration(spec.graceMs),
    estimate: formatDuration(spec.estimateMs),
    retries: spec.retries,
    'retry-fails': spec.retryFails,
    isolated: spec.isolated,
    cwd: spec.cwd,
    'allow-empty': spec.allowEmpty,
  });
  return changed(shown, 'cwd', (cwd) => shownAs(cwd, spec.cwd));
}

/** A stage with what it leaves out. */
export function stageShown(stage: StageSpec, plans: readonly OpenPlan[], originOf: OriginOf): Shown {
  const entry = plans
    .filter(({ file }) => file === stage.file)
    .map(({ root }) => entryOf(nodeAt(root, 'stages'), stage.name))
    .find((found) => found !== undefined);
  const { cwd, limitMs } = stage;
  const shown = partShown(entry, 'stage', originOf, {
    ...(stage.kind === 'host' && stage.ready.kind === 'preload' ? { interpreter: stage.command[0] } : {}),
    ...(stage.kind === 'host' ? { restart: stage.restart, grace: formatDuration(stage.graceMs) } : {}),
    limit: formatDuration(limitMs),
    cwd,
  });
  return changed(shown, 'cwd', (own) => shownAs(own, cwd));
}

/** A hook with what it leaves out. */
export function hookShown(hook: Hook, lab: Located | undefined, originOf: OriginOf): Shown {
  const shown = partShown(entryOf(nodeAt(lab, 'hooks'), hook.name), 'hook', originOf, {
    timeout: formatDuration(hook.timeoutMs),
    cwd: hook.cwd,
  });
  return changed(shown, 'cwd', (own) => shownAs(own, hook.cwd));
}

/** A board with the limits that it leaves out. */
export function boardShown(entry: LocatedEntry | undefined, board: Board, originOf: OriginOf): Shown {
  const { port, mcu, driver, variants, features, perfbench, limits: ms } = board;
  const shown = partShown(entry, 'board', originOf, { port, mcu, driver, variants, features, perfbench });
  const limits = partShown(entryOf(entry?.value, 'limits'), 'limits', originOf, {
    power: formatDuration(ms.powerMs),
    flash: formatDuration(ms.flashMs),
    verify: formatDuration(ms.verifyMs),
    setup: formatDuration(ms.setupMs),
    teardown: formatDuration(ms.teardownMs),
  });
  return withValue(shown, 'limits', limits);
}

/** A tentacle with its board's features; the one of a lab of one comes from the command line. */
export function tentacleShown(
  entry: LocatedEntry | undefined,
  tentacle: Tentacle,
  { board, originOf }: { readonly board: LocatedEntry | undefined; readonly originOf: OriginOf },
): Shown {
  const { port } = tentacle;
  const given = new Map<string, Shown>([
    ['board', shownPlain(tentacle.board, { kind: 'command-line', option: '--board' })],
    ...(port === undefined
      ? []
      : [['port', shownPlain(port, { kind: 'command-line', option: '--port' })] as const]),
  ]);
  const shown: ShownMap =
    entry === undefined
      ? { kind: 'map', entries: given }
      : changed(partShown(entry, 'tentacle', originOf, {}), 'port', (own) => shownAs(own, port ?? ''));
  const features = tentacle.features.map((feature) =>
    shownPlain(feature, featureOrigin(feature, [entry?.value, board?.value], originOf)),
  );
  return withValue(shown, 'features', { kind: 'list', items: features });
}

function featureOrigin(
  feature: string,
  owners: readonly (Located | undefined)[],
  originOf: OriginOf,
): Origin {
  const item = owners
    .flatMap((owner) => itemsAt(owner, 'features'))
    .find((one) => one.kind === 'scalar' && one.text === feature);
  return item === undefined ? DEFAULT : originOf(item.spot);
}

/** The schema of a part of lab file or plan, with the document that it refers into. */
function schemaOf(part: Part): { readonly root: JsonSchema; readonly schema: JsonSchema } {
  const root = readSchema(part === 'tentacle' || part === 'hook' ? 'lab' : 'plan');
  const board = root.$defs?.['board'];
  const schema = part === 'limits' ? board && schemaOfKey(root, board, 'limits') : root.$defs?.[part];
  if (schema === undefined) throw new Error(`Internal error: expected a schema of ${part}, was none`);
  return { root, schema };
}

type Part = 'spec' | 'stage' | 'board' | 'limits' | 'tentacle' | 'hook';

/** What is written of a part and what is left out, in the order of the schema. */
function partShown(
  entry: LocatedEntry | undefined,
  part: Part,
  originOf: OriginOf,
  defaults: Readonly<Record<string, unknown>>,
): ShownMap {
  const { root, schema } = schemaOf(part);
  const entries = Object.keys(schema.properties ?? {}).flatMap((key): [string, Shown][] => {
    const written = entryOf(entry?.value, key);
    const plain = written && toPlain(written.value, schemaOfKey(root, schema, key), root);
    if (written !== undefined) return [[key, shownEntry(written, plain, originOf)]];
    return defaults[key] === undefined ? [] : [[key, shownPlain(defaults[key], DEFAULT)]];
  });
  return {
    kind: 'map',
    entries: new Map(entries),
    ...(entry === undefined ? {} : { origin: originOf(entry.keySpot) }),
  };
}

/** The map with one of its values changed. */
function changed(map: ShownMap, key: string, change: (value: Shown) => Shown): ShownMap {
  const value = map.entries.get(key);
  return value === undefined ? map : withValue(map, key, change(value));
}

/** The map with this value, in the key's place if it has one, else at the end. */
function withValue(map: ShownMap, key: string, value: Shown): ShownMap {
  return { ...map, entries: new Map([...map.entries, [key, value]]) };
}
