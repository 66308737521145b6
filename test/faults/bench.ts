import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Phase, TestbedEvent } from '../../src/event/event.ts';
import { statOf } from '../../src/util/process-identity.ts';
import { Gate, type Held } from '../support/gate.ts';
import { Rig, processesOf, until, type Running, type StartOptions } from '../support/rig.ts';

/** What of a spec matters here; times as in a plan. */
export interface Sketch {
  readonly command: readonly string[];
  /** Runs on the virtual board `v0`. */
  readonly board?: true;
  /** The higher, the earlier. */
  readonly priority?: number;
  readonly timeout?: string;
  readonly grace?: string;
  readonly silence?: string;
  readonly results?: 'exit-code' | 'tap' | 'junit' | 'events';
  /** Carried out after the command, one after the other. */
  readonly teardown?: readonly (readonly string[])[];
  /** The stage that it starts from. */
  readonly stage?: string;
}

/** Entries of a plan or a lab file, by their names, as they stand there. */
export type Entries = Readonly<Record<string, unknown>>;

/** An event as it came out of a running session. */
export interface Told {
  readonly line: string;
  readonly event: TestbedEvent;
  /** When it came, on this process's monotonic clock: the session's own clock may be the fault. */
  readonly at: number;
}

const LIMIT_MS = 60_000;

/** Words of the command lines of processes that a session starts. */
const PROGRAMS = {
  worker: 'worker/main',
  host: 'virtual/main',
  hook: 'hook/main',
  stage: 'fixtures/stage.py',
  preloader: 'preload/resident.py',
} as const;

/** A lab of its own for one row, its session, and what that session told. */
export class Bench implements AsyncDisposable {
  readonly rig = new Rig();
  readonly gate: Gate;
  readonly told: Told[] = [];
  /** When the fault was done, on the monotonic clock. */
  faultAt: number | undefined;
  readonly #listeners = new Set<() => void>();
  #running: Running | undefined;

  private constructor(gate: Gate) {
    this.gate = gate;
  }

  static async open(): Promise<Bench> {
    return new Bench(await Gate.open());
  }

  /** Writes lab and plan. The limits of its board are short, so that a stopped host holds nobody up for long. */
  lab(specs: Readonly<Record<string, Sketch>>, more: { hooks?: Entries; stages?: Entries } = {}): void {
    const { hooks = {}, stages = {} } = more;
    const board = Object.values(specs).some((sketch) => sketch.board);
    this.rig.lab(
      [
        'plans: [./own.yaml]',
        `hooks: ${JSON.stringify(hooks)}`,
        ...(board
          ? [
              'boards:',
              '  SHORT: { port: webassembly, mcu: wasm, driver: virtual, features: [mcu], limits: { teardown: 1s } }',
              'tentacles: { v0: { board: SHORT } }',
            ]
          : ['tentacles: {}']),
        '',
      ].join('\n'),
    );
    const lines = Object.entries(specs).map(([name, { board: onBoard, ...sketch }]) => {
      const roles = onBoard ? { cover: 'once', roles: { dut: { feature: 'mcu' } } } : {};
      const common = { label: name.toUpperCase(), help: 'of the fault table', timeout: '1m', ...roles };
      return `  ${name}: ${JSON.stringify({ ...common, results: 'exit-code', ...sketch })}`;
    });
    const before = Object.keys(stages).length === 0 ? '' : `stages: ${JSON.stringify(stages)}\n`;
    this.rig.write('own.yaml', `plan: own\n${before}specs:\n${lines.join('\n')}\n`);
  }

  /** Starts a session; what it tells is listened to. */
  start(args: readonly string[], options: StartOptions = {}): Running {
    const running = this.rig.start(['run', '--format', 'jsonl', '--no-wait', ...args], options);
    this.#running = running;
    this.told.length = 0;
    createInterface({ input: running.child.stdout! }).on('line', (line) => {
      try {
        this.told.push({ line, event: JSON.parse(line) as TestbedEvent, at: performance.now() });
      } catch {
        // A line that was cut off when the session was killed.
      }
      for (const listener of this.#listeners) listener();
    });
    return running;
  }

  /** The session that was started last. */
  get session(): Running {
    if (this.#running === undefined) throw new Error('no session was started');
    return this.#running;
  }

  /** Resolves with the first event of the session that fits. */
  async event(fits: (event: TestbedEvent) => boolean | undefined): Promise<Told> {
    const { promise, resolve, reject } = Promise.withResolvers<Told>();
    const look = (): void => {
      const found = this.told.find(({ event }) => fits(event));
      if (found !== undefined) resolve(found);
    };
    const limit = setTimeout(() => reject(new Error(`not told within ${LIMIT_MS} ms`)), LIMIT_MS);
    void this.session.finished.then(({ stderr }) =>
      reject(new Error(`the session ended without it:\n${stderr}`)),
    );
    this.#listeners.add(look);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(limit);
      this.#listeners.delete(look);
    }
  }

  /** A phase of a run begins. */
  async phase(label: string, phase: Phase): Promise<Told> {
    return await this.event(
      (event) => event.type === 'phase-started' && event.phase === phase && isRun(event, label),
    );
  }

  /** The next test that waits at the gate; rejects when its session ends before. */
  async arrival(session: Running | undefined = this.#running): Promise<Held> {
    if (session === undefined) return await this.gate.arrival();
    return await Promise.race([
      this.gate.arrival(),
      session.finished.then(({ stderr }) => {
        throw new Error(`the session ended before a test began:\n${stderr}`);
      }),
    ]);
  }

  /** Does the fault, or the first part of it: sends a signal. */
  strike(pid: number, signal: NodeJS.Signals): void {
    this.faultAt ??= performance.now();
    process.kill(pid, signal);
  }

  /** From now on every test that waits passes. */
  letPass(): void {
    void (async () => {
      for (;;) (await this.gate.arrival()).release(0);
    })();
  }

  /** Resolves with the process of ours of this kind as soon as there is one. */
  async pidOf(who: keyof typeof PROGRAMS): Promise<number> {
    return await this.#process(PROGRAMS[who]);
  }

  /** Resolves with the test process that this gate will hold, as soon as there is one. */
  async testPid(): Promise<number> {
    return await this.#process('held.mjs');
  }

  /** The latest log's events, as far as there is one. */
  events(): TestbedEvent[] {
    return existsSync(this.log) ? this.rig.events() : [];
  }

  get log(): string {
    return path.join(this.rig.session, 'events.jsonl');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.survivors()) process.kill(pid, 'SIGKILL');
    await this.gate[Symbol.asyncDispose]();
    await this.rig[Symbol.asyncDispose]();
  }

  /** Pids of all processes that this bench caused and that live, stopped ones included. */
  survivors(): number[] {
    return processesOf(this.rig.directory).filter(lives);
  }

  /** Names of the leases that are held. */
  leases(): string[] {
    const directory = path.join(this.rig.state, 'leases');
    return existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.json')) : [];
  }

  async #process(words: string): Promise<number> {
    return await until(
      this.rig.directory,
      () => oldest(processesOf(this.rig.directory).filter((pid) => commandOf(pid).includes(words))),
      LIMIT_MS,
    );
  }
}

/** What one of ours starts has its command line, too, until it becomes another program; and pids begin anew at some time. */
function oldest(pids: readonly number[]): number | undefined {
  return pids.toSorted((a, b) => startOf(a) - startOf(b))[0];
}

/** In ticks since boot; of one that is gone, after all others. */
function startOf(pid: number): number {
  return Number(statOf(pid)?.startTime ?? Number.POSITIVE_INFINITY);
}

/** Whether an event is of a run of this label. */
export function isRun({ run }: TestbedEvent, label: string): boolean {
  return run === label || run?.startsWith(`${label}[`) === true;
}

/** False for what is gone, and for what is dead and not reaped. */
export function lives(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** The command line of a process; empty when it is gone. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
