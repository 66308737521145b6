import type { OrderId } from '../model/ids.ts';
import type { Order } from '../model/order.ts';
import type { TestRunSpec } from '../model/plan.ts';
import type { FinishedRun } from '../overlord/totals.ts';

/** A worker that dies is no fault of the spec's: beyond the spec's `retries`, the order is offered so often again. */
const OFFERED_AFTER_DEATH = 1;
/** Nor is a stage that dies: its successor serves the order, unless this happens to it again and again. */
const OFFERED_AFTER_STAGE_DEATH = 3;

/** How an attempt ended. */
type Ended = Pick<FinishedRun, 'verdict' | 'cause'>;

/** What was tried of an order that is offered again. */
interface Tried {
  readonly attempts: number;
  readonly fails: number;
  readonly errors: number;
  readonly deaths: number;
  readonly stageDeaths: number;
}

/** Why an attempt did not settle its order. A stage that does not get ready is counted with the stage, not here. */
export type Again = 'fail' | 'error' | 'worker-died' | 'stage-died' | 'stage-failed';

const NOTHING: Tried = { attempts: 0, fails: 0, errors: 0, deaths: 0, stageDeaths: 0 };

/** Counts attempts, and says who gets another one. Keeps only what is offered again. */
export class Attempts {
  readonly #tried: Map<OrderId, Tried>;

  /** @param earlier what a session that goes on tried before, without what was cut off */
  constructor(earlier: ReadonlyMap<OrderId, readonly Ended[]> = new Map()) {
    this.#tried = new Map([...earlier].map(([id, runs]) => [id, triedOf(runs)]));
  }

  /** The number of the attempt that begins now, from 1. */
  next({ id }: Order): number {
    return (this.#tried.get(id) ?? NOTHING).attempts + 1;
  }

  /** An attempt did not pass; true when the order gets another one. */
  again({ id }: Order, { retries, retryFails }: TestRunSpec, why: Again): boolean {
    const { attempts, fails, errors, deaths, stageDeaths } = this.#tried.get(id) ?? NOTHING;
    const tried: Tried = {
      attempts: attempts + 1,
      fails: fails + (why === 'fail' ? 1 : 0),
      errors: errors + (why === 'error' ? 1 : 0),
      deaths: deaths + (why === 'worker-died' ? 1 : 0),
      stageDeaths: stageDeaths + (why === 'stage-died' ? 1 : 0),
    };
    const spent =
      tried.errors +
      Math.max(0, tried.deaths - OFFERED_AFTER_DEATH) +
      Math.max(0, tried.stageDeaths - OFFERED_AFTER_STAGE_DEATH);
    const again = why === 'fail' ? tried.fails <= retryFails : spent <= retries;
    if (again) this.#tried.set(id, tried);
    else this.#tried.delete(id);
    return again;
  }

  /** The order ended. */
  done({ id }: Order): void {
    this.#tried.delete(id);
  }
}

function triedOf(runs: readonly Ended[]): Tried {
  const count = (why: Again): number => runs.filter(({ cause }) => cause === why).length;
  const [deaths, stageDeaths] = [count('worker-died'), count('stage-died')];
  const fails = runs.filter(({ verdict }) => verdict === 'fail').length;
  const errors = runs.length - deaths - stageDeaths - count('stage-failed') - fails;
  return { attempts: runs.length, fails, errors, deaths, stageDeaths };
}
