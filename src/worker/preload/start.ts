import type { Ending } from '../../audit/ending.ts';
import { ADDRESS, type HostStage, type Ready } from '../../model/stage.ts';
import type { TestProcessRequest } from '../../process/test-process.ts';
import { unreachable } from '../../util/unreachable.ts';
import type { RunContext } from '../context.ts';
import { Templates, type Command } from '../templates.ts';
import { Forker } from './forker.ts';
import { startEnvironment, unfit, type Start } from './fitting.ts';
import type { PreloadedStart, Starter } from './request.ts';
import { Spares } from './spares.ts';

type PreloadReady = Extract<Ready, { kind: 'preload' }>;

/** So long an interpreter of a stage may take to fork a test; usually it takes 2 ms. */
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
    if (why === undefined) return new FromStage(context, { stage, address, ready: stage.ready, own });
    collector.note(`Starts cold, not from the stage "${stage.name}": its command ${why}.`);
  }
  return undefined;
}

/** What there is in a stage to start tests with. */
interface Interpreter {
  readonly stage: HostStage;
  readonly address: string;
  readonly ready: PreloadReady;
  /** How it was started itself. */
  readonly own: Start;
}

/** What this worker starts tests with, by the address of the stage's interpreter. */
const starters = new Map<string, Starter>();

class FromStage implements Preload {
  readonly #context: RunContext;
  readonly #interpreter: Interpreter;

  constructor(context: RunContext, interpreter: Interpreter) {
    this.#context = context;
    this.#interpreter = interpreter;
  }

  async start(request: TestProcessRequest): Promise<PreloadedStart> {
    const { stop } = this.#context;
    const { address, stage, ready } = this.#interpreter;
    // A spare process may have to do the imports first, for which the stage has its limit.
    const mostMs = ready.language === 'node' ? stage.limitMs : START_MS;
    const signal = AbortSignal.any([stop.soon, AbortSignal.timeout(mostMs)]);
    for (const [other, { isGone }] of starters) if (isGone) starters.delete(other);
    const starter = starters.get(address) ?? (await this.#starter(signal));
    if (starter === undefined) return { ok: false, lost: 'It did not answer.' };
    starters.set(address, starter);
    return await starter.start(request, signal);
  }

  async #starter(signal: AbortSignal): Promise<Starter | undefined> {
    const { controlGroup } = this.#context;
    const { address, ready, own } = this.#interpreter;
    switch (ready.language) {
      case 'python':
        return await Forker.of(address, controlGroup, signal);
      case 'node':
        return new Spares(address, { own, imports: ready.imports, group: controlGroup });
      default:
        return unreachable(ready.language);
    }
  }

  died(how: string): Ending {
    const { stop } = this.#context;
    if (stop.state !== 'going') return { kind: 'interrupted', during: 'the start of its test' };
    const reason = `The stage "${this.#interpreter.stage.name}" died in the middle of the run: ${how}`;
    return { kind: 'phase-failed', cause: 'stage-died', reason };
  }
}
