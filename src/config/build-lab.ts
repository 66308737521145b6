import path from 'node:path';
import type { Board, Lab, Source } from '../model/lab.ts';
import { buildBoard, buildTentacle, defaultStateDirectory } from './build-bench.ts';
import { buildExpectations, buildSpecs } from './build-specs.ts';
import { buildHooks } from './build-hooks.ts';
import { buildStages } from './build-stages.ts';
import { catalogue } from './catalogue.ts';
import { absolute, expandEnv } from './env-text.ts';
import type { LabFile } from './lab.generated.ts';
import { textAt, type Located, type TextNode } from './located.ts';
import type { OpenPlan } from './plan-files.ts';

/** By name; a plan's board replaces the catalogue's, the lab's replaces both. */
function buildBoards(plans: readonly OpenPlan[], value: LabFile): Board[] {
  const written = [...plans.map((plan) => plan.value.boards), value.boards].flatMap((boards) =>
    Object.entries(boards ?? {}).map(([name, board]) => buildBoard(name, board)),
  );
  return [...new Map([...catalogue(), ...written].map((board) => [board.name, board])).values()];
}

interface Buildable {
  readonly file: string;
  readonly root: Located;
  readonly value: LabFile;
  readonly plans: readonly OpenPlan[];
  readonly env: NodeJS.ProcessEnv;
  /** From the command line; they go before those of the file. */
  readonly sources: readonly Source[];
}

/** The lab that files without a fault describe. */
export function buildLab({ file, root, value, plans, env, sources: replaced }: Buildable): Lab {
  const directory = path.dirname(file);
  const boards = buildBoards(plans, value);
  const tentacles = Object.entries(value.tentacles ?? {}).map(([id, tentacle]) => {
    const board = boards.find(({ name }) => name === tentacle.board);
    if (board === undefined) throw new Error(`Internal error: expected a board ${tentacle.board}, was none`);
    const port = textAt(root, 'tentacles', id, 'port');
    // `a0` is no path.
    const written = port?.text.includes('/') ? { ...tentacle, port: absolute(port.text, port) } : tentacle;
    return buildTentacle(id, written, { lab: value.lab, board });
  });
  const sources = Object.keys(value.sources ?? {}).flatMap((name): Source[] => {
    const text = textAt(root, 'sources', name);
    return text === undefined ? [] : [{ name, spec: absoluteSource(text, env) }];
  });
  const pythonText = textAt(root, 'python');
  const python = pythonText === undefined ? 'python3' : expandEnv(pythonText.text, env);
  return {
    name: value.lab,
    file,
    directory,
    python: pythonText !== undefined && python.includes('/') ? absolute(python, pythonText) : python,
    ...(value.reference === undefined ? {} : { reference: value.reference }),
    ...(value.firmware === undefined ? {} : { firmware: value.firmware }),
    sources: mergeSources(sources, replaced),
    ...(value.resources === undefined ? {} : { resources: { ...value.resources } }),
    boards,
    tentacles,
    specs: plans.flatMap((plan) => buildSpecs(plan)),
    stages: plans.flatMap((plan) => buildStages(plan)),
    expectations: [
      ...buildExpectations(value.expect, root, directory),
      ...plans.flatMap((plan) => buildExpectations(plan.value.expect, plan.root, directory)),
    ],
    ...(value.hooks === undefined ? {} : { hooks: buildHooks(value.hooks, root, directory) }),
    stateDirectory: stateDirectoryOf(root, env),
  };
}

/** Where a lab file says that leases and the like are, whatever else is wrong with it. */
export function stateDirectoryOf(root: Located, env: NodeJS.ProcessEnv): string {
  const text = textAt(root, 'state');
  return text === undefined ? defaultStateDirectory(env) : absolute(expandEnv(text.text, env), text);
}

function absoluteSource(text: TextNode, env: NodeJS.ProcessEnv): string {
  const spec = expandEnv(text.text, env);
  return /^([/.]|~\/|~$)/.test(spec) ? absolute(spec, text) : spec;
}

function mergeSources(own: readonly Source[], replaced: readonly Source[]): Source[] {
  const merged = new Map([...own, ...replaced].map((source) => [source.name, source]));
  return [...merged.values()];
}
