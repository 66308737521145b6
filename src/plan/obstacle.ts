import type { TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import type { Uses } from '../model/plan.ts';
import type { Cause } from '../model/verdict.ts';
import type { Bench } from './bench.ts';
import type { CursorSeed } from './cursor.ts';
import { canAssign, partnersFor, type PartnerPolicy } from './partners.ts';
import { capacityOf } from './resources.ts';

/** Why orders can not be carried out on this bench. */
export interface Obstacle {
  readonly cause: Extract<Cause, 'no-tentacle' | 'no-partner' | 'no-resource'>;
  /** One sentence for a person. */
  readonly reason: string;
}

/** What blocks cursors; many ask for the same, so answers are kept. */
export class Obstacles {
  readonly #known = new Map<string, Obstacle | undefined>();
  readonly #bench: Bench;
  readonly #policy: PartnerPolicy;

  constructor(bench: Bench, policy: PartnerPolicy) {
    this.#bench = bench;
    this.#policy = policy;
  }

  of(cursor: CursorSeed): Obstacle | undefined {
    const lacking = lackingOf(cursor.spec.uses, this.#bench);
    if (lacking !== undefined) return lacking;
    const key = [
      cursor.role?.feature,
      cursor.firmware?.board,
      ...cursor.covering.map(({ id }) => id),
      '',
      ...cursor.partners.flatMap(({ name, feature }) => [name, feature]),
    ].join('\n');
    if (!this.#known.has(key)) this.#known.set(key, obstacleOf(cursor, this.#bench, this.#policy));
    return this.#known.get(key);
  }
}

/** A resource of which the lab will never have enough. */
function lackingOf(uses: Uses, { resources }: Bench): Obstacle | undefined {
  for (const [name, how] of Object.entries(uses)) {
    const there = capacityOf(resources, name);
    if (typeof how !== 'number' || how <= there) continue;
    const say = `resources: { ${name}: ${how} }`;
    const reason = `It takes ${how} of ${name}, and the lab has ${there}. If it has more, say "${say}" in the lab file.`;
    return { cause: 'no-resource', reason };
  }
  return undefined;
}

/** What stands in the way of a cursor's orders, if all tentacles that can serve were free; undefined: nothing. */
function obstacleOf(
  cursor: Pick<CursorSeed, 'covering' | 'partners' | 'firmware' | 'role'>,
  bench: Bench,
  policy: PartnerPolicy,
): Obstacle | undefined {
  const { role } = cursor;
  if (role === undefined) return undefined;
  const usable = bench.usableOf(cursor.covering);
  if (usable.length === 0) {
    const what = `${cursor.firmware?.board ?? 'any board'} with ${role.feature}`;
    return {
      cause: 'no-tentacle',
      reason: `No tentacle can serve (${what}): ${why(cursor.covering, bench)}.`,
    };
  }
  if (cursor.partners.length === 0) return undefined;
  const pools = cursor.partners.map((partner) => bench.usableOf(partnersFor(partner, bench, policy)));
  if (usable.some(({ id }) => canAssign(pools, new Set([id])))) return undefined;
  return { cause: 'no-partner', reason: noPartner(cursor, usable, bench, policy) };
}

function noPartner(
  cursor: Pick<CursorSeed, 'partners'>,
  usable: readonly Tentacle[],
  bench: Bench,
  policy: PartnerPolicy,
): string {
  // The role to blame is the one with the fewest left; for several roles that want the same tentacle, any of them.
  const [worst] = cursor.partners
    .map((role) => ({ role, all: partnersFor(role, bench, policy) }))
    .toSorted((a, b) => bench.usableOf(a.all).length - bench.usableOf(b.all).length);
  if (worst === undefined) throw new Error('Internal error: expected a partner role, was none');
  const { role, all } = worst;
  const kind =
    policy === 'reference-only' ? ` on the reference board ${bench.reference ?? '(none is named)'}` : '';
  const alone = usable.length === 1 ? usable[0]?.id : undefined;
  const head = `No partner for role ${role.name} (${role.feature}${kind}): `;
  const rest = all.filter(({ id }) => id !== alone);
  if (rest.length === 0)
    return `${head}${alone === undefined || all.length === 0 ? 'no tentacle of this lab has it' : `no tentacle but ${alone} itself has it`}.`;
  const broken = rest.filter(({ id }) => bench.unusable(id) !== undefined);
  if (broken.length === rest.length) return `${head}${why(rest, bench)}.`;
  return `${head}there are not enough tentacles for all ${cursor.partners.length + 1} roles at once.`;
}

function why(tentacles: readonly Tentacle[], bench: Bench): string {
  const most = 4;
  const each = tentacles
    .slice(0, most)
    .map(({ id }: { id: TentacleId }) => `${id} ${bench.unusable(id) ?? 'can serve'}`);
  return each.join('; ') + (tentacles.length > most ? `; and ${tentacles.length - most} more` : '');
}
