import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Ms } from '../model/ids.ts';
import { RUN_COOKIE } from './cookie.ts';
import type { ControlGroup } from './cgroup.ts';
import { groupGone, signalGroup } from './group.ts';
import { spawnFault, type SpawnFault } from './spawn-fault.ts';
import { endAll, endStraysSince, maySurvive, type Start } from './strays.ts';

export { endStrays } from './strays.ts';

/** How a process ended: code or signal is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Its parent, which is not this process, did not live to say; it was killed. */
  readonly lost?: true;
}

/** What a test process is started with; no shell comes near it. */
export interface TestProcessRequest {
  /** The program, looked up in the `PATH` of `env`, and its arguments. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment, with the session's `TESTBED_COOKIE`; `TESTBED_RUN` is added. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Of the run, as `runCookie` makes it: the dispatcher looks for the same one when this process's parent dies. */
  readonly cookie: string;
  /** What it reads on its stdin; absent: nothing. One that does not read it is none the worse for it. */
  readonly input?: string;
  /** Descriptors of ours, or pipes of its own, that it gets as its descriptors 1, 2 and 3; absent: pipes for 1 and 2, and no 3. */
  readonly descriptors?: readonly (number | 'pipe')[];
  /** The control group that this process is in, and so will be all that the command starts. */
  readonly group?: ControlGroup | undefined;
}

export type Started =
  { readonly ok: true; readonly process: TestProcess } | { readonly ok: false; readonly fault: SpawnFault };

const OWN_PIPES = ['pipe', 'pipe'] as const;

/** Starts a command in a session and process group of its own; one that can not be started is a value. */
export async function startTestProcess(request: TestProcessRequest): Promise<Started> {
  const env = { ...request.env, [RUN_COOKIE]: request.cookie };
  const { argv, input, descriptors = OWN_PIPES, group } = request;
  const [program = '', ...rest] = argv;
  // Helpers of ours, which outlive a run.
  const before = group?.helpers() ?? [];
  try {
    const child = spawn(program, rest, {
      cwd: request.cwd,
      env,
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', ...descriptors],
    });
    if (child.pid === undefined) {
      const error = await new Promise<NodeJS.ErrnoException>((resolve) => child.once('error', resolve));
      return { ok: false, fault: spawnFault(error, { ...request, env }) };
    }
    child.stdin?.on('error', () => undefined).end(input);
    return { ok: true, process: new TestProcess(childOf(child), request.cookie, { group, before }) };
  } catch (error) {
    return { ok: false, fault: spawnFault(error as NodeJS.ErrnoException, { ...request, env }) };
  }
}

/** Of one that was started as the leader of a session, and has a pid. */
export function childOf(child: ChildProcess): Child {
  // A signal that can not be sent is reported here, and is no fault of the run.
  child.on('error', () => undefined);
  return {
    pid: child.pid!,
    stdout: child.stdout,
    stderr: child.stderr,
    exited: new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal }))),
  };
}

/** A process that leads a session and a group of its own, whoever is its parent. */
export interface Child {
  readonly pid: number;
  /** Null: it writes to what it was given. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Resolves once it has ended and is reaped. */
  readonly exited: Promise<Exit>;
}

/** Our control group, if we have one, and who was in it before a command was started: helpers of ours. */
export interface Around {
  readonly group: ControlGroup | undefined;
  readonly before: readonly number[];
}

/**
 * A command that was started, everything that it started, and how to be rid of all of it.
 *
 *     running ── exits ──▶ exited ── sweep() ──▶ gone
 *        │                   ▲
 *        └─ end(): TERM ─ grace ─ KILL ─┘ (and sweeps)
 */
export class TestProcess {
  readonly pid: number;
  /** Of the command itself; what it started may still live. */
  readonly exited: Promise<Exit>;
  readonly #child: Child;
  readonly #cookie: string;
  /** Who of it is in our control group; undefined: we have none. */
  readonly #inGroup: () => readonly number[] | undefined;
  readonly #since: Start;
  #ending: Promise<number> | undefined;
  #hurry: () => void = () => undefined;

  constructor(child: Child, cookie: string, { group, before }: Around) {
    this.pid = child.pid;
    this.#since = { pid: this.pid, at: performance.now() };
    this.#child = child;
    this.#inGroup = () => group?.others().filter((other) => !before.includes(other));
    this.#cookie = cookie;
    this.exited = child.exited;
  }

  /**
   * Bytes as they come, where it has pipes of its own. They end when the last process that holds the pipe is gone, which may be
   * after `exited`.
   */
  get stdout(): Readable {
    return own(this.#child.stdout);
  }

  get stderr(): Readable {
    return own(this.#child.stderr);
  }

  /**
   * Kills what the exited command left behind: first its process group, then whoever left that: who is in our control group,
   * or, where we have none, who still carries the run's cookie. Resolves with the number of the latter, once all are gone.
   */
  async sweep(): Promise<number> {
    // After most tests nobody is left, and to be told so by a failing kill() costs more than to look.
    if (!this.mayHaveLeft()) return 0;
    if (signalGroup(this.pid, 'SIGKILL')) await groupGone(this.pid, 5000);
    if (this.#inGroup() === undefined) return await endStraysSince(this.#cookie, this.#since);
    return await endAll(() => this.#inGroup() ?? []);
  }

  /** The command has exited: false when surely nobody of it is left. */
  mayHaveLeft(): boolean {
    const inGroup = this.#inGroup();
    return inGroup === undefined ? maySurvive(this.#since) : inGroup.length > 0;
  }

  /** TERM to the group, wait for the grace, KILL, sweep. Safe to call at any time, and again: a shorter grace then counts. */
  async end({ graceMs }: { readonly graceMs: Ms }): Promise<number> {
    if (graceMs <= 0) this.#hurry();
    this.#ending ??= this.#end(graceMs);
    return await this.#ending;
  }

  /** KILL at once, and sweep. */
  async kill(): Promise<number> {
    return await this.end({ graceMs: 0 });
  }

  async #end(graceMs: Ms): Promise<number> {
    if (graceMs > 0) {
      const hurried = new Promise<false>((resolve) => (this.#hurry = () => resolve(false)));
      signalGroup(this.pid, 'SIGTERM');
      // A stopped process would only see the TERM when someone continues it.
      signalGroup(this.pid, 'SIGCONT');
      await Promise.race([groupGone(this.pid, graceMs), hurried]);
    }
    signalGroup(this.pid, 'SIGKILL');
    await Promise.race([this.exited, groupGone(this.pid, 5000)]);
    return await this.sweep();
  }
}

function own(stream: Readable | null): Readable {
  if (stream === null)
    throw new Error('Internal error: expected a pipe of its own, was a descriptor of ours');
  return stream;
}
