import type { Lab } from '../model/lab.ts';
import type { PartnerPolicy } from '../plan/partners.ts';
import type { OrderPlan } from '../plan/plan-orders.ts';
import { UsageFault, type Values } from './command.ts';
import type { selectionOptions, servingOptions } from './options.ts';

/** The plan of a lab as it stands now, narrowed by the command line. Throws `UsageFault` for a name that nobody knows. */
export async function makePlan(
  lab: Lab,
  options: Values<typeof selectionOptions> & Values<typeof servingOptions>,
): Promise<OrderPlan> {
  const [{ parseSelection }, { planOrders }, { unreachableTentacles }] = await Promise.all([
    import('../plan/select.ts'),
    import('../plan/plan-orders.ts'),
    import('./unreachable-tentacles.ts'),
  ]);
  const answer = parseSelection({ only: options.only, skip: options.skip, tests: options.test }, lab);
  if (!answer.ok)
    throw new UsageFault(
      answer.faults.join('\n  '),
      '"testbed list specs" and "testbed list tentacles" tell the names.',
    );
  if (options.count === 0) throw new UsageFault('--count wants at least 1.');
  return planOrders(lab, {
    selection: answer.selection,
    ...(options.count === undefined ? {} : { count: options.count }),
    ...(options.partner === undefined ? {} : { partner: options.partner as PartnerPolicy }),
    broken: await unreachableTentacles(lab),
  });
}
