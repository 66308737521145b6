import type { BoardVariant } from '../model/ids.ts';
import { byText } from './compare.ts';
import { lengthOf, type Cursor } from './cursor.ts';
import type { Bench } from './bench.ts';
import { partnersFor, type PartnerPolicy } from './partners.ts';

/** A firmware that a plan needs; `partnerOnly`: no order covers it, partners run it. */
export interface NeededFirmware {
  readonly boardVariant: BoardVariant;
  readonly partnerOnly: boolean;
}

/** What of a plan tells its firmware. */
interface FirmwarePlan {
  readonly cursors: readonly (Cursor & { readonly obstacle: unknown })[];
  readonly bench: Bench;
  readonly policy: PartnerPolicy;
}

/** The reference first: most wait for it; then what carries most work, default variants before others. */
export function firmwareOf(plan: FirmwarePlan): readonly NeededFirmware[] {
  const { bench, policy } = plan;
  const work = new Map<BoardVariant, number>();
  const partners = new Set<BoardVariant>();
  for (const cursor of plan.cursors) {
    if (cursor.obstacle !== undefined) continue;
    const ms = lengthOf(cursor.repeats) * cursor.estimateMs;
    const covering = cursor.firmware?.boardVariant;
    const own =
      covering === undefined
        ? [...new Set(cursor.covering.map(({ board }) => bench.defaultVariant(board).boardVariant))]
        : [covering];
    for (const each of own) work.set(each, (work.get(each) ?? 0) + ms);
    for (const role of cursor.partners)
      for (const tentacle of likelyPartners(partnersFor(role, bench, policy), cursor, plan))
        partners.add(bench.defaultVariant(tentacle.board).boardVariant);
  }
  const reference =
    bench.reference === undefined || bench.boards.every(({ name }) => name !== bench.reference)
      ? undefined
      : bench.defaultVariant(bench.reference).boardVariant;
  return [...new Set([...work.keys(), ...partners])]
    .toSorted(
      (a, b) =>
        Number(b === reference) - Number(a === reference) ||
        (work.get(b) ?? 0) - (work.get(a) ?? 0) ||
        byText(a, b),
    )
    .map((boardVariant) => ({ boardVariant, partnerOnly: !work.has(boardVariant) }));
}

/** Where a reference tentacle is always at hand, nobody else's firmware has to be built for partnering. */
function likelyPartners(
  all: ReturnType<typeof partnersFor>,
  cursor: Cursor,
  plan: FirmwarePlan,
): ReturnType<typeof partnersFor> {
  const usable = plan.bench.usableOf(all);
  if (plan.policy !== 'prefer-reference') return usable;
  const preferred = usable.filter(({ board }) => board === plan.bench.reference);
  const enough =
    preferred.length > cursor.partners.length ||
    (preferred.length === cursor.partners.length &&
      cursor.covering.every(({ board }) => board !== plan.bench.reference));
  return enough ? preferred : usable;
}
