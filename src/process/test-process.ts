import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Ms } from '../model/ids.ts';
import { RUN_COOKIE } from './cookie.ts';
import { groupGone, signalGroup } from './group.ts';
import { spawnFault, type SpawnFault } from './spawn-fault.ts';
import { endStraysSince, maySurvive } from './strays.ts';

export { endStrays } from './strays.ts';

/** How a process ended: one of the two is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
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
}

export type Started =
  { readonly ok: true; readonly process: TestProcess } | { readonly ok: false; readonly fault: SpawnFault };

/** Starts a command in a session and process group of its own; one that can not be started is a value. */
export async function startTestProcess(request: TestProcessRequest): Promise<Started> {
  const env = { ...request.env, [RUN_COOKIE]: request.cookie };
  const [program = '', ...rest] = request.argv;
  try {
    const child = spawn(program, rest, {
      cwd: request.cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (child.pid === undefined) {
      const error = await new Promise<NodeJS.ErrnoException>((resolve) => child.once('error', resolve));
      return { ok: false, fault: spawnFault(error, { ...request, env }) };
    }
    return { ok: true, process: new TestProcess(child, request.cookie) };
  } catch (error) {
    return { ok: false, fault: spawnFault(error as NodeJS.ErrnoException, { ...request, env }) };
  }
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
  /** Bytes as they come. They end when the last process that holds the pipe is gone, which may be after `exited`. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Of the command itself; what it started may still live. */
  readonly exited: Promise<Exit>;
  readonly #cookie: string;
  readonly #startedAt = performance.now();
  #ending: Promise<number> | undefined;
  #hurry: () => void = () => undefined;

  constructor(child: ChildProcessByStdio<null, Readable, Readable>, cookie: string) {
    this.pid = child.pid!;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    this.#cookie = cookie;
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    // A signal that can not be sent is reported here, and is no fault of the run.
    child.on('error', () => undefined);
  }

  /**
   * Kills what the exited command left behind: first its process group, then whoever left the group but still carries
   * the run's cookie. Resolves with the number of those that were found by the cookie, once all are gone.
   */
  async sweep(): Promise<number> {
    const since = { pid: this.pid, at: this.#startedAt };
    // After most tests nobody is left, and to be told so by a failing kill() costs more than to look.
    if (!maySurvive(since)) return 0;
    if (signalGroup(this.pid, 'SIGKILL')) await groupGone(this.pid, 5000);
    return await endStraysSince(this.#cookie, since);
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
