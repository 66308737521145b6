import os from 'node:os';
import type { Lab } from '../model/lab.ts';
import { planOrders, type OrderPlan } from '../plan/plan-orders.ts';
import { readSelectors } from '../plan/select.ts';
import { Selection, type Selector } from '../plan/selection.ts';
import type { EveningOptions } from '../plan/simulate.ts';
import { changedLab, parseChanges, type LabState } from '../plan/what-if.ts';
import { UsageFault } from './command.ts';
import { heldTentacles } from './held-tentacles.ts';
import { flashPolicy, jobsOf, planRequest, unknownNames, type PlanOptions } from './make-plan.ts';

/** All that a plan is told from: the lab as it is or as `--what-if` has it, and what the command line asks. */
export interface PlanFacts {
  /** As it would be; without `--what-if`, as it is. */
  readonly bench: LabState;
  readonly plan: OrderPlan;
  /** The same question to another bench. */
  readonly replan: (state: LabState) => OrderPlan;
  /** Today's plan, and what was changed, as it was typed; absent without `--what-if`. */
  readonly change?: { readonly today: OrderPlan; readonly texts: readonly string[] };
  /** What `--explain` names: its orders, as if nothing else was selected; absent without it. */
  readonly asked?: { readonly plan: OrderPlan; readonly selectors: readonly Selector[] };
  readonly evening: EveningOptions;
}

/** Makes the plan of a lab, and of the lab that `--what-if` describes. Throws `UsageFault`; `tell` takes what is not known. */
export async function planFacts(
  lab: Lab,
  given: PlanOptions & { readonly explain: readonly string[]; readonly 'what-if': readonly string[] },
  tell: (sentence: string) => void,
): Promise<PlanFacts> {
  const jobs = jobsOf(given);
  const request = await planRequest(lab, given);
  // Who is gone holds nothing: whoever wants the tentacle next takes it.
  const held = heldTentacles(lab, ({ liveness }) => liveness !== 'dead', tell);
  const replan = (state: LabState): OrderPlan =>
    planOrders(state.lab, { ...request, broken: state.broken, held });
  const today: LabState = { lab, broken: request.broken ?? new Map() };
  const bench = benchOf(today, given['what-if']);
  const plan = replan(bench);
  const asked = (): NonNullable<PlanFacts['asked']> => {
    const { selectors, faults } = readSelectors('--explain', given.explain, bench.lab);
    if (faults.length > 0) throw unknownNames(faults);
    const selection = new Selection(selectors, [], [], lab.specs);
    return { selectors, plan: planOrders(bench.lab, { ...request, broken: bench.broken, selection, held }) };
  };
  return {
    bench,
    plan,
    replan,
    ...(bench === today ? {} : { change: { today: replan(today), texts: given['what-if'] } }),
    ...(given.explain.length === 0 ? {} : { asked: asked() }),
    evening: {
      ...jobs,
      // As the dispatcher has it: host-only runs are one per core.
      hostSlots: jobs.jobs ?? os.availableParallelism(),
      flash: flashPolicy(given),
    },
  };
}

function benchOf(today: LabState, texts: readonly string[]): LabState {
  if (texts.length === 0) return today;
  const answer = parseChanges(texts, today.lab);
  if (!answer.ok) throw new UsageFault(answer.faults.join('\n  '));
  return changedLab(today, answer.changes);
}
