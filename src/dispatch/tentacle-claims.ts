import type { TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import { LabStateFault } from '../labstate/fault.ts';
import { breakLease } from '../labstate/break-lease.ts';
import { acquireLease, readLease, releaseLease, type HeldLease, type Lease } from '../labstate/lease.ts';
import { watchLeases } from '../labstate/watch-leases.ts';
import { endStrays } from '../process/strays.ts';

/** A dead holder's lease that could not be broken is tried again after so long. */
const RETRY_MS = 1500;

/** What became of a claim; `held` names the first tentacle that somebody else has. */
export type Claim = { readonly ok: true } | { readonly ok: false; readonly held: HeldTentacle };

/** A tentacle that another process holds. */
export interface HeldTentacle {
  readonly tentacle: Tentacle;
  readonly lease: HeldLease;
}

/** Who claims, and whom to tell. */
export interface ClaimsRequest {
  readonly stateDirectory: string;
  readonly tentacles: readonly Tentacle[];
  readonly owner: { readonly command: string; readonly cookie: string };
  /** Leases of these tentacles that are ours from an earlier session. */
  readonly kept: readonly Lease[];
  /** Paths, relative to the state directory, that a tentacle leaves behind when this process is killed. */
  readonly leftoversOf: (tentacle: Tentacle) => readonly string[];
  /** Another process holds it: told once per holder. */
  readonly onHeld: (held: HeldTentacle) => void;
  /** A tentacle may be free again. */
  readonly onChange: () => void;
}

/**
 * The tentacles of a session, as far as exclusive rights go.
 *
 *     free ── claim() ──▶ ours ── release() ──▶ free
 *                         ours ── keep() ──▶ kept (free for us, with the lease) ── claim() ──▶ ours
 *      ▲ └─ somebody else has the lease ─▶ held
 *      └──── the lease is gone, or was broken ──┘
 *
 * What is held is looked at whenever the leases change, and now and then; a lease whose holder is dead is broken at once.
 */
export class TentacleClaims {
  readonly #request: ClaimsRequest;
  readonly #free = new Map<TentacleId, Tentacle>();
  readonly #ours = new Map<TentacleId, { tentacle: Tentacle; lease: Lease }>();
  /** Those that are free for us alone; they are in `#free`, too. */
  readonly #kept = new Map<TentacleId, { tentacle: Tentacle; lease: Lease }>();
  readonly #held = new Map<TentacleId, HeldTentacle>();
  /** Of which holder we told last. */
  readonly #told = new Map<TentacleId, string>();
  /** By the id of the lease, monotonic. */
  readonly #triedAt = new Map<string, number>();
  readonly #breaking = new Map<TentacleId, Promise<void>>();
  #watch: { close(): void } | undefined;
  #closed = false;

  /** Looks once who holds what. */
  constructor(request: ClaimsRequest) {
    this.#request = request;
    for (const tentacle of request.tentacles) this.#free.set(tentacle.id, tentacle);
    for (const tentacle of request.tentacles) {
      const kept = request.kept.find(({ record }) => record.key === tentacle.leaseKey);
      if (kept !== undefined) {
        this.#kept.set(tentacle.id, { tentacle, lease: kept });
        continue;
      }
      const lease = this.#leaseOf(tentacle);
      if (lease !== 'unknown' && lease !== undefined) this.#hold({ tentacle, lease });
    }
  }

  get free(): ReadonlySet<TentacleId> {
    return new Set(this.#free.keys());
  }

  get held(): readonly HeldTentacle[] {
    return [...this.#held.values()];
  }

  /** True while a dead holder's lease is being broken: what is held now is about to be free. */
  get breaking(): boolean {
    return this.#breaking.size > 0;
  }

  /** Takes the leases of all, or of none. Throws `LabStateFault`. */
  claim(ids: readonly TentacleId[]): Claim {
    const taken: { tentacle: Tentacle; lease: Lease }[] = [];
    for (const id of ids) {
      const tentacle = this.#free.get(id);
      if (tentacle === undefined) throw new Error(`Internal error: expected a free tentacle, was ${id}`);
      const kept = this.#kept.get(id);
      if (kept !== undefined) {
        taken.push(kept);
        continue;
      }
      const { stateDirectory, owner, leftoversOf } = this.#request;
      const leftovers = leftoversOf(tentacle);
      const acquired = acquireLease(stateDirectory, tentacle.leaseKey, { ...owner, leftovers });
      if (!acquired.ok) {
        for (const entry of taken) if (!this.#kept.has(entry.tentacle.id)) releaseLease(entry.lease);
        const held = { tentacle, lease: acquired.held };
        this.#hold(held);
        return { ok: false, held };
      }
      taken.push({ tentacle, lease: acquired.lease });
    }
    for (const entry of taken) {
      this.#free.delete(entry.tentacle.id);
      this.#kept.delete(entry.tentacle.id);
      this.#ours.set(entry.tentacle.id, entry);
    }
    return { ok: true };
  }

  /** Makes a tentacle of ours free for us again, and for nobody else: the lease stays. */
  keep(id: TentacleId): void {
    const entry = this.#ours.get(id);
    if (entry === undefined) throw new Error(`Internal error: expected a tentacle of ours, was ${id}`);
    this.#ours.delete(id);
    this.#kept.set(id, entry);
    this.#free.set(id, entry.tentacle);
  }

  /** Whether we hold the lease of a tentacle that is free. */
  keeps(id: TentacleId): boolean {
    return this.#kept.has(id);
  }

  /** The lease of one that is kept is somebody else's business from now on. */
  handOver(id: TentacleId): Lease {
    const entry = this.#kept.get(id);
    if (entry === undefined) throw new Error(`Internal error: expected a kept tentacle, was ${id}`);
    this.#kept.delete(id);
    this.#free.delete(id);
    return entry.lease;
  }

  /** Gives a lease back; undefined, or a sentence about what was wrong with it. */
  release(id: TentacleId): string | undefined {
    const entry = this.#ours.get(id);
    if (entry === undefined) throw new Error(`Internal error: expected a tentacle of ours, was ${id}`);
    this.#ours.delete(id);
    this.#free.set(id, entry.tentacle);
    try {
      if (releaseLease(entry.lease)) return undefined;
      return `The lease of tentacle ${id} was taken from us while we held it: somebody removed or changed ${entry.lease.file}.`;
    } catch (error) {
      if (error instanceof LabStateFault)
        return `The lease of tentacle ${id} could not be given back: ${error.message}`;
      throw error;
    }
  }

  /** Nobody asks for this tentacle any more. */
  giveUp(id: TentacleId): void {
    this.#free.delete(id);
    this.#held.delete(id);
    this.#rest();
  }

  /** Waits for nobody any more. Resolves when nothing is being broken. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watch?.close();
    await Promise.all(this.#breaking.values());
  }

  #hold(held: HeldTentacle): void {
    const { tentacle, lease } = held;
    this.#free.delete(tentacle.id);
    this.#held.set(tentacle.id, held);
    this.#watch ??= watchLeases(this.#request.stateDirectory, () => this.#look());
    if (lease.liveness === 'dead') this.#break(held);
    else this.#tell(held);
  }

  /** A session leases a tentacle anew for each run: that is still the same holder, and no news. */
  #tell(held: HeldTentacle): void {
    const { cookie, pid, startTime } = held.lease.holder;
    const holder = `${cookie} ${pid} ${startTime}`;
    if (this.#told.get(held.tentacle.id) === holder) return;
    this.#told.set(held.tentacle.id, holder);
    this.#request.onHeld(held);
  }

  #look(): void {
    if (this.#closed) return;
    const before = this.#free.size;
    for (const { tentacle, lease: old } of this.#held.values()) {
      const lease = this.#leaseOf(tentacle);
      if (lease === 'unknown') continue;
      if (lease === undefined) {
        this.#held.delete(tentacle.id);
        this.#free.set(tentacle.id, tentacle);
      } else if (lease.liveness === 'dead' || lease.holder.id !== old.holder.id)
        this.#hold({ tentacle, lease });
    }
    this.#rest();
    if (this.#free.size > before) this.#request.onChange();
  }

  /** Watches no longer than somebody is waited for. */
  #rest(): void {
    if (this.#held.size > 0) return;
    this.#watch?.close();
    this.#watch = undefined;
  }

  /** `unknown`: it can not be read now. Whoever claims it is told why. */
  #leaseOf({ leaseKey }: Tentacle): HeldLease | undefined | 'unknown' {
    try {
      return readLease(this.#request.stateDirectory, leaseKey);
    } catch (error) {
      if (error instanceof LabStateFault) return 'unknown';
      throw error;
    }
  }

  #break(held: HeldTentacle): void {
    const { id } = held.tentacle;
    // What was tried in vain shows up as a change of the directory, and would be tried again at once.
    const triedAt = this.#triedAt.get(held.lease.holder.id) ?? -Infinity;
    if (this.#breaking.has(id) || performance.now() - triedAt < RETRY_MS) return;
    this.#breaking.set(id, this.#broken(held));
  }

  async #broken(held: HeldTentacle): Promise<void> {
    const { tentacle, lease } = held;
    let broken = false;
    try {
      const how = await breakLease(this.#request.stateDirectory, lease, endStrays);
      broken = how !== 'elsewhere';
    } catch (error) {
      if (!(error instanceof LabStateFault)) throw error;
      // Somebody else's, where we may not write: it stays held.
      this.#tell(held);
    }
    this.#breaking.delete(tentacle.id);
    this.#triedAt.set(lease.holder.id, performance.now());
    if (broken) this.#look();
    else this.#request.onChange();
  }
}
