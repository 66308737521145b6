import { ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { isEventLine } from '../event/wire.ts';
import {
  WORKER_PROTOCOL,
  type FromWorker,
  type HostStageEnd,
  type HostStageJob,
  type RunJob,
  type ToWorker,
  type WorkerSetup,
} from '../model/job.ts';
import { COOKIE } from '../process/cookie.ts';
import { signalGroup } from '../process/group.ts';
import { shortage } from '../process/spawn-fault.ts';
import { eachLine, Tail } from './lines.ts';

/** The last message of a run. */
export type OutcomeMessage = Extract<FromWorker, { kind: 'outcome' }>;

/**
 * How a worker came through a run: it said so, or it is gone. `evidence` is what it said last on stderr; `shortage` what the system
 * had no more of to start it with, and what to do.
 */
export type RunEnd =
  | { readonly kind: 'outcome'; readonly outcome: OutcomeMessage }
  | {
      readonly kind: 'died';
      readonly how: string;
      readonly evidence: string | undefined;
      readonly shortage?: string;
    };

/** How a host stage came to its end: its worker said so, or is gone, and then the command may still live. */
export type StageOver =
  { readonly kind: 'ended'; readonly end: HostStageEnd } | Extract<RunEnd, { kind: 'died' }>;

/** The message that a host stage is ready. */
export type StageReadyMessage = Extract<FromWorker, { kind: 'stage-ready' }>;

/** What a worker says of the host stage that it keeps up. `line` as in a run. */
export interface StageListener {
  line(line: string): string | undefined;
  ready(message: StageReadyMessage): void;
}

/** What a busy worker does. */
type Task =
  | {
      readonly kind: 'run';
      readonly job: RunJob;
      readonly listener: RunListener;
      readonly resolve: (end: RunEnd) => void;
    }
  | {
      readonly kind: 'stage';
      readonly job: HostStageJob;
      readonly listener: StageListener;
      readonly resolve: (end: StageOver) => void;
    };

/** What a worker says during a run. `line` throws or returns a sentence when the line is no event of the run. */
export interface RunListener {
  line(line: string): string | undefined;
  progress(text: string): void;
}

/** A worker that is not ready by then hangs: Node does where it gets a part of its threads only. */
const START_MS = 10_000;
/** How a program dies whose start the system had too little for, in what it said last. */
const SHORT_START = /\b(EAGAIN|EMFILE|ENFILE|ENOMEM)\b|uv_thread_create/;
/** An idle worker that was told to end has so long for it. */
const END_MS = 2000;
/**
 * Node forks, and a fork costs by the memory that the parent has touched. A worker makes little garbage at a time, so a small
 * young generation (MB) and no threads of V8's own take nothing from it, and make each start of a test process cheaper.
 */
const WORKER_FLAGS = ['--max-semi-space-size=1', '--single-threaded'];
/** After a worker is gone, so long for the rest of what it said; whoever holds its pipes longer is none of ours. */
const DRAIN_MS = 1000;

/**
 * A worker process, seen from the dispatcher.
 *
 *     idle ── run() ──▶ busy ── outcome ──▶ idle      (not healthy: ending)
 *     idle ── keep() ─▶ busy ── stage-ended ──▶ idle
 *      │                 │
 *      │ end()           │ dies, talks nonsense, kill()
 *      ▼                 ▼
 *     ending ─────────▶ gone
 *
 * It is the leader of a session of its own, so that a terminal's Ctrl-C does not reach it, and it ends when its stdin
 * does. What it prints on stdout and stderr is nothing but evidence.
 */
export class Worker {
  readonly pid: number;
  /** Resolves once the process is gone and all that it said was heard. */
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;
  /** Undefined when the process could not even be set up. */
  readonly #stdin: Writable | undefined;
  readonly #tail = new Tail();
  #state: 'idle' | 'busy' | 'ending' | 'gone' = 'idle';
  #task: Task | undefined;
  #setup: WorkerSetup | undefined;
  /** Why we killed it, where that says more than the signal. */
  #killedFor: string | undefined;
  /** What the system had no more of to start it with. */
  #shortage: string | undefined;
  #starting: NodeJS.Timeout | undefined;

  /** @param cookie of the bench */
  constructor(cookie: string, entry: string = workerEntry()) {
    const child = start(process.execPath, [...WORKER_FLAGS, entry], {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, [COOKIE]: cookie },
    });
    this.#child = child;
    this.pid = child.pid ?? -1;
    this.#stdin = child.stdin as Writable | undefined;
    const [, stdout, stderr, up] = (child.stdio ?? []) as readonly (Readable | undefined)[];
    // It may die at any moment: then its exit says more than EPIPE does.
    for (const stream of [this.#stdin, stdout, stderr, up]) stream?.on('error', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) => {
      const { message, code } = error;
      this.#shortage = shortage(code);
      this.#tail.push(`${[message, shortage(code)].filter(Boolean).join(': ')}\n`);
    });
    for (const stream of [stdout, stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#tail.push(text));
    if (up !== undefined) eachLine(up, (line) => this.#heard(line));
    this.gone = this.#ending();
  }

  /** What its runs share from now on; the worker must be idle. Before the first run it needs one. */
  setUp(setup: WorkerSetup): void {
    if (this.#state !== 'idle')
      throw new Error(`Internal error: expected an idle worker, was ${this.#state}`);
    if (this.#setup === undefined) this.#starting = setTimeout(() => this.#hangs(), START_MS).unref();
    this.#setup = setup;
    this.#send({ kind: 'setup', setup });
  }

  /** What it was told last; undefined: nothing yet. */
  get setup(): WorkerSetup | undefined {
    return this.#setup;
  }

  get state(): 'idle' | 'busy' | 'ending' | 'gone' {
    return this.#state;
  }

  /** Carries out one run; the worker must be idle. Resolves always. */
  run(job: RunJob, listener: RunListener): Promise<RunEnd> {
    return new Promise((resolve) => this.#begin({ kind: 'run', job, listener, resolve }));
  }

  /** Keeps one host stage up until it ends, or `stop`; the worker must be idle. Resolves always. */
  keep(job: HostStageJob, listener: StageListener): Promise<StageOver> {
    return new Promise((resolve) => this.#begin({ kind: 'stage', job, listener, resolve }));
  }

  /** Asks for the end of the current run or stage, if there is one. */
  stop(how: 'soon' | 'now'): void {
    if (this.#state === 'busy') this.#send({ kind: 'stop', how });
  }

  /** Says whether the boards of the current run are to stay as it leaves them. */
  leaveOn(on: boolean): void {
    if (this.#task?.kind === 'run') this.#send({ kind: 'leave-on', on });
  }

  /** Kills it and its group at once; a run of it ends as `died`, for this reason. */
  kill(reason: string): void {
    if (this.#state === 'gone') return;
    this.#killedFor ??= reason;
    signalGroup(this.pid, 'SIGKILL');
  }

  /** Ends it, kindly first; resolves when it is gone. */
  async end(): Promise<void> {
    if (this.#state === 'gone') return;
    if (this.#state === 'idle') this.#state = 'ending';
    this.#stdin?.end();
    const limit = setTimeout(() => this.kill('it did not end when told'), END_MS);
    await this.gone;
    clearTimeout(limit);
  }

  #begin(task: Task): void {
    if (this.#state !== 'idle')
      throw new Error(`Internal error: expected an idle worker, was ${this.#state}`);
    this.#state = 'busy';
    this.#task = task;
    if (task.kind === 'run') this.#send({ kind: 'run', job: task.job });
    else this.#send({ kind: 'stage', job: task.job });
  }

  #send(message: ToWorker): void {
    this.#stdin?.write(`${JSON.stringify(message)}\n`);
  }

  #heard(line: string): void {
    // What it still says after we lost our trust counts no more.
    if (this.#killedFor !== undefined) return;
    const nonsense = isEventLine(line) ? this.#heardEvent(line) : this.#heardMessage(line);
    if (nonsense !== undefined) this.kill(`it said what it should not: ${nonsense}: ${line.slice(0, 200)}`);
  }

  #heardEvent(line: string): string | undefined {
    if (this.#task === undefined) return 'an event outside of a run or stage';
    return this.#task.listener.line(line);
  }

  #heardMessage(line: string): string | undefined {
    let message: FromWorker;
    try {
      message = JSON.parse(line) as FromWorker;
    } catch {
      return 'a line that is no JSON';
    }
    switch (message?.kind) {
      case 'ready':
        this.#isReady();
        return message.protocol === WORKER_PROTOCOL
          ? undefined
          : `protocol ${message.protocol}, not ${WORKER_PROTOCOL}`;
      case 'progress':
        // May come late, when its run is over.
        if (this.#task?.kind === 'run' && this.#task.job.run.id === message.run)
          this.#task.listener.progress(message.text);
        return undefined;
      case 'stage-ready':
      case 'stage-ended':
        return this.#heardStage(message);
      case 'outcome':
        return this.#heardOutcome(message);
      default:
        return 'a message of no known kind';
    }
  }

  #isReady(): void {
    clearTimeout(this.#starting);
    this.#starting = undefined;
  }

  #hangs(): void {
    this.#shortage = `it is not ready after ${START_MS / 1000} s. Raise "ulimit -u" (or "pids.max"), or lower --jobs.`;
    this.kill('it did not get ready');
  }

  /** It died before it was ready: what the system had too little of, by what it said. */
  #shortStart(): string | undefined {
    if (this.#starting === undefined) return undefined;
    const [word, code] = SHORT_START.exec(this.#tail.all) ?? [];
    return word === undefined ? undefined : shortage(code ?? 'EAGAIN');
  }

  #heardOutcome(outcome: OutcomeMessage): string | undefined {
    const task = this.#task;
    if (task?.kind !== 'run' || task.job.run.id !== outcome.run)
      return 'the outcome of a run that it does not carry out';
    if (typeof outcome.outcome?.verdict !== 'string' || !Array.isArray(outcome.suspect))
      return 'no whole outcome';
    this.#task = undefined;
    this.#state = outcome.healthy ? 'idle' : 'ending';
    if (!outcome.healthy) void this.end();
    task.resolve({ kind: 'outcome', outcome });
    return undefined;
  }

  #heardStage(message: Extract<FromWorker, { kind: 'stage-ready' | 'stage-ended' }>): string | undefined {
    const task = this.#task;
    if (task?.kind !== 'stage' || task.job.stage.name !== message.stage)
      return 'news of a stage that it does not keep';
    if (message.kind === 'stage-ready') {
      task.listener.ready(message);
      return undefined;
    }
    this.#task = undefined;
    this.#state = 'idle';
    task.resolve({ kind: 'ended', end: message.end });
    return undefined;
  }

  async #ending(): Promise<void> {
    const child = this.#child;
    const closed = once(child, 'close').catch(() => undefined);
    let how = 'it could not be started';
    if (child.pid !== undefined) {
      await new Promise<void>((resolve) => child.once('exit', () => resolve()));
      how = child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`;
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const limit = setTimeout(resolve, DRAIN_MS);
      await Promise.race([closed, late]);
      clearTimeout(limit);
      for (const stream of child.stdio) stream?.destroy();
    } else {
      await once(child, 'error').catch(() => undefined);
    }
    this.#shortage ??= this.#shortStart();
    this.#isReady();
    this.#state = 'gone';
    const task = this.#task;
    this.#task = undefined;
    task?.resolve({
      kind: 'died',
      how: this.#killedFor ?? how,
      evidence: this.#tail.text,
      ...(this.#shortage === undefined ? {} : { shortage: this.#shortage }),
    });
  }
}

/** Starts a process. What keeps it from that is always an event: Node throws some codes, such as ENOMEM, and tells others. */
function start(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(program, args, options);
  } catch (fault) {
    const child = new ChildProcess();
    process.nextTick(() => child.emit('error', fault));
    return child;
  }
}

/** `main.ts` beside the sources, `main.js` beside what was built. */
function workerEntry(): string {
  const here = fileURLToPath(import.meta.url);
  return path.join(path.dirname(here), '..', 'worker', `main${path.extname(here)}`);
}
