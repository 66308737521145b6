import type { Ms } from '../model/ids.ts';

/** One of the last orders, as the search goes through them: tentacles and jobs are numbers, a set of jobs is bits. */
export interface Job {
  readonly ms: Ms;
  /** Indices of tentacles, for each role; the covering one first. */
  readonly roles: readonly (readonly number[])[];
  /** The job of the same entry that comes before. */
  readonly after: number | undefined;
}

/** Tells sooner than what an evening can not end, so that the search need not go on where nothing is to be gained. */
export class Bound {
  readonly #jobs: readonly Job[];
  /** Work that only certain tentacles can cover. */
  readonly #groups: readonly { readonly members: readonly number[]; readonly jobs: readonly number[] }[];

  constructor(jobs: readonly Job[]) {
    this.#jobs = jobs;
    const groups = Map.groupBy(jobs.keys(), (job) => jobs[job]!.roles[0]!.join());
    this.#groups = [...groups.values()].map((own) => ({ members: jobs[own[0]!]!.roles[0]!, jobs: own }));
  }

  /**
   * What no evening can be shorter than, ms, that goes on from here: `left` is yet to begin, at `last` or later; what began
   * ends at `end`, and each tentacle is free `at` its time. The longest job of a group, the work of a group over its members,
   * all work over all tentacles.
   */
  of(at: readonly Ms[], { left, end, last }: { left: number; end: Ms; last: Ms }): Ms {
    let bound = end;
    let work = 0;
    for (const { members, jobs } of this.#groups) {
      let own = 0;
      let longest = 0;
      for (const job of jobs) {
        if ((left & (1 << job)) === 0) continue;
        const { ms, roles } = this.#jobs[job]!;
        own += ms;
        work += ms * roles.length;
        longest = Math.max(longest, ms);
      }
      if (own === 0) continue;
      let sum = 0;
      let soonest = Infinity;
      for (const index of members) {
        const from = Math.max(last, at[index]!);
        sum += from;
        soonest = Math.min(soonest, from);
      }
      bound = Math.max(bound, soonest + longest, (sum + own) / members.length);
    }
    for (const from of at) work += Math.max(last, from);
    return Math.max(bound, work / at.length);
  }
}
