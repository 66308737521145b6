import type { TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import { breakLease } from '../labstate/break-lease.ts';
import { acquireLease, readLease, releaseLease, type HeldLease, type Lease } from '../labstate/lease.ts';
import { watchLeases } from '../labstate/watch-leases.ts';
import { endStrays } from '../process/strays.ts';

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
 *      ▲ └─ somebody else has the lease ─▶ held
 *      └──── the lease is gone, or was broken ──┘
 *
 * What is held is looked at whenever the leases change, and now and then; a lease whose holder is dead is broken at once.
 */
export class TentacleClaims {
  readonly #request: ClaimsRequest;
  readonly #free = new Map<TentacleId, Tentacle>();
  readonly #ours = new Map<TentacleId, { tentacle: Tentacle; lease: Lease }>();
  readonly #held = new Map<TentacleId, HeldTentacle>();
  readonly #breaking = new Map<TentacleId, Promise<void>>();
  #watch: { close(): void } | undefined;
  #closed = false;

  /** Looks once who holds what; throws `LabStateFault`. */
  constructor(request: ClaimsRequest) {
    this.#request = request;
    for (const tentacle of request.tentacles) this.#free.set(tentacle.id, tentacle);
    for (const tentacle of request.tentacles) {
      const lease = readLease(request.stateDirectory, tentacle.leaseKey);
      if (lease !== undefined) this.#hold({ tentacle, lease });
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
      const { stateDirectory, owner, leftoversOf } = this.#request;
      const leftovers = leftoversOf(tentacle);
      const acquired = acquireLease(stateDirectory, tentacle.leaseKey, { ...owner, leftovers });
      if (!acquired.ok) {
        for (const { lease } of taken) releaseLease(lease);
        const held = { tentacle, lease: acquired.held };
        this.#hold(held);
        return { ok: false, held };
      }
      taken.push({ tentacle, lease: acquired.lease });
    }
    for (const entry of taken) {
      this.#free.delete(entry.tentacle.id);
      this.#ours.set(entry.tentacle.id, entry);
    }
    return { ok: true };
  }

  /** Gives leases back; false when one was not ours any more. Throws `LabStateFault`. */
  release(ids: readonly TentacleId[]): boolean {
    let ours = true;
    for (const id of ids) {
      const entry = this.#ours.get(id);
      if (entry === undefined) throw new Error(`Internal error: expected a tentacle of ours, was ${id}`);
      this.#ours.delete(id);
      this.#free.set(id, entry.tentacle);
      ours = releaseLease(entry.lease) && ours;
    }
    return ours;
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
    const known = this.#held.get(tentacle.id);
    this.#free.delete(tentacle.id);
    this.#held.set(tentacle.id, held);
    this.#watch ??= watchLeases(this.#request.stateDirectory, () => this.#look());
    if (lease.liveness === 'dead') this.#break(held);
    else if (known?.lease.holder.id !== lease.holder.id) this.#request.onHeld(held);
  }

  #look(): void {
    if (this.#closed) return;
    const before = this.#free.size;
    for (const { tentacle, lease: old } of this.#held.values()) {
      const lease = readLease(this.#request.stateDirectory, tentacle.leaseKey);
      if (lease === undefined) {
        this.#held.delete(tentacle.id);
        this.#free.set(tentacle.id, tentacle);
      } else if (lease.liveness === 'dead' || lease.holder.id !== old.holder.id) this.#hold({ tentacle, lease });
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

  #break({ tentacle, lease }: HeldTentacle): void {
    if (this.#breaking.has(tentacle.id)) return;
    const broken = breakLease(this.#request.stateDirectory, lease, endStrays)
      // Somebody else's file in a directory that we may not write in: it stays held, and is tried again.
      .catch(() => undefined)
      .then(() => {
        this.#breaking.delete(tentacle.id);
        this.#look();
      });
    this.#breaking.set(tentacle.id, broken);
  }
}
