import type { TentacleId } from '../../src/model/ids.ts';
import type { Lab } from '../../src/model/lab.ts';
import { TestBartender } from '../../src/plan/bartender.ts';
import type { BenchState, Decision } from '../../src/plan/bench-state.ts';
import type { OrderPlan, Unschedulable } from '../../src/plan/plan-orders.ts';

/** A run of an evening that took place on a virtual clock, in ms. */
export interface EveningRun extends Decision {
  readonly start: number;
  readonly end: number;
}

export interface Evening {
  readonly runs: readonly EveningRun[];
  readonly unschedulable: readonly Unschedulable[];
  readonly makespan: number;
  /** What the bartender still had when nothing could be served any more. */
  readonly left: number;
}

export interface EveningOptions {
  /** How long a run takes; default: its estimate. */
  readonly took?: (order: Decision['order']) => number;
  /** Called when a run ends; its answer is given back with the tentacles on which it erred. */
  readonly erred?: (run: EveningRun) => readonly TentacleId[] | undefined;
  /** Tentacles that are lost when so many runs have ended. */
  readonly lost?: ReadonlyMap<number, TentacleId>;
  readonly hostSlots?: number;
}

/** Plays a whole evening: serves until nothing can be served, lets the next run end, and so on. */
export function evening(lab: Lab, plan: OrderPlan, options: EveningOptions = {}): Evening {
  const bartender = new TestBartender(plan);
  const unschedulable = [...plan.unschedulable];
  const estimates = new Map(lab.specs.map(({ name, estimateMs }) => [name, estimateMs]));
  const runs: EveningRun[] = [];
  const dead = new Set(lab.tentacles.filter(({ disabled }) => disabled !== undefined).map(({ id }) => id));
  let running: EveningRun[] = [];
  let now = 0;
  let ended = 0;
  const state = (): BenchState => {
    const busy = new Set(running.flatMap(({ bindings }) => bindings.map(({ tentacle }) => tentacle)));
    return {
      free: new Set(lab.tentacles.map(({ id }) => id).filter((id) => !busy.has(id) && !dead.has(id))),
      loaded: new Map(),
      firmwareReady: () => true,
      hostSlots: running.filter(({ bindings }) => bindings.length === 0).length < (options.hostSlots ?? 1),
    };
  };
  for (;;) {
    for (let decision = bartender.next(state()); decision !== undefined; decision = bartender.next(state())) {
      const took = options.took?.(decision.order) ?? estimates.get(decision.order.spec) ?? 0;
      running.push({ ...decision, start: now, end: now + took });
      runs.push(running.at(-1)!);
    }
    if (running.length === 0) break;
    now = Math.min(...running.map(({ end }) => end));
    const over = running.filter(({ end }) => end === now);
    running = running.filter(({ end }) => end !== now);
    for (const run of over) {
      const lost = options.lost?.get(++ended);
      if (lost !== undefined && !dead.has(lost)) {
        dead.add(lost);
        unschedulable.push(...bartender.abandon(lost, 'is lost'));
      }
      const erredOn = options.erred?.(run);
      const fault = erredOn === undefined ? undefined : bartender.giveBack(run.order, erredOn);
      if (fault !== undefined) unschedulable.push(fault);
    }
  }
  return { runs, unschedulable, makespan: now, left: bartender.left };
}
