import type { Ms, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import { Bound, type Job } from './last-orders-bound.ts';
import type { Pull } from './pool.ts';

/** So many steps a search may take: what is tried first is likely to be good already. */
const MOST_STEPS = 500;

/** One of the last orders, and who could take its roles; the covering one first. */
export interface LastOrder extends Pull {
  readonly ms: Ms;
  readonly roles: readonly (readonly Tentacle[])[];
}

/** A way to serve an order. */
export interface Way {
  readonly order: LastOrder;
  /** One for each role. */
  readonly tentacles: readonly Tentacle[];
}

/** What is better than what the rule says; `way` absent: to wait until somebody else is free. */
export interface Better {
  readonly way?: Way;
  /** So much sooner the evening ends. */
  readonly savedMs: Ms;
}

/** What the search wants to know. */
export interface LastOrdersRequest {
  /** What the rule says is to be served now; its order is the first of `orders`. */
  readonly first: Way;
  /** In the order of the rule. */
  readonly orders: readonly LastOrder[];
  /** In how long each tentacle is free, ms; 0: now. Those that are not here take no part. */
  readonly freeIn: ReadonlyMap<TentacleId, Ms>;
  /** Equal numbers for tentacles that can stand for each other. */
  readonly kindOf: (id: TentacleId) => unknown;
}

/**
 * Plays the rest of the evening in all ways, by estimates, and tells what to do now if that ends it sooner than any way
 * that begins as the rule says. Undefined: the rule is right. Ways differ in who is served next, and on what, as soon as
 * those are free; it goes through them depth first, and leaves what can not end sooner than the best so far.
 */
export function better(request: LastOrdersRequest): Better | undefined {
  return new Search(request).result();
}

/** A way is tried by `#next` (which job), `#bind` (on whom), `#serve` (counts it, goes on, takes it back). */
class Search {
  readonly #request: LastOrdersRequest;
  readonly #tentacles: readonly Tentacle[];
  readonly #kinds: readonly unknown[];
  readonly #jobs: readonly Job[];
  /** When each tentacle is free. */
  readonly #at: Ms[];
  readonly #bound: Bound;
  #steps = 0;
  #end = Infinity;
  /** How the best evening begins. */
  #begins: { readonly job: number; readonly who: readonly number[]; readonly start: Ms } | undefined;

  constructor(request: LastOrdersRequest) {
    const { orders, freeIn, kindOf } = request;
    this.#request = request;
    this.#tentacles = [...new Set(orders.flatMap(({ roles }) => roles.flat()))];
    const indexOf = new Map(this.#tentacles.map((tentacle, index) => [tentacle, index]));
    this.#kinds = this.#tentacles.map(({ id }) => kindOf(id));
    this.#at = this.#tentacles.map(({ id }) => freeIn.get(id) ?? Infinity);
    this.#jobs = orders.map(({ ms, roles, entry }, index) => {
      const before = orders.findLastIndex((other, at) => at < index && other.entry === entry);
      return {
        ms,
        roles: roles.map((role) => role.map((tentacle) => indexOf.get(tentacle)!)),
        after: before === -1 ? undefined : before,
      };
    });
    this.#bound = new Bound(this.#jobs);
  }

  result(): Better | undefined {
    const { first, freeIn } = this.#request;
    const all = (1 << this.#jobs.length) - 1;
    const busy = Math.max(...freeIn.values());
    const who = first.tentacles.map((tentacle) => this.#tentacles.indexOf(tentacle));
    this.#serve({ job: 0, who, left: all, end: busy, last: 0 });
    const asRuled = this.#end;
    this.#steps = 0;
    this.#next(all, busy, 0, -1);
    if (this.#end >= asRuled || this.#begins === undefined) return undefined;
    const savedMs = asRuled - this.#end;
    const { job, start } = this.#begins;
    if (start > 0) return { savedMs };
    return {
      savedMs,
      way: {
        order: this.#request.orders[job]!,
        tentacles: this.#begins.who.map((index) => this.#tentacles[index]!),
      },
    };
  }

  /** Tries all that can begin at `last` or later; what begins at the same time comes in the order of the rule. */
  #next(left: number, end: Ms, last: Ms, lastJob: number): void {
    if (left === 0) {
      this.#end = end;
      return;
    }
    if (++this.#steps > MOST_STEPS || this.#bound.of(this.#at, { left, end, last }) >= this.#end) return;
    for (let job = 0; job < this.#jobs.length; job++) {
      if ((left & (1 << job)) === 0) continue;
      const { after } = this.#jobs[job]!;
      if (after !== undefined && (left & (1 << after)) !== 0) continue;
      this.#bind({ job, who: [], left, end, last, lastJob });
    }
  }

  #bind(way: {
    job: number;
    who: readonly number[];
    left: number;
    end: Ms;
    last: Ms;
    lastJob: number;
  }): void {
    const { job, who, last, lastJob } = way;
    const role = this.#jobs[job]!.roles[who.length];
    if (role === undefined) {
      const start = this.#startOf(who);
      if (start > last || (start === last && job > lastJob)) this.#serve({ ...way, last: start });
      return;
    }
    for (const [index, tentacle] of role.entries()) {
      if (who.includes(tentacle) || this.#isTwinOf(tentacle, role, index, who)) continue;
      this.#bind({ ...way, who: [...who, tentacle] });
    }
  }

  /** One before it in the list is like it in all. */
  #isTwinOf(tentacle: number, role: readonly number[], index: number, who: readonly number[]): boolean {
    for (let before = 0; before < index; before++) {
      const other = role[before]!;
      if (
        this.#at[other] === this.#at[tentacle] &&
        this.#kinds[other] === this.#kinds[tentacle] &&
        !who.includes(other)
      )
        return true;
    }
    return false;
  }

  #serve(way: { job: number; who: readonly number[]; left: number; end: Ms; last: Ms }): void {
    const { job, who, left, end } = way;
    const start = this.#startOf(who);
    const over = start + this.#jobs[job]!.ms;
    if (over >= this.#end) return;
    const before = who.map((index) => this.#at[index]!);
    const best = this.#end;
    for (const index of who) this.#at[index] = over;
    this.#next(left & ~(1 << job), Math.max(end, over), start, job);
    for (const [n, index] of who.entries()) this.#at[index] = before[n]!;
    // The outermost says it last.
    if (this.#end < best) this.#begins = { job, who, start };
  }

  #startOf(who: readonly number[]): Ms {
    let start = 0;
    for (const index of who) start = Math.max(start, this.#at[index]!);
    return start;
  }
}
