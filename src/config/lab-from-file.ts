import path from 'node:path';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Board, Lab, Source } from '../model/lab.ts';
import { knownBoards, knownTentacles } from './bench.ts';
import { buildBoard, buildTentacle, defaultStateDirectory } from './build-bench.ts';
import { buildExpectations, buildSpecs } from './build-specs.ts';
import { checkExpectations } from './check-expectations.ts';
import { checkLab, envFaults, plansNamed } from './check-lab.ts';
import { calledSpecs, checkSpecs } from './check-specs.ts';
import { absolute, expandEnv } from './env-text.ts';
import type { LabFile } from './lab.generated.ts';
import type { LabRequest, LoadedLab } from './load.ts';
import { nodeAt, textAt, type Located, type TextNode } from './located.ts';
import { layOver, OVERLAY_NAME, secretsOf, withoutSecrets } from './overlay.ts';
import { parseYaml } from './parse-yaml.ts';
import { CATALOGUE, openPlan, resolvePlan, type OpenPlan } from './plan-files.ts';
import { readText } from './read-file.ts';
import { replacedSources } from './replaced-sources.ts';
import { knownFeatures, knownTags, secretsFor, usedSecrets } from './scope.ts';
import { validate } from './validate.ts';

/** Reads a lab file, its overlay and its plans, checks them, and makes the lab of them. */
export async function labFromFile(file: string, request: LabRequest): Promise<LoadedLab> {
  const { env } = request;
  const written = await readWithOverlay(file);
  if (written.root === undefined) return { ok: false, faults: written.faults };
  const { root, overlay } = written;
  const found: Diagnostic[] = [...written.faults];
  const { faults, value } = await validate<LabFile>('lab', root);
  found.push(...faults);

  const replaced = replacedSources(root, request);
  const catalogue = await openPlan(CATALOGUE);
  const { plans, faults: planFaults } = await openPlans(root, env);
  found.push(...catalogue.faults, ...replaced.faults, ...planFaults);

  const boards = knownBoards([catalogue.plan?.root, ...plans.map((plan) => plan.root), root]);
  const tentacles = knownTentacles(root, boards);
  const sourceNames = new Set([...replaced.sources.map(({ name }) => name), ...namesOf(root, 'sources')]);
  const secrets = secretsFor(usedSecrets(plans), secretsOf(overlay), env);
  const specs = checkSpecs({
    plans,
    tentacles,
    sources: sourceNames,
    tags: knownTags(tentacles),
    features: knownFeatures(boards, tentacles),
    isSet: (name) => (name.startsWith('env.') ? env[name.slice(4)] !== undefined : Object.hasOwn(secrets, name.slice(7))),
  });
  const expectable = { boards, specs: calledSpecs(plans), today: new Date() };
  found.push(
    ...checkLab({ root, boards, tentacles, env, replaced: new Set(replaced.sources.map(({ name }) => name)) }),
    ...specs,
    ...checkExpectations(root, expectable),
    ...plans.flatMap((plan) => checkExpectations(plan.root, { ...expectable, specs: calledSpecs([plan]) })),
  );
  if (found.some(({ severity }) => severity === 'error')) return { ok: false, faults: inOrder(found) };

  const allPlans = [...(catalogue.plan === undefined ? [] : [catalogue.plan]), ...plans];
  const lab = build({ file, root, value, plans, env, boards: buildBoards(allPlans, value) });
  return {
    ok: true,
    lab: { ...lab, sources: mergeSources(lab.sources, replaced.sources) },
    secrets,
    warnings: inOrder(found),
  };
}

/** The lab file with the overlay laid over it. A syntax error in either leaves nothing to go on with. */
async function readWithOverlay(
  file: string,
): Promise<{ root?: Located; overlay?: Located; faults: readonly Diagnostic[] }> {
  const text = readText(file, 'lab file');
  if (!text.ok) return { faults: [text.fault] };
  const base = await parseYaml(text.source);
  const overFile = path.join(path.dirname(file), OVERLAY_NAME);
  const overText = overFile === file ? undefined : readText(overFile, 'overlay of the lab file');
  if (overText === undefined || (!overText.ok && overText.missing))
    return { ...(base.root === undefined ? {} : { root: base.root }), faults: base.faults };
  if (!overText.ok) return { faults: [...base.faults, overText.fault] };
  const over = await parseYaml(overText.source, withoutSecrets(overText.source));
  const faults = [...base.faults, ...over.faults];
  // An overlay of nothing but comments is a template that somebody has kept.
  const nothing = over.root === undefined && /^(\s*(#.*)?\n?)*$/.test(overText.source.text);
  if (base.root === undefined) return { faults: nothing ? base.faults : faults };
  if (nothing) return { root: base.root, faults: base.faults };
  if (over.root === undefined) return { faults };
  return { root: layOver(base.root, over.root), overlay: over.root, faults };
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

/** By name; a plan's board replaces the catalogue's, the lab's replaces both. */
function buildBoards(plans: readonly OpenPlan[], value: LabFile): Board[] {
  const written = new Map([...plans.map((plan) => plan.value.boards), value.boards].flatMap((boards) => Object.entries(boards ?? {})));
  return [...written].map(([name, board]) => buildBoard(name, board));
}

interface Buildable {
  readonly file: string;
  readonly root: Located;
  readonly value: LabFile;
  readonly plans: readonly OpenPlan[];
  readonly env: NodeJS.ProcessEnv;
  readonly boards: readonly Board[];
}

function build({ file, root, value, plans, env, boards }: Buildable): Lab {
  const directory = path.dirname(file);
  const tentacles = Object.entries(value.tentacles ?? {}).map(([id, tentacle]) => {
    const board = boards.find(({ name }) => name === tentacle.board);
    if (board === undefined) throw new Error(`Internal error: expected a board ${tentacle.board}, was none`);
    return buildTentacle(id, tentacle, { lab: value.lab, board });
  });
  const sources = Object.keys(value.sources ?? {}).flatMap((name): Source[] => {
    const text = textAt(root, 'sources', name);
    return text === undefined ? [] : [{ name, spec: absoluteSource(text, env) }];
  });
  const pythonText = textAt(root, 'python');
  const stateText = textAt(root, 'state');
  const python = pythonText === undefined ? 'python3' : expandEnv(pythonText.text, env);
  return {
    name: value.lab,
    file,
    directory,
    python: pythonText !== undefined && python.includes('/') ? absolute(python, pythonText) : python,
    ...(value.reference === undefined ? {} : { reference: value.reference }),
    ...(value.firmware === undefined ? {} : { firmware: value.firmware }),
    sources,
    boards,
    tentacles,
    specs: plans.flatMap((plan) => buildSpecs(plan)),
    expectations: [
      ...buildExpectations(value.expect, root, directory),
      ...plans.flatMap((plan) => buildExpectations(plan.value.expect, plan.root, directory)),
    ],
    stateDirectory: stateText === undefined ? defaultStateDirectory(env) : absolute(expandEnv(stateText.text, env), stateText),
  };
}

function absoluteSource(text: TextNode, env: NodeJS.ProcessEnv): string {
  const spec = expandEnv(text.text, env);
  return /^([/.]|~\/|~$)/.test(spec) ? absolute(spec, text) : spec;
}

function mergeSources(own: readonly Source[], replaced: readonly Source[]): Source[] {
  const merged = new Map([...own, ...replaced].map((source) => [source.name, source]));
  return [...merged.values()];
}

/** By file as they were read, then by place; what has no place goes first. */
function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const files = [...new Set(diagnostics.map(({ source }) => source?.file))];
  return diagnostics.toSorted(
    (a, b) =>
      files.indexOf(a.source?.file) - files.indexOf(b.source?.file) ||
      (a.range?.offset ?? -1) - (b.range?.offset ?? -1),
  );
}

