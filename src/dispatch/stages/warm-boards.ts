import { releaseLease, type Lease } from '../../labstate/lease.ts';
import type { StageName, TentacleId } from '../../model/ids.ts';
import type { JobBinding } from '../../model/job.ts';
import type { Tentacle } from '../../model/lab.ts';
import { powerOff } from '../power-off.ts';

/** A board that a run left on, and what it is ready for. */
export interface HeldBoard {
  readonly binding: JobBinding;
  readonly stages: readonly StageName[];
  /** As `Driver.powerMark` gives it: the proof that it was on all the time. */
  readonly mark: string;
  /** Let go then, if no run wanted it before; monotonic. */
  readonly until: number;
}

/** What one session leaves to the next. */
export interface WarmBoard extends HeldBoard {
  readonly lease: Lease;
  /** What its stages were made from, by name. */
  readonly fingerprints: Readonly<Record<StageName, string>>;
  /** The host stages that they come after. */
  readonly parents: readonly StageName[];
}

/**
 * The boards that are ready for a tentacle stage while no session has them. Their power is on, and their leases are ours.
 *
 *     a session ends ── keep() ──▶ here ── take(): the next session needs its tentacle ──▶ gone
 *                                    └── idle, its parent died, reload, close() ──▶ off, and its lease given back
 */
export class WarmBoards {
  readonly #boards = new Map<TentacleId, WarmBoard & { readonly idle: NodeJS.Timeout }>();
  readonly #leaving = new Set<Promise<void>>();
  readonly #virtualHost: () => string | undefined;

  /** @param virtualHost where the virtual boards are now */
  constructor(virtualHost: () => string | undefined) {
    this.#virtualHost = virtualHost;
  }

  /** For a person. */
  get all(): readonly WarmBoard[] {
    return [...this.#boards.values()];
  }

  keep(boards: readonly WarmBoard[]): void {
    for (const board of boards) {
      const { id } = board.binding.tentacle;
      const idle = setTimeout(() => this.#letGo(id), board.until - performance.now());
      this.#boards.set(id, { ...board, idle });
    }
  }

  /** The leases of those of these tentacles that are here. */
  leasesOf(tentacles: readonly Tentacle[]): readonly Lease[] {
    return tentacles.flatMap(({ id, leaseKey }) => {
      const lease = this.#boards.get(id)?.lease;
      return lease?.record.key === leaseKey ? [lease] : [];
    });
  }

  /** Those of these tentacles that are here are the caller's from now on, with their leases. */
  take(tentacles: readonly Tentacle[]): readonly WarmBoard[] {
    return tentacles.flatMap(({ id, leaseKey }) => {
      const board = this.#boards.get(id);
      if (board === undefined || board.lease.record.key !== leaseKey) return [];
      clearTimeout(board.idle);
      this.#boards.delete(id);
      return [board];
    });
  }

  /** A host stage is down: so is what comes after it. */
  async parentDown(stage: StageName): Promise<void> {
    for (const [id, { parents }] of this.#boards) if (parents.includes(stage)) this.#letGo(id);
    await this.quiet();
  }

  /** Lets go of those that are ready for one of these stages; undefined: of all. Gives the stages that were ready there. */
  reload(stages: readonly StageName[] | undefined): readonly StageName[] {
    const going = [...this.#boards].filter(
      ([, board]) => stages === undefined || board.stages.some((stage) => stages.includes(stage)),
    );
    for (const [id] of going) this.#letGo(id);
    return going.flatMap(([, board]) => board.stages);
  }

  /** Resolves when those that were let go are off and free. */
  async quiet(): Promise<void> {
    await Promise.all(this.#leaving);
  }

  async close(): Promise<void> {
    this.reload(undefined);
    await this.quiet();
  }

  #letGo(id: TentacleId): void {
    const board = this.#boards.get(id);
    if (board === undefined) return;
    clearTimeout(board.idle);
    this.#boards.delete(id);
    const off = powerOff([board.binding], this.#virtualHost()).then(() => void releaseLease(board.lease));
    this.#leaving.add(off);
    void off.finally(() => this.#leaving.delete(off));
  }
}
