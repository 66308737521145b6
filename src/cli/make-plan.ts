import type { FlashPolicy } from '../model/job.ts';
import type { Lab } from '../model/lab.ts';
import type { PartnerPolicy } from '../plan/partners.ts';
import type { OrderPlan, PlanRequest } from '../plan/plan-orders.ts';
import { UsageFault, type Values } from './command.ts';
import type { selectionOptions, servingOptions } from './options.ts';

export type PlanOptions = Values<typeof selectionOptions> & Values<typeof servingOptions>;

/** The plan of a lab as it stands now, narrowed by the command line. Throws `UsageFault` for a name that nobody knows. */
export async function makePlan(lab: Lab, options: PlanOptions): Promise<OrderPlan> {
  const { planOrders } = await import('../plan/plan-orders.ts');
  return planOrders(lab, await planRequest(lab, options));
}

/** What the command line asks of a lab's plan; throws `UsageFault`. */
export async function planRequest(lab: Lab, options: PlanOptions): Promise<PlanRequest> {
  const [{ parseSelection }, { unreachableTentacles }] = await Promise.all([
    import('../plan/select.ts'),
    import('./unreachable-tentacles.ts'),
  ]);
  const answer = parseSelection({ only: options.only, skip: options.skip, tests: options.test }, lab);
  if (!answer.ok) throw unknownNames(answer.faults);
  if (options.count === 0) throw new UsageFault('--count wants at least 1.');
  return {
    selection: answer.selection,
    ...(options.count === undefined ? {} : { count: options.count }),
    ...(options.partner === undefined ? {} : { partner: options.partner as PartnerPolicy }),
    broken: await unreachableTentacles(lab),
  };
}

/** The fault of selectors that name what is not there. */
export function unknownNames(faults: readonly string[]): UsageFault {
  return new UsageFault(
    faults.join('\n  '),
    '"testbed list specs" and "testbed list tentacles" tell the names.',
  );
}

/** `--jobs`; throws `UsageFault` for none at all. */
export function jobsOf({ jobs }: Pick<PlanOptions, 'jobs'>): { readonly jobs?: number } {
  if (jobs === 0) throw new UsageFault('--jobs wants at least 1.', 'Leave it out to use all cores.');
  return jobs === undefined ? {} : { jobs };
}

/** `--flash`. */
export function flashPolicy({ flash }: Pick<PlanOptions, 'flash'>): FlashPolicy {
  return flash === 'skip' || flash === 'force' ? flash : 'auto';
}
