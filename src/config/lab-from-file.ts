import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { inOrder } from '../diagnostic/in-order.ts';
import { knownBoards, knownTentacles } from './bench.ts';
import { buildLab } from './build-lab.ts';
import { checkClashes } from './check-clashes.ts';
import { checkExpectations } from './check-expectations.ts';
import { checkHooks } from './check-hooks.ts';
import { checkLab } from './check-lab.ts';
import { checkRoles } from './check-roles.ts';
import { calledSpecs, checkSpecs } from './check-specs.ts';
import { checkUnused } from './check-unused.ts';
import { inherit, withParts, type Dropped } from './inherit.ts';
import { SPECS, STAGES } from './inherited-parts.ts';
import { nodeAt, type Located } from './located.ts';
import { noteOverrides } from './note-overrides.ts';
import { readPlans } from './open-plans.ts';
import { secretsOf, withoutTakenAway } from './overlay.ts';
import type { OpenPlan } from './plan-files.ts';
import { readWithOverlay } from './read-lab.ts';
import { replacedSources } from './replaced-sources.ts';
import type { LabRequest, LoadedLab } from './request.ts';
import { knownFeatures, knownTags, secretsFor, secretsGiven, usedSecrets } from './scope.ts';
import { validate } from './validate.ts';
import type { WrittenLab } from './written-lab.ts';

/** Reads a lab file, its overlay and its plans, checks them, and makes the lab of them. */
export async function labFromFile(file: string, request: LabRequest): Promise<LoadedLab> {
  const { env } = request;
  const written = await readWithOverlay(file);
  if (written.root === undefined) return { ok: false, faults: written.faults };
  const { root, base, overlay } = written;
  const found: Diagnostic[] = [...written.faults];
  const { faults, value } = await validate('lab', withWholeOverrides(root));
  found.push(...faults);

  const replaced = replacedSources(root, request);
  const layers = [base, overlay].filter((layer) => layer !== undefined);
  const { plans, dropped, faults: planFaults } = await openPlans(root, layers, env);
  found.push(...replaced.faults, ...planFaults);

  const boards = knownBoards([...plans.map((plan) => plan.root), root]);
  const tentacles = knownTentacles(root, boards);
  const sourceNames = new Set([...replaced.sources.map(({ name }) => name), ...namesOf(root, 'sources')]);
  const secrets = secretsFor(usedSecrets(plans, root), secretsOf(overlay), env);
  const features = knownFeatures(boards, tentacles);
  const isSet = (name: string): boolean =>
    name.startsWith('env.') ? env[name.slice(4)] !== undefined : Object.hasOwn(secrets, name.slice(7));
  const specs = checkSpecs({
    plans,
    tentacles,
    sources: sourceNames,
    tags: knownTags(tentacles),
    features,
    isSet,
    dropped: new Map(
      dropped.flatMap(({ word, name, by }) => (word === 'stage' ? [[name, by] as const] : [])),
    ),
  });
  const expectable = { boards, specs: calledSpecs(plans), today: new Date() };
  found.push(
    ...checkLab({
      root,
      boards,
      tentacles,
      env,
      replaced: new Set(replaced.sources.map(({ name }) => name)),
    }),
    ...checkClashes(root, plans),
    ...specs,
    ...checkHooks(root, isSet),
    ...checkExpectations(root, expectable),
    ...plans.flatMap((plan) => checkExpectations(plan.root, { ...expectable, specs: calledSpecs([plan]) })),
  );
  const told = inOrder(noteOverrides(found, plans), file);
  if (told.some(({ severity }) => severity === 'error')) return { ok: false, faults: told };

  const lab = buildLab({ file, root, value, plans, env, sources: replaced.sources });
  const overlayFile = overlay?.spot.source.file;
  const made: WrittenLab = {
    file: { root, value, ...(overlayFile === undefined ? {} : { overlay: overlayFile }) },
    plans,
    dropped,
    sourcesGiven: new Set(replaced.sources.map(({ name }) => name)),
    secretsGiven: secretsGiven(secrets, env),
  };
  return {
    ok: true,
    lab,
    secrets,
    warnings: told,
    advice: () =>
      inOrder(
        [...checkUnused({ root, plans, tentacles }), ...checkRoles({ plans, tentacles, features })],
        file,
      ),
    written: made,
  };
}

/** The plans that the lab names and those that they extend, with all overrides laid over their specs and stages. */
async function openPlans(
  root: Located,
  layers: readonly Located[],
  env: NodeJS.ProcessEnv,
): Promise<{ plans: OpenPlan[]; dropped: readonly Dropped[]; faults: Diagnostic[] }> {
  const read = await readPlans(root, env);
  const specs = inherit(SPECS, read, layers);
  const stages = inherit(STAGES, read, layers);
  const faults = [...read.faults, ...specs.faults, ...stages.faults];
  const plans: OpenPlan[] = [];
  for (const plan of read.all) {
    const own = withParts(SPECS, plan.written, specs.byPlan.get(plan) ?? []);
    const whole = withParts(STAGES, own, stages.byPlan.get(plan) ?? []);
    const { value, faults: inPlan } = await validate('plan', whole);
    faults.push(...inPlan);
    plans.push({ ...plan, root: whole, value });
  }
  return { plans, dropped: [...specs.dropped, ...stages.dropped], faults };
}

/** In an override, a key without a value takes away what the plan says; the schema need not know. */
function withWholeOverrides(root: Located): Located {
  if (root.kind !== 'map') return root;
  const entries = new Map(root.entries);
  for (const { section } of [SPECS, STAGES]) {
    const own = entries.get(section);
    if (own !== undefined) entries.set(section, { ...own, value: withoutTakenAway(own.value) });
  }
  return { ...root, entries };
}

function namesOf(root: Located, key: string): string[] {
  const node = nodeAt(root, key);
  return node?.kind === 'map' ? [...node.entries.keys()] : [];
}
