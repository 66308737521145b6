import type { Ending } from '../../audit/ending.ts';
import type { StageName } from '../../model/ids.ts';
import { ADDRESS } from '../../model/stage.ts';
import type { TestProcessRequest } from '../../process/test-process.ts';
import type { RunContext } from '../context.ts';
import { Templates, type Command } from '../templates.ts';
import { Forker, type PreloadedStart } from './forker.ts';
import { startEnvironment, unfit } from './fitting.ts';

/** So long the interpreter of a stage may take to start a test; usually it takes 2 ms. */
const START_MS = 10_000;

/** What starts a run's command in the place of the system, because one of its stages has the interpreter for it. */
export interface Preload {
  start(request: TestProcessRequest): Promise<PreloadedStart>;
  /** How a run ends whose process could not be started, or was lost, by the interpreter's fault. */
  died(how: string): Ending;
}

/** What the interpreter of a stage was started with, by its address. */
const environments = new Map<string, NodeJS.ProcessEnv>();

/** Undefined: the command is started as any other; where that is a pity, `run.ljsonl` says why. */
export function preloadFor(context: RunContext, command: Command): Preload | undefined {
  const { job, setup, collector } = context;
  const start = { ...command, env: { ...setup.env, ...command.env } };
  const templates = new Templates(context, {});
  for (const stage of job.preloads ?? []) {
    const { [ADDRESS]: address, pid } = job.stages[stage.name] ?? {};
    if (stage.ready.kind !== 'preload' || address === undefined || pid === undefined) continue;
    const env = environments.get(address) ?? startEnvironment(pid) ?? start.env;
    environments.set(address, env);
    const own = {
      argv: stage.command.map((word) => templates.text(word)),
      cwd: templates.text(stage.cwd),
      // A script in the interpreter's place, as pyenv's, may have changed the path by which it was found itself.
      env: { ...env, PATH: templates.text(stage.env['PATH'] ?? setup.env['PATH'] ?? '') },
    };
    const why = unfit(start, own, stage.ready.language);
    if (why === undefined) return new Forked(context, stage.name, address);
    collector.note(`Starts cold, not from the stage "${stage.name}": its command ${why}.`);
  }
  return undefined;
}

/** The forkers of this worker, by the address of their resident. */
const forkers = new Map<string, Forker>();

class Forked implements Preload {
  readonly #context: RunContext;
  readonly #stage: StageName;
  readonly #address: string;

  constructor(context: RunContext, stage: StageName, address: string) {
    this.#context = context;
    this.#stage = stage;
    this.#address = address;
  }

  async start(request: TestProcessRequest): Promise<PreloadedStart> {
    const { stop, controlGroup } = this.#context;
    const signal = AbortSignal.any([stop.soon, AbortSignal.timeout(START_MS)]);
    for (const [address, { isGone }] of forkers) if (isGone) forkers.delete(address);
    const forker = forkers.get(this.#address) ?? (await Forker.of(this.#address, controlGroup, signal));
    if (forker === undefined) return { ok: false, lost: 'It did not answer.' };
    forkers.set(this.#address, forker);
    return await forker.start(request, signal);
  }

  died(how: string): Ending {
    const { stop } = this.#context;
    if (stop.state !== 'going') return { kind: 'interrupted', during: 'the start of its test' };
    const reason = `The stage "${this.#stage}" died in the middle of the run: ${how}`;
    return { kind: 'phase-failed', cause: 'stage-died', reason };
  }
}
