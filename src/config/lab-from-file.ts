import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { knownBoards, knownTentacles } from './bench.ts';
import { buildLab } from './build-lab.ts';
import { checkExpectations } from './check-expectations.ts';
import { checkLab, envFaults, plansNamed } from './check-lab.ts';
import { calledSpecs, checkSpecs } from './check-specs.ts';
import { expandEnv } from './env-text.ts';
import { nodeAt, type Located, type TextNode } from './located.ts';
import { secretsOf } from './overlay.ts';
import { openPlan, resolvePlan, type OpenPlan } from './plan-files.ts';
import { readWithOverlay } from './read-lab.ts';
import { replacedSources } from './replaced-sources.ts';
import type { LabRequest, LoadedLab } from './request.ts';
import { knownFeatures, knownTags, secretsFor, usedSecrets } from './scope.ts';
import { validate } from './validate.ts';

/** Reads a lab file, its overlay and its plans, checks them, and makes the lab of them. */
export async function labFromFile(file: string, request: LabRequest): Promise<LoadedLab> {
  const { env } = request;
  const written = await readWithOverlay(file);
  if (written.root === undefined) return { ok: false, faults: written.faults };
  const { root, overlay } = written;
  const found: Diagnostic[] = [...written.faults];
  const { faults, value } = await validate('lab', root);
  found.push(...faults);

  const replaced = replacedSources(root, request);
  const { plans, faults: planFaults } = await openPlans(root, env);
  found.push(...replaced.faults, ...planFaults);

  const boards = knownBoards([...plans.map((plan) => plan.root), root]);
  const tentacles = knownTentacles(root, boards);
  const sourceNames = new Set([...replaced.sources.map(({ name }) => name), ...namesOf(root, 'sources')]);
  const secrets = secretsFor(usedSecrets(plans), secretsOf(overlay), env);
  const specs = checkSpecs({
    plans,
    tentacles,
    sources: sourceNames,
    tags: knownTags(tentacles),
    features: knownFeatures(boards, tentacles),
    isSet: (name) =>
      name.startsWith('env.') ? env[name.slice(4)] !== undefined : Object.hasOwn(secrets, name.slice(7)),
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
    ...specs,
    ...checkExpectations(root, expectable),
    ...plans.flatMap((plan) => checkExpectations(plan.root, { ...expectable, specs: calledSpecs([plan]) })),
  );
  if (found.some(({ severity }) => severity === 'error')) return { ok: false, faults: inOrder(found) };

  const lab = buildLab({ file, root, value, plans, env, sources: replaced.sources });
  return { ok: true, lab, secrets, warnings: inOrder(found) };
}

async function openPlans(root: Located, env: NodeJS.ProcessEnv) {
  const plans: OpenPlan[] = [];
  const faults: Diagnostic[] = [];
  const opened = new Map<string, TextNode>();
  for (const entry of plansNamed(root)) {
    faults.push(...envFaults(entry, env));
    const resolved = resolvePlan({ ...entry, text: expandEnv(entry.text, env) });
    if ('fault' in resolved) {
      if (envFaults(entry, env).length === 0) faults.push(resolved.fault);
      continue;
    }
    const first = opened.get(resolved.file);
    if (first !== undefined) {
      const also = [{ message: 'the first time', ...first.spot }];
      faults.push({ severity: 'error', message: 'this plan is named twice', ...entry.spot, also });
      continue;
    }
    opened.set(resolved.file, entry);
    const { plan, faults: inPlan } = await openPlan(resolved.file, entry.spot);
    faults.push(...inPlan);
    if (plan !== undefined) plans.push(plan);
  }
  return { plans, faults };
}

function namesOf(root: Located, key: string): string[] {
  const node = nodeAt(root, key);
  return node?.kind === 'map' ? [...node.entries.keys()] : [];
}

/** Each once, by file as they were read, then by place; what has no place goes first. */
function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const files = [...new Set(diagnostics.map(({ source }) => source?.file))];
  // An anchor's content is checked wherever an alias brings it.
  const unique = new Map(
    diagnostics.map((one) => [`${one.source?.file}:${one.range?.offset}:${one.message}`, one]),
  );
  return [...unique.values()].toSorted(
    (a, b) =>
      files.indexOf(a.source?.file) - files.indexOf(b.source?.file) ||
      (a.range?.offset ?? -1) - (b.range?.offset ?? -1),
  );
}
