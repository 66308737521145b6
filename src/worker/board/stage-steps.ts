import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { textsOfStage } from '../../model/stage-graph.ts';
import { STAGE_ROLE, type StageStep, type TentacleStage } from '../../model/stage.ts';
import { expand, expandArgv, templateVariables } from '../../model/template.ts';
import { startTestProcess } from '../../process/test-process.ts';
import { pythonString } from '../../serial/literal.ts';
import type { Repl } from '../../serial/repl.ts';
import type { StepLimits } from '../../tentacle/driver.ts';
import { unreachable } from '../../util/unreachable.ts';
import { closeOutput, drainOutput } from '../command/drain.ts';
import { cookiesOf, type RunContext } from '../context.ts';
import { atLeave } from '../last-resort.ts';
import type { StageOutput } from '../stage/stage-output.ts';
import { knownToAll, unsetName } from '../templates.ts';
import { sayMs } from '../watch.ts';
import { flashAnyway, mayFlash } from './flash.ts';
import { closeRepl, connect, type Place } from './place.ts';
import { powerOn } from './power.ts';

/** So much later than the stage's limit its steps have theirs. */
const BEYOND_MS = 1000;

/** A step of a tentacle stage failed; the message stands alone. */
export class StageFault extends Error {
  override readonly name = 'StageFault';
}

/** What the steps of one stage on one board work with. */
export interface StageWork {
  readonly context: RunContext;
  readonly place: Place;
  readonly stage: TentacleStage;
  readonly output: StageOutput;
  /** Aborted when the stage has had its time. */
  readonly limit: AbortSignal;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
}

/** Does what brings a board into the state of a stage; all that it and its commands print goes to the stage's output. */
export class StageSteps {
  readonly #work: StageWork;
  readonly #signal: AbortSignal;

  constructor(work: StageWork) {
    this.#work = work;
    this.#signal = AbortSignal.any([work.signal, work.limit]);
  }

  /** Throws `StageFault`, or what ports and drivers throw. */
  async run(): Promise<void> {
    const { stage, limit } = this.#work;
    const unset = unsetName(textsOfStage(stage), () => this.#variables());
    if (unset !== undefined) throw new StageFault(`It uses ${unset}`);
    for (const [index, step] of stage.steps.entries()) {
      try {
        await this.#step(step);
      } catch (fault) {
        if (!limit.aborted) throw fault;
        const which = `step ${index + 1} of ${stage.steps.length} (${wordOf(step)})`;
        throw new StageFault(`It was not ready within ${sayMs(stage.limitMs)}; ${which} was going on.`, {
          cause: fault,
        });
      }
    }
  }

  async #step(step: StageStep): Promise<void> {
    switch (step.kind) {
      case 'flash':
        return this.#flash();
      case 'power':
        return this.#power();
      case 'exec':
        return this.#exec(step.code, 'exec');
      case 'exec-file': {
        const file = path.resolve(this.#cwd, step.file);
        return this.#exec(await read(file), step.file);
      }
      case 'put':
        return this.#put(step.files, step.to);
      case 'command':
        return this.#command(step.command);
      default:
        return unreachable(step);
    }
  }

  async #flash(): Promise<void> {
    const { context, place, output } = this.#work;
    if (!mayFlash(place, context.setup.flash)) return output.note('flash: nothing to flash here');
    await closeRepl(place);
    // Half-written firmware may leave a board that nobody can talk to: only `now` cuts a flash off.
    await flashAnyway(context, place, context.stop.now);
    output.note('flash: done');
  }

  async #power(): Promise<void> {
    const { place, output } = this.#work;
    if (place.driver.canPower) {
      await closeRepl(place);
      await place.driver.powerOff(this.#limits);
      await powerOn(place, this.#signal);
    } else await (await this.#repl()).softReset(this.#limits);
    output.note('power: done');
  }

  async #exec(code: string | Uint8Array, what: string): Promise<void> {
    const { output } = this.#work;
    const { stdout, stderr } = await (await this.#repl()).exec(code, this.#limits);
    output.push('stdout', stdout);
    output.push('stderr', stderr);
    if (stderr.length === 0) return;
    const last = stderr.toString().trimEnd().split('\n').at(-1)?.trim() ?? '';
    throw new StageFault(`${what}: ${last}.`);
  }

  async #put(globs: readonly string[], to: string): Promise<void> {
    const { output } = this.#work;
    const files = [...new Set(globs.flatMap((glob) => this.#matching(glob)))].toSorted();
    await this.#exec(makeDirectories(to), `put: to: ${to}`);
    for (const file of files) {
      const target = path.posix.join(to, path.basename(file));
      await (await this.#repl()).putFile(target, await read(file), this.#limits);
      output.note(`put: ${target}`);
    }
  }

  #matching(glob: string): string[] {
    const found = globSync(glob, { cwd: this.#cwd, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    if (found.length === 0) throw new StageFault(`put: no file matches ${glob} in ${this.#cwd}.`);
    return found;
  }

  async #command(written: readonly string[]): Promise<void> {
    const { context, place, stage, output } = this.#work;
    // It opens the port itself, and nobody can while it is ours.
    await closeRepl(place);
    const variables = this.#variables();
    const argv = expandArgv(written, variables, []);
    const own = Object.entries(stage.env).map(([name, value]): [string, string] => [
      name,
      expand(value, variables),
    ]);
    const cookies = cookiesOf(context);
    const started = await startTestProcess({
      argv,
      cwd: this.#cwd,
      env: { ...context.setup.env, ...Object.fromEntries(own), ...cookies },
      cookie: cookies.TESTBED_RUN,
      group: context.controlGroup,
    });
    if (!started.ok) throw new StageFault(started.fault.message);
    const child = started.process;
    const settled = atLeave(() => child.kill());
    const drained = drainOutput(child, (stream, chunk) => output.push(stream, chunk));
    const kill = (): void => void child.kill();
    this.#signal.addEventListener('abort', kill, { once: true });
    if (this.#signal.aborted) kill();
    const { code, signal } = await child.exited;
    this.#signal.removeEventListener('abort', kill);
    await child.sweep();
    settled();
    await closeOutput(child, drained);
    if (code === 0) return;
    const how = signal === null ? `exit code ${code}` : signal;
    throw new StageFault(`command: ${argv[0]} ended with ${how}.`);
  }

  async #repl(): Promise<Repl> {
    const { place } = this.#work;
    return place.repl ?? (await connect(place, this.#limits));
  }

  /** The signal comes first, and says that it was the stage's time that was over. */
  get #limits(): StepLimits {
    return { limitMs: this.#work.stage.limitMs + BEYOND_MS, signal: this.#signal };
  }

  get #cwd(): string {
    return expand(this.#work.stage.cwd, this.#variables());
  }

  /** Made anew each time: a step may change the port. */
  #variables(): Readonly<Record<string, string>> {
    const { context, place } = this.#work;
    const { setup, job } = context;
    return templateVariables({
      ...knownToAll(setup),
      stages: job.stages,
      roles: [{ ...place.binding, role: STAGE_ROLE, port: place.port ?? '' }],
    });
  }
}

function wordOf({ kind }: StageStep): string {
  return kind === 'exec-file' ? 'exec' : kind;
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (fault) {
    throw new StageFault(`${file} can not be read: ${(fault as Error).message}`, { cause: fault });
  }
}

/** A program that makes a directory of the board, and those above it. */
function makeDirectories(to: string): string {
  const names = to.split('/').filter((name) => name !== '');
  const paths = names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
  return `
import os
for _p in (${paths.map((each) => `${pythonString(each)},`).join('')}):
    try: os.stat(_p)
    except OSError: os.mkdir(_p)
`;
}
