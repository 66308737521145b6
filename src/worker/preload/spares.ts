import { spawn, type ChildProcess } from 'node:child_process';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { couldNotImport } from '../../model/preload.ts';
import type { ControlGroup } from '../../process/cgroup.ts';
import { spawnFault } from '../../process/spawn-fault.ts';
import { childOf, TestProcess, type Child, type TestProcessRequest } from '../../process/test-process.ts';
import { signalGroup } from '../../process/group.ts';
import { atLeave } from '../last-resort.ts';
import type { Start } from './fitting.ts';
import { Lines } from './lines.ts';
import { partsOf, refused, type PreloadedStart, type Starter } from './request.ts';

/** What spare processes are started with. */
export interface SpareFacts {
  /** How the stage's process was started. */
  readonly own: Start;
  readonly imports: readonly string[];
  readonly group: ControlGroup | undefined;
}

/** What a spare process runs until it is taken; what is built stands beside this. */
const SPARE = fileURLToPath(new URL('./node/spare.js', import.meta.url));

/**
 * The spare process of this worker for one stage: it has done the imports, becomes the next test, and then there is another one. All end
 * with the stage.
 */
export class Spares implements Starter {
  readonly #facts: SpareFacts;
  readonly #resident: Lines;
  #spare: Spare | undefined;
  #gone = false;

  /** @param address of the stage's process, to be told of its end */
  constructor(address: string, facts: SpareFacts) {
    this.#facts = facts;
    this.#resident = Lines.to(address);
    void this.#resident.closed.then(() => {
      this.#gone = true;
      return this.#spare?.kill();
    });
  }

  get isGone(): boolean {
    return this.#gone;
  }

  async start(request: TestProcessRequest, signal: AbortSignal): Promise<PreloadedStart> {
    const parts = partsOf(request);
    if ('ok' in parts) return parts;
    const spare = this.#spare?.lives ? this.#spare : this.#another();
    this.#spare = undefined;
    if (!(spare instanceof Spare)) return spare;
    const before = this.#facts.group?.helpers() ?? [];
    const [word, ...rest] = await spare.become(parts, signal);
    if (word === 'fault') return refused(request, rest.join(' '));
    if (word !== 'started') {
      await spare.kill();
      if (word === 'failed') return { ok: false, lost: couldNotImport(rest.join(' ')) };
      const how = signal.aborted ? 'did not do its imports in time' : 'died';
      return { ok: false, lost: `A spare process of it ${how}.` };
    }
    const child = spare.leave();
    const { group } = this.#facts;
    const test = new TestProcess(child, request.cookie, { group, before });
    // While the test runs, which may wait for a board.
    const next = this.#gone ? undefined : this.#another();
    if (next instanceof Spare) this.#spare = next;
    return { ok: true, process: test };
  }

  /** Started, and its imports begun; or why the system refuses it. */
  #another(): Spare | PreloadedStart {
    const { own, imports, group } = this.#facts;
    const [program = ''] = own.argv;
    try {
      const process = spawn(program, [SPARE, ...imports], {
        cwd: own.cwd,
        env: own.env,
        detached: true,
        // What imports print the stage has shown; but a stream that they open has to be of the kind that a test has.
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      });
      if (process.pid !== undefined) return new Spare(process, group);
      process.on('error', () => undefined);
      return { ok: false, lost: `Its interpreter ${program} could not be started once more.` };
    } catch (error) {
      return { ok: false, fault: spawnFault(error as NodeJS.ErrnoException, own) };
    }
  }
}

/**
 * One process that waits to become a test:
 *
 *     importing ── "ready" ──▶ waiting ── become() ──▶ a test, of which others take care
 *         └────────── dies, or kill() ─────┴──▶ gone
 */
class Spare {
  readonly #child: Child;
  readonly #lines: Lines;
  readonly #ready: Promise<string | undefined>;
  readonly #notKept: (() => void) | undefined;
  readonly #settled: () => void;
  #lives = true;

  constructor(process: ChildProcess, group: ControlGroup | undefined) {
    const channel = process.stdio[3];
    if (!(channel instanceof net.Socket))
      throw new Error(`Internal error: expected a socket on descriptor 3, was ${typeof channel}`);
    for (const printed of [process.stdout, process.stderr]) printed?.on('error', () => undefined).resume();
    this.#child = childOf(process);
    this.#lines = new Lines(channel);
    this.#ready = this.#lines.next();
    this.#notKept = group?.keep(this.#child.pid);
    this.#settled = atLeave(() => this.kill());
    void this.#child.exited.then(() => {
      this.#lives = false;
      return this.leave();
    });
  }

  get lives(): boolean {
    return this.#lives;
  }

  /** What it answers, in words, once its imports are done; none: it died, or the signal came first. */
  async become(parts: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    const close = (): void => this.#lines.close();
    signal.addEventListener('abort', close);
    if (signal.aborted) close();
    const line = await this.#ready;
    signal.removeEventListener('abort', close);
    if (line !== 'ready') return line?.split(' ') ?? [];
    this.#lines.ask(parts);
    return await this.#lines.answer(signal);
  }

  /** It is a test now. */
  leave(): Child {
    this.#notKept?.();
    this.#settled();
    return this.#child;
  }

  async kill(): Promise<void> {
    signalGroup(this.#child.pid, 'SIGKILL');
    await this.#child.exited;
  }
}
