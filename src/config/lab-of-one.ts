import path from 'node:path';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Board, Lab } from '../model/lab.ts';
import { suggest } from '../util/suggest.ts';
import { knownBoards } from './bench.ts';
import { buildBoard, buildTentacle, defaultStateDirectory } from './build-bench.ts';
import { buildExpectations, buildSpecs } from './build-specs.ts';
import { buildStages } from './build-stages.ts';
import { catalogue } from './catalogue.ts';
import { checkSpecs } from './check-specs.ts';
import type { LabRequest, LoadedLab } from './request.ts';
import { openPlan, shippedPlan } from './plan-files.ts';
import { replacedSources } from './replaced-sources.ts';
import { knownFeatures, secretsFor, secretsGiven, usedSecrets } from './scope.ts';

/** Stands for a board that has yet to be asked what it is. */
const UNKNOWN = 'UNKNOWN';

/**
 * A lab without a file: one board on a port, tested with the smoke plan, and with MicroPython's own tests if
 * `--source micropython=…` says where they are.
 */
export async function labOfOne(request: LabRequest & { readonly port: string }): Promise<LoadedLab> {
  const { port, cwd, env } = request;
  const replaced = replacedSources(undefined, request);
  const found: Diagnostic[] = [...replaced.faults];
  const names = replaced.sources.some(({ name }) => name === 'micropython')
    ? ['smoke', 'micropython']
    : ['smoke'];
  const opened = await Promise.all(names.map((name) => openPlan(shippedPlan(name))));
  const plans = opened.flatMap(({ plan }) => (plan === undefined ? [] : [plan]));
  found.push(...opened.flatMap(({ faults }) => faults));

  const board = boardOf(request, found);
  const boards = knownBoards([]);
  const secrets = secretsFor(usedSecrets(plans), {}, env);
  const specs = checkSpecs({
    plans,
    tentacles: [],
    sources: new Set(replaced.sources.map(({ name }) => name)),
    tags: new Set(),
    features: knownFeatures(boards, []),
    isSet: (name) =>
      name.startsWith('env.') ? env[name.slice(4)] !== undefined : Object.hasOwn(secrets, name.slice(7)),
  });
  found.push(...specs);
  if (board === undefined || found.some(({ severity }) => severity === 'error'))
    return { ok: false, faults: found };
  const name = 'one';
  const lab: Lab = {
    name,
    directory: cwd,
    python: 'python3',
    sources: replaced.sources,
    boards: [board],
    tentacles: [
      buildTentacle(portId(port), { board: board.name, port: portOf(port, cwd) }, { lab: name, board }),
    ],
    // What needs a partner is for a lab that has one.
    specs: plans.flatMap((plan) => buildSpecs(plan)).filter(({ roles }) => roles.length < 2),
    stages: plans.flatMap((plan) => buildStages(plan)),
    expectations: plans.flatMap((plan) => buildExpectations(plan.value.expect, plan.root, cwd)),
    stateDirectory: defaultStateDirectory(env),
  };
  const written = {
    plans,
    dropped: [],
    sourcesGiven: new Set(replaced.sources.map((source) => source.name)),
    secretsGiven: secretsGiven(secrets, env),
  };
  return { ok: true, lab, secrets, warnings: found, advice: () => [], written };
}

/** What `--board` says it is; whatever drives such a board elsewhere, here it is on a serial port. */
function boardOf({ board: name, port, variant }: LabRequest, found: Diagnostic[]): Board | undefined {
  if (name === undefined) {
    found.push({
      severity: 'warning',
      message: `nobody says which board is on ${port}; it is tested as ${UNKNOWN}, with the feature mcu`,
      suggestion: 'add --board, such as --board RPI_PICO2',
    });
    return buildBoard(UNKNOWN, { port: 'unknown', mcu: 'unknown', driver: 'serial' });
  }
  const known = catalogue().find((board) => board.name === name);
  if (known !== undefined)
    return { ...known, driver: 'serial', variants: variant === undefined ? known.variants : [variant] };
  const near = suggest(
    name,
    catalogue().map((board) => board.name),
  );
  found.push({
    severity: 'error',
    message: `--board ${name}: there is no board of that name`,
    suggestion: near === undefined ? '"testbed list boards" lists them' : `did you mean "${near}"?`,
  });
  return undefined;
}

/** `/dev/ttyACM0` and `a0` become an id that may stand in the name of a directory. */
export function portId(port: string): string {
  const id = path.basename(port).replaceAll(/[^A-Za-z0-9_.-]/g, '_');
  return /^[A-Za-z0-9_]/.test(id) ? id : `port${id}`;
}

/** A path is relative to the working directory; a shortcut such as `a0` is none. */
function portOf(port: string, cwd: string): string {
  return port.includes('/') ? path.resolve(cwd, port) : port;
}
