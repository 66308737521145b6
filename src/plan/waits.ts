import type { BoardName, BoardVariant, Ms, RoleName, RunId, SpecName, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import type { TestRunSpec } from '../model/plan.ts';
import { sayDuration, several } from './compare.ts';
import { canAssign } from './partners.ts';
import type { PlannedCursor } from './plan-orders.ts';
import { inTheWay, usesOf } from './resources.ts';

/** Orders of one cursor that nobody serves yet, and who could: all that are there, free or not. */
export interface WaitingOrders {
  readonly cursor: PlannedCursor;
  readonly orders: number;
  readonly covering: readonly Tentacle[];
  readonly partners: readonly { readonly role: RoleName; readonly tentacles: readonly Tentacle[] }[];
  /** What a partner of this board runs. */
  readonly partnerFirmware: (board: BoardName) => BoardVariant;
}

/** A run that is under way. */
export interface RunNow {
  readonly run: RunId;
  readonly spec: Pick<TestRunSpec, 'uses' | 'isolated'>;
  /** Empty for host-only runs. */
  readonly tentacles: readonly TentacleId[];
  readonly forMs: Ms;
}

/** The bench at one moment, as far as it keeps orders waiting. */
export interface BenchNow {
  readonly runs: readonly RunNow[];
  /** Tentacles that no run of ours has and that can not be taken now, as it continues "2731 …": `is held by ann`. */
  readonly away: ReadonlyMap<TentacleId, string>;
  /** Firmware that is not there yet, and what it waits for: `is being built`. */
  readonly firmware: ReadonlyMap<BoardVariant, string>;
  /** How many there are of what specs use; of what is not named, one. */
  readonly resources?: Readonly<Record<string, number>> | undefined;
  /** Runs at once, at most; undefined: as tentacles allow. */
  readonly jobs: number | undefined;
  /** Host-only runs at once, at most. */
  readonly hostSlots: number;
}

/** Orders of a spec that wait. */
export interface Wait {
  readonly spec: SpecName;
  readonly orders: number;
  /** Phrases for a person: `2731 is busy with SMOKE[2731-RPI_PICO2] for 45 s`. */
  readonly reasons: readonly string[];
}

/** Where nothing is in the way: the bartender keeps tentacles for who waited longest, or sees that waiting is quicker. */
const ITS_TURN = 'nothing is in the way: others are served first';

/** Who waits for what, and why: an entry for each spec, with each reason once. */
export function whyWaiting(waiting: Iterable<WaitingOrders>, bench: BenchNow): Wait[] {
  const waits = new Map<SpecName, { orders: number; reasons: Set<string> }>();
  for (const each of waiting) {
    const { name } = each.cursor.spec;
    const wait = waits.get(name) ?? { orders: 0, reasons: new Set() };
    waits.set(name, wait);
    wait.orders += each.orders;
    for (const reason of reasonsOf(each, bench)) wait.reasons.add(reason);
  }
  return [...waits].map(([spec, { orders, reasons }]) => ({ spec, orders, reasons: [...reasons] }));
}

function reasonsOf(waiting: WaitingOrders, bench: BenchNow): string[] {
  const { cursor, covering } = waiting;
  const { runs, jobs } = bench;
  const general = [
    ...(jobs !== undefined && runs.length >= jobs
      ? [`--jobs ${jobs} are taken by ${several(runs.map(({ run }) => run))}`]
      : []),
    ...inTheWay(
      usesOf(cursor.spec),
      runs.map(({ run, spec }) => ({ run, uses: usesOf(spec) })),
      bench.resources,
    ),
  ];
  if (general.length > 0) return general;
  if (cursor.role === undefined) return [noHostSlot(bench) ?? ITS_TURN];
  const wanted = ({ board }: Tentacle): BoardVariant =>
    cursor.firmware?.boardVariant ?? waiting.partnerFirmware(board);
  const free = covering.filter((each) => whyNot(each, wanted(each), bench) === undefined);
  if (free.length === 0) return unique(covering.map((each) => whyNot(each, wanted(each), bench) ?? ITS_TURN));
  return noPartners(waiting, free, bench) ?? [ITS_TURN];
}

function noHostSlot({ runs, hostSlots }: BenchNow): string | undefined {
  const own = runs.filter(({ tentacles }) => tentacles.length === 0);
  if (own.length < hostSlots) return undefined;
  const slots = `${hostSlots === 1 ? 'the only place' : `all ${hostSlots} places`} for runs on the host`;
  return `${slots} ${hostSlots === 1 ? 'is' : 'are'} taken by ${several(own.map(({ run }) => run))}`;
}

/** Why a tentacle can not begin with this firmware now; undefined when it can. */
function whyNot({ id }: Tentacle, boardVariant: BoardVariant, bench: BenchNow): string | undefined {
  const busy = bench.runs.find(({ tentacles }) => tentacles.includes(id));
  if (busy !== undefined) return `${id} is busy with ${busy.run} for ${sayDuration(busy.forMs)}`;
  const away = bench.away.get(id);
  if (away !== undefined) return `${id} ${away}`;
  const firmware = bench.firmware.get(boardVariant);
  return firmware === undefined ? undefined : `firmware for ${boardVariant} ${firmware}`;
}

/** Why the other roles can not be filled beside one of those who are free; undefined when they can. */
function noPartners(
  { partners, partnerFirmware }: WaitingOrders,
  free: readonly Tentacle[],
  bench: BenchNow,
): string[] | undefined {
  const why = (each: Tentacle): string | undefined => whyNot(each, partnerFirmware(each.board), bench);
  const pools = partners.map(({ tentacles }) => tentacles.filter((each) => why(each) === undefined));
  if (free.some(({ id }) => canAssign(pools, new Set([id])))) return undefined;
  const reasons = partners.flatMap(({ role, tentacles }) =>
    tentacles.flatMap((each) => {
      const reason = why(each);
      return reason === undefined ? [] : [`role ${role}: ${reason}`];
    }),
  );
  return reasons.length === 0 ? undefined : unique(reasons);
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
