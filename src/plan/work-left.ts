import type { Ms, TentacleId } from '../model/ids.ts';

/** Work that certain tentacles share evenly. */
export class Share {
  readonly members: readonly TentacleId[];
  readonly #changed: (members: readonly TentacleId[]) => void;
  #ms: Ms = 0;

  constructor(members: readonly TentacleId[], changed: (members: readonly TentacleId[]) => void) {
    this.members = members;
    this.#changed = changed;
  }

  get ms(): Ms {
    return this.#ms;
  }

  add(ms: Ms): void {
    this.#ms += ms;
    this.#changed(this.members);
  }
}

/**
 * How much unserved work each tentacle has before it, if all who can do it share it evenly. Sums are of whole
 * milliseconds and made in a fixed order, so that they do not depend on how it came to them.
 */
export class WorkLeft {
  readonly #shares = new Map<string, Share>();
  readonly #of = new Map<TentacleId, Share[]>();
  readonly #known = new Map<TentacleId, Ms>();

  /** The share of these tentacles; the same for the same ones. Ids ascending. */
  share(members: readonly TentacleId[]): Share {
    const key = members.join('\n');
    let share = this.#shares.get(key);
    if (share === undefined) {
      share = new Share(members, (changed) => this.#forget(changed));
      this.#shares.set(key, share);
      for (const id of members) {
        const own = this.#of.get(id);
        if (own === undefined) this.#of.set(id, [share]);
        else own.push(share);
      }
    }
    return share;
  }

  of(id: TentacleId): Ms {
    let ms = this.#known.get(id);
    if (ms === undefined) {
      ms = 0;
      for (const share of this.#of.get(id) ?? []) ms += share.ms / share.members.length;
      this.#known.set(id, ms);
    }
    return ms;
  }

  #forget(members: readonly TentacleId[]): void {
    for (const id of members) this.#known.delete(id);
  }
}
