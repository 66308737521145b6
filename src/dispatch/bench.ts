import { randomUUID } from 'node:crypto';
import type { StageName } from '../model/ids.ts';
import type { Lab, Tentacle } from '../model/lab.ts';
import { sessionCookie } from '../process/cookie.ts';
import { endStrays } from '../process/strays.ts';
import type { Residence } from './residence.ts';
import { fingerprintOf, stageVariables, type StageFacts } from './stages/fingerprint.ts';
import { HostStages } from './stages/host-stages.ts';
import { WarmBoards } from './stages/warm-boards.ts';
import { VirtualKeeper } from './virtual-keeper.ts';
import { WorkerPool } from './worker-pool.ts';

/**
 * What is kept warm while sessions come and go: worker processes, host stages that are up, boards that are ready for a tentacle
 * stage, the host of the virtual boards. One that is not resident is for one session, which closes it at its end.
 */
export class Bench {
  /** In the environment of every process of this bench, as `TESTBED_COOKIE`, and in its leases. */
  readonly cookie: string;
  readonly pool: WorkerPool;
  readonly hostStages: HostStages;
  readonly boards: WarmBoards;
  readonly #residence: Residence | undefined;
  readonly #closing = new Set<Promise<void>>();
  #virtual: VirtualKeeper | undefined;
  #sessions = 0;
  #hurried = false;
  #fingerprints: ReadonlyMap<StageName, string> = new Map();

  /** @param cookie of a bench that this one replaces; absent: a new one */
  constructor({
    residence,
    workerEntry,
    cookie = randomUUID(),
  }: {
    readonly residence?: Residence;
    readonly workerEntry?: string | undefined;
    readonly cookie?: string | undefined;
  } = {}) {
    this.cookie = cookie;
    this.#residence = residence;
    this.pool = new WorkerPool(this.cookie, workerEntry);
    this.hostStages = new HostStages({
      pool: this.pool,
      cookie: this.cookie,
      residence,
      onDown: (stage) => this.boards.parentDown(stage),
    });
    this.boards = new WarmBoards(() => this.#virtual?.socket);
  }

  /** Whether it outlives the session that is served. */
  get resident(): boolean {
    return this.#residence !== undefined;
  }

  /** For the processes of the runs of one more session. */
  newSessionCookie(): string {
    return this.resident ? sessionCookie(this.cookie, ++this.#sessions) : this.cookie;
  }

  /** Who hosts these virtual boards: who does already, if it is the same boards, else somebody new. */
  virtualBoards(lab: Lab, tentacles: readonly Tentacle[]): VirtualKeeper {
    if (this.#virtual?.serves(lab, tentacles) === true) return this.#virtual;
    this.#putAway();
    this.#virtual = new VirtualKeeper({ lab, tentacles, cookie: this.cookie });
    return this.#virtual;
  }

  /** What the stages of the session that comes next are made from, by name. */
  get fingerprints(): ReadonlyMap<StageName, string> {
    return this.#fingerprints;
  }

  /** A session with these comes next: resolves when it is known what of that which is warm it can use. */
  async expect(session: StageFacts): Promise<void> {
    if (!this.resident) return;
    const { lab, env } = session;
    const variables = stageVariables(session);
    const made = lab.stages.map(async (stage): Promise<[StageName, string]> => [
      stage.name,
      await fingerprintOf(stage, variables, env),
    ]);
    this.#fingerprints = new Map(await Promise.all(made));
    // Tentacles that nobody needs any more are free by then.
    await Promise.all([this.hostStages.look(), this.boards.quiet()]);
  }

  /** Kills all workers at once, after a bug; only `close` may follow. */
  kill(reason: string): void {
    this.hostStages.abandon();
    this.pool.kill(reason);
  }

  /** What goes down is killed from now on; what a session uses is its own. */
  hurry(): void {
    this.#hurried = true;
    this.hostStages.hurry();
  }

  /** Ends all, boards first, which come after stages; resolves when nothing of it is left. */
  async close(): Promise<void> {
    await this.boards.close();
    const ended = this.hostStages.close();
    if (this.#hurried) this.hostStages.hurry();
    await ended;
    this.#putAway();
    await Promise.all([this.pool.end(), ...this.#closing]);
    await endStrays(this.cookie);
  }

  #putAway(): void {
    const closing = this.#virtual?.close();
    this.#virtual = undefined;
    if (closing === undefined) return;
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}
