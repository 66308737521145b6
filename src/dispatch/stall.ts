import type { Ms } from '../model/ids.ts';
import { count, sayDuration } from '../plan/compare.ts';
import { whyWaiting, type Wait } from '../plan/waits.ts';
import type { Service } from './service.ts';
import { LONGEST_DELAY_MS } from '../util/longest-delay.ts';

/** From report to report, the time that nothing starts grows by this, up to `MOST` times the first. */
const BACK_OFF = 2;
const MOST = 32;
/** So many specs are told of, and so many reasons for each; the rest is counted. */
const SPECS_TOLD = 8;
const REASONS_TOLD = 4;

/** As it continues the name of a tentacle. */
export const HELD_BY_HAND = 'is held by hand';

/** When nothing starts for how long, and who is told what. */
interface StallRequest {
  readonly afterMs: Ms;
  /** Who waits for what now; empty: nobody does, or it is meant to be so. */
  readonly waits: () => readonly Wait[];
  readonly tell: (text: string) => void;
}

/**
 * Says who waits for what when nothing has started for long though orders wait: first after `afterMs`, then after twice, four
 * times … that, until something starts. It decides nothing: to wait may well be right.
 */
export class StallWatch {
  readonly #request: StallRequest;
  #startedAt = performance.now();
  #factor = 1;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: StallRequest) {
    this.#request = request;
    this.#wait();
  }

  /** A run began. */
  started(): void {
    this.#startedAt = performance.now();
    this.#factor = 1;
    this.#wait();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#report(),
      Math.min(LONGEST_DELAY_MS, this.#request.afterMs * this.#factor),
    );
  }

  #report(): void {
    const waits = this.#request.waits();
    if (waits.length > 0) this.#request.tell(stallText(waits, performance.now() - this.#startedAt));
    this.#factor = Math.min(MOST, this.#factor * BACK_OFF);
    this.#wait();
  }
}

/** Watches a session, if it was asked for; `serving` says whether runs may begin at all. */
export function watchStall(service: Service, serving: () => boolean): StallWatch | undefined {
  const { stallReportMs: afterMs } = service.session.options;
  const { note } = service.session;
  if (afterMs === undefined || note === undefined) return undefined;
  return new StallWatch({ afterMs, waits: () => (serving() ? waitsOf(service) : []), tell: note });
}

function waitsOf({ bartender, desk, inFlight, holds, session: { lab } }: Service): Wait[] {
  const { runs, jobs, hostPlaces } = inFlight;
  const { resources } = lab;
  const { away, firmware } = desk.hindrances;
  return whyWaiting(bartender.waiting(), {
    away: new Map([...away, ...holds.kept.map((id) => [id, HELD_BY_HAND] as const)]),
    firmware,
    runs,
    resources,
    jobs,
    hostSlots: hostPlaces,
  });
}

/**
 *     nothing has started for 30 s, and 3 orders wait; that may be as it should be:
 *       2 orders of multinet: 2731 is busy with SMOKE[2731-RPI_PICO2] for 4 min
 */
export function stallText(waits: readonly Wait[], forMs: Ms): string {
  const orders = waits.reduce((sum, wait) => sum + wait.orders, 0);
  const verb = orders === 1 ? 'waits' : 'wait';
  const head = `nothing has started for ${sayDuration(forMs)}, and ${count(orders, 'order')} ${verb}; that may be as it should be:`;
  const more = waits.length - SPECS_TOLD;
  return [
    head,
    ...waits.slice(0, SPECS_TOLD).map((wait) => `  ${waitText(wait)}`),
    ...(more > 0 ? [`  and orders of ${count(more, 'more spec')}`] : []),
  ].join('\n');
}

/** `2 orders of multinet: 2731 is busy with SMOKE[2731-RPI_PICO2] for 4 min`. */
export function waitText({ spec, orders, reasons }: Wait): string {
  const more = reasons.length - REASONS_TOLD;
  const told = [...reasons.slice(0, REASONS_TOLD), ...(more > 0 ? [`and ${more} more`] : [])];
  return `${count(orders, 'order')} of ${spec}: ${told.join('; ')}`;
}
