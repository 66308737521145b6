import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { Bench } from '../../dispatch/bench.ts';
import {
  acquireLease,
  prepareLeases,
  releaseLease,
  type HeldLease,
  type Lease,
} from '../../labstate/lease.ts';
import type { Ms } from '../../model/ids.ts';
import { unreachable } from '../../util/unreachable.ts';
import { makeDirectory } from '../../util/make-directory.ts';
import { version } from '../version.ts';
import { Channel } from './channel.ts';
import { runnerLog, socketAddress, sweepRunner, type RunnerPlace } from './place.ts';
import type { FromRunner, RunnerStatus, RunRequest, ToRunner } from './protocol.ts';
import { Turn, type ClientChannel } from './turn.ts';

/** How a runner is to be. */
export interface RunnerOptions {
  readonly place: RunnerPlace;
  readonly command: readonly string[];
  /** It ends when nobody came for so long; undefined: never. */
  readonly idleMs: Ms | undefined;
  /** A host stage that no run needed for so long is ended. */
  readonly stageIdleMs: Ms;
  /** A line for its log. */
  readonly log: (text: string) => void;
}

/**
 * The resident runner of a lab: carries out the sessions that are handed to it, one after the other, on a bench that stays warm.
 *
 *     starting ── has the lease, listens ──▶ idle ◀── a session ends ── serving
 *                                             │ └── a session is handed over ─▶┘ (others wait their turn)
 *                                             ▼
 *                   idle for too long, stop() ─▶ stopping: the session, those that wait, the bench ──▶ over
 */
export class Runner {
  /** Resolves when nothing of it is left. */
  readonly finished: Promise<void>;
  readonly #options: RunnerOptions;
  readonly #lease: Lease;
  readonly #since = Date.now();
  readonly #finish = Promise.withResolvers<void>();
  readonly #waiting: Turn[] = [];
  readonly #channels = new Set<ClientChannel>();
  #server: Server | undefined;
  #bench: Bench;
  #serving: Turn | undefined;
  #stopping = false;
  #idle: NodeJS.Timeout | undefined;
  #idleSince = Date.now();

  /** Becomes the runner of a lab; or gives the lease of whoever is already. Throws `LabStateFault`. */
  static async start(options: RunnerOptions): Promise<Runner | HeldLease> {
    const { place, command } = options;
    prepareLeases(place.runners);
    const bench = newBench(options);
    const owner = { command: command.join(' '), cookie: bench.cookie };
    for (;;) {
      const acquired = acquireLease(place.runners, place.key, owner);
      if (acquired.ok) {
        const runner = new Runner(options, acquired.lease, bench);
        await runner.#listen();
        return runner;
      }
      if (acquired.held.liveness !== 'dead') return acquired.held;
      await sweepRunner(place, acquired.held);
    }
  }

  private constructor(options: RunnerOptions, lease: Lease, bench: Bench) {
    this.#options = options;
    this.#lease = lease;
    this.#bench = bench;
    this.finished = this.#finish.promise;
  }

  get status(): RunnerStatus {
    const { place, idleMs } = this.#options;
    const { boards, hostStages, pool } = this.#bench;
    const busy = this.#serving !== undefined;
    return {
      lab: place.lab,
      pid: process.pid,
      version: version(),
      since: this.#since,
      log: runnerLog(place),
      endsAt: busy || idleMs === undefined ? null : this.#idleSince + idleMs,
      serving: this.#serving === undefined ? null : { ...this.#serving.client, ...this.#serving.session },
      waiting: this.#waiting.map(({ client }) => client),
      stages: hostStages.now,
      boards: boards.all.map(({ binding, stages, until }) => ({
        tentacle: binding.tentacle.id,
        stages,
        until: Math.round(Date.now() + until - performance.now()),
      })),
      workers: pool.size.all,
    };
  }

  /** Ends the session that is served, `now` at once, and itself after it; those that wait are told to do without. */
  stop(asked: 'soon' | 'now'): void {
    // Who asks twice insists.
    const how = this.#stopping ? 'now' : asked;
    this.#serving?.stop(how, 'SIGTERM');
    if (how === 'now') this.#bench.hurry();
    if (this.#stopping) return;
    this.#stopping = true;
    for (const turn of this.#waiting.splice(0)) turn.refuse('was stopped');
    if (this.#serving === undefined) void this.#close();
  }

  async #listen(): Promise<void> {
    const { place } = this.#options;
    makeDirectory(place.directory);
    chmodSync(place.directory, 0o700);
    const { address, close } = socketAddress(place);
    // That of a dead one; who lives has the lease.
    rmSync(address, { force: true });
    const server = createServer((socket) => this.#welcome(new Channel(socket)));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address, resolve);
    });
    close();
    this.#rest();
  }

  #welcome(channel: ClientChannel): void {
    this.#channels.add(channel);
    void channel.closed.then(() => this.#channels.delete(channel));
    channel.send({ kind: 'hello', version: version(), pid: process.pid });
    let turn: Turn | undefined;
    channel.listen((message) => {
      try {
        if (message.kind === 'run') turn = this.#enqueue(message, channel);
        else if (message.kind === 'stop') turn?.stop(message.how, message.by);
        else if (message.kind === 'control') turn?.control(message.name, message.args);
        else channel.send(this.#answer(message));
      } catch (bug) {
        // One who connects must not take the sessions of others along.
        this.#options.log(`${JSON.stringify(message).slice(0, 200)}: ${String(bug)}`);
        channel.destroy();
      }
    });
  }

  #answer(message: Exclude<ToRunner, { kind: 'run' | 'stop' | 'control' }>): FromRunner {
    switch (message.kind) {
      case 'status':
        return { kind: 'status', ...this.status };
      case 'reload': {
        const stages = message.stages ?? undefined;
        const boards = this.#bench.boards.reload(stages);
        return {
          kind: 'reloading',
          stages: [...new Set([...this.#bench.hostStages.reload(stages), ...boards])],
        };
      }
      case 'stop-session': {
        const found = this.#serving?.session.session === message.session;
        if (found) this.#serving?.stop(message.how, 'SIGTERM');
        return { kind: 'stopping', found };
      }
      case 'stop-runner':
        this.stop(message.how);
        return { kind: 'stopping', found: true };
      default:
        return unreachable(message);
    }
  }

  #enqueue(request: RunRequest, channel: ClientChannel): Turn {
    const turn = new Turn(request, channel);
    if (this.#stopping) turn.refuse('is being stopped');
    else {
      this.#waiting.push(turn);
      void channel.closed.then(() => this.#forget(turn));
      if (this.#serving !== undefined)
        turn.tellWaits([this.#serving, ...this.#waiting.slice(0, -1)].map(({ client }) => client));
      this.#next();
    }
    return turn;
  }

  /** Who waited is gone. */
  #forget(turn: Turn): void {
    const place = this.#waiting.indexOf(turn);
    if (place >= 0) this.#waiting.splice(place, 1);
  }

  #next(): void {
    if (this.#serving !== undefined) return;
    if (this.#stopping) return void this.#close();
    const turn = this.#waiting.shift();
    if (turn === undefined) return this.#rest();
    clearTimeout(this.#idle);
    this.#serving = turn;
    void this.#serve(turn);
  }

  async #serve(turn: Turn): Promise<void> {
    const { log } = this.#options;
    log(`pid ${turn.client.pid} asks for: ${turn.client.command}`);
    try {
      const exit = await turn.carryOut(this.#bench);
      const { session } = turn.session;
      log(session === null ? `nothing was run, exit ${exit}` : `session ${session} ended, exit ${exit}`);
    } catch (bug) {
      log(`a bug of testbed, please report it: ${bug instanceof Error ? bug.stack : String(bug)}`);
      await this.#replaceBench();
    }
    this.#serving = undefined;
    this.#next();
  }

  /** What state a bug leaves behind nobody knows. */
  async #replaceBench(): Promise<void> {
    this.#bench.kill('a session ended because of a bug');
    await this.#bench.close();
    this.#bench = newBench(this.#options, this.#bench.cookie);
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idleSince = Date.now();
    const { idleMs, log } = this.#options;
    if (idleMs === undefined) return;
    this.#idle = setTimeout(() => {
      log('nobody came for long');
      this.stop('soon');
    }, idleMs);
  }

  async #close(): Promise<void> {
    clearTimeout(this.#idle);
    this.#server?.close();
    await this.#bench.close();
    const { address, close } = socketAddress(this.#options.place);
    rmSync(address, { force: true });
    close();
    releaseLease(this.#lease);
    // Who waited for the end is told by this.
    for (const channel of this.#channels) channel.end();
    this.#finish.resolve();
  }
}

/** The cookie stays: it stands in the runner's lease. */
function newBench({ place, stageIdleMs, log }: RunnerOptions, cookie?: string): Bench {
  return new Bench({
    residence: {
      directory: place.directory,
      stageIdleMs,
      onBug: (bug) =>
        log(`a bug of testbed, please report it: ${bug instanceof Error ? bug.stack : String(bug)}`),
    },
    cookie,
  });
}
