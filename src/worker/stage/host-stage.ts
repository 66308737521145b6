import type { HostStageEnd, HostStageJob } from '../../model/job.ts';
import { textsOfStage } from '../../model/stage-graph.ts';
import { expand, expandArgv, templateVariables } from '../../model/template.ts';
import { COOKIE, probeCookie, stageCookie } from '../../process/cookie.ts';
import { startTestProcess, type Exit, type TestProcess } from '../../process/test-process.ts';
import { closeOutput, drainOutput } from '../command/drain.ts';
import { since } from '../context.ts';
import { atLeave } from '../last-resort.ts';
import type { WorkerContext } from '../run.ts';
import type { StopControl } from '../stop.ts';
import { knownToAll, unsetName, type Command } from '../templates.ts';
import { sayMs } from '../watch.ts';
import { Announcements, commandOf, ROOM } from './preload-stage.ts';
import { Readiness } from './readiness.ts';
import { StageOutput } from './stage-output.ts';

/**
 * Keeps one host stage up until it ends by itself or is told to stop: starts its command, says when it is ready, and leaves
 * nothing of it behind. Throws bugs only.
 */
export async function keepHostStage(
  worker: WorkerContext,
  job: HostStageJob,
  stop: StopControl,
): Promise<HostStageEnd> {
  const { setup, masker, channel } = worker;
  const { stage, directory } = job;
  const over = (end: Partial<HostStageEnd> & Pick<HostStageEnd, 'reason'>): HostStageEnd => ({
    ready: false,
    stopped: stop.state !== 'going',
    clean: false,
    hopeless: false,
    ...end,
    reason: masker.text(end.reason),
  });
  const variables = variablesOf(worker, job);
  const unset = unsetName(textsOfStage(stage), () => variables);
  if (unset !== undefined) return over({ reason: `It uses ${unset}`, hopeless: true });
  const text = (template: string): string => expand(template, variables);
  const ownEnv = Object.fromEntries(Object.entries(stage.env).map(([name, value]) => [name, text(value)]));
  const cwd = text(stage.cwd);
  const command = (argv: readonly string[]): Command => ({
    argv: expandArgv(argv, variables, []),
    cwd,
    env: ownEnv,
  });
  const env = { ...setup.env, ...ownEnv, [COOKIE]: setup.benchCookie };
  const readiness = new Readiness({
    ready: stage.ready,
    text,
    command,
    env,
    cwd,
    probeCookie: probeCookie(setup.benchCookie, stage.name),
    warn: (message) =>
      channel.event({
        type: 'warning',
        stage: stage.name,
        message: masker.text(`${stage.name}: ${message}`),
      }),
  });
  const output = new StageOutput({
    directory,
    masker,
    onLine: (line) => readiness.line(line),
    onFault: (message) => channel.event({ type: 'warning', stage: stage.name, message }),
  });
  let announcements: Announcements | undefined;
  try {
    const obstacle = await readiness.obstacle();
    if (obstacle !== undefined) return over(obstacle);
    const startedAt = performance.now();
    const cookie = stageCookie(setup.benchCookie, stage.name);
    if (stage.ready.kind === 'preload') {
      const opened = await Announcements.open(directory, readiness);
      if (!(opened instanceof Announcements)) return over(opened);
      announcements = opened;
    }
    const started = await startTestProcess({
      ...command(commandOf(stage)),
      env: announcements === undefined ? env : { ...env, ...ROOM },
      cookie,
      ...(announcements === undefined ? {} : { descriptors: ['pipe', 'pipe', announcements.descriptor] }),
      group: worker.controlGroup,
    });
    if (!started.ok) return over({ reason: started.fault.message });
    const child = started.process;
    const life = new Life(child, { output, stop, graceMs: stage.graceMs });
    const values = await life.whenReady(readiness, stage.limitMs);
    if (values !== undefined)
      channel.message({
        kind: 'stage-ready',
        stage: stage.name,
        pid: child.pid,
        values: { ...values, pid: String(child.pid), dir: directory },
        durationMs: since(startedAt),
      });
    else if (life.exit === undefined && stop.state === 'going') {
      await life.giveUp();
      const reason = `It was not ready within ${sayMs(stage.limitMs)}: ${readiness.missing}.`;
      return over({ reason, ...evidenceOf(output) });
    }
    const exit = await life.end();
    await announcements?.end();
    const reason = stop.state === 'going' ? sayExit(exit) : 'It was told to stop.';
    const end = { ready: values !== undefined, reason, clean: exit.code === 0, ...evidenceOf(output) };
    return over(stop.state === 'going' ? { ...end, ...readiness.failure } : end);
  } finally {
    await announcements?.end();
    output.end();
  }
}

function evidenceOf({ evidence }: StageOutput): Pick<HostStageEnd, 'evidence'> {
  return evidence === '' ? {} : { evidence };
}

function sayExit({ code, signal }: Exit): string {
  return signal === null ? `It ended with exit code ${code}.` : `It was ended by ${signal}.`;
}

/** The command of a stage, from its start until nothing of it is left. */
class Life {
  readonly #child: TestProcess;
  readonly #stop: StopControl;
  readonly #drained: Promise<void>;
  readonly #settled: () => void;
  readonly #soon: () => void;
  readonly #now: () => void;
  #ending: Promise<number> | undefined;
  /** Once it ended by itself, or we ended it. */
  exit: Exit | undefined;

  constructor(
    child: TestProcess,
    { output, stop, graceMs }: { output: StageOutput; stop: StopControl; graceMs: number },
  ) {
    this.#child = child;
    this.#stop = stop;
    this.#settled = atLeave(() => child.kill());
    this.#drained = drainOutput(child, (stream, chunk) => output.push(stream, chunk));
    void child.exited.then((exit) => (this.exit = exit));
    this.#soon = () => void (this.#ending ??= child.end({ graceMs }));
    this.#now = () => void (this.#ending = child.kill());
    stop.soon.addEventListener('abort', this.#soon);
    stop.now.addEventListener('abort', this.#now);
    if (stop.state !== 'going') this.#soon();
    if (stop.state === 'now') this.#now();
  }

  /** Its values; undefined when it ended before, was stopped, or took too long. */
  async whenReady(
    readiness: Readiness,
    limitMs: number,
  ): Promise<Readonly<Record<string, string>> | undefined> {
    const given = new AbortController();
    const limit = setTimeout(() => given.abort(), limitMs);
    const late = new Promise<undefined>((resolve) =>
      given.signal.addEventListener('abort', () => resolve(undefined)),
    );
    const ended = this.#child.exited.then(() => undefined);
    const values = await Promise.race([readiness.wait(given.signal), late, ended]);
    clearTimeout(limit);
    given.abort();
    return this.#stop.state === 'going' ? values : undefined;
  }

  /** Waits until the command has ended; then nothing of it is left. */
  async end(): Promise<Exit> {
    const exit = await this.#child.exited;
    await (this.#ending ?? this.#child.sweep());
    this.#settled();
    this.#stop.soon.removeEventListener('abort', this.#soon);
    this.#stop.now.removeEventListener('abort', this.#now);
    await closeOutput(this.#child, this.#drained);
    return exit;
  }

  /** Ends it, because it was not ready in time. */
  async giveUp(): Promise<void> {
    this.#soon();
    await this.end();
  }
}

function variablesOf({ setup }: WorkerContext, { stages, stage, directory }: HostStageJob) {
  return templateVariables({
    ...knownToAll(setup),
    roles: [],
    stages: { ...stages, [stage.name]: { dir: directory } },
  });
}
