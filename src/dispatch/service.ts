import type { SpecName } from '../model/ids.ts';
import type { TestRunSpec } from '../model/plan.ts';
import { TestBartender } from '../plan/bartender.ts';
import { Attempts } from './attempts.ts';
import type { DispatcherRequest } from './dispatcher-request.ts';
import { FailedOrders } from './failed-orders.ts';
import { HandHolds } from './hand-holds.ts';
import { InFlight } from './in-flight.ts';
import { Shortage } from './shortage.ts';
import { Stages, type StagesRequest } from './stages/stages.ts';

/** What the steps of serving share: that, and what is remembered from run to run. */
export interface Service extends DispatcherRequest {
  readonly bartender: TestBartender;
  readonly attempts: Attempts;
  readonly failed: FailedOrders;
  readonly inFlight: InFlight;
  readonly holds: HandHolds;
  readonly stages: Stages;
  readonly shortage: Shortage;
  /** By name; throws for one that is not of the lab. */
  readonly spec: (name: SpecName) => TestRunSpec;
}

/** The state of a session in which nothing was served yet. */
export function newService(
  request: DispatcherRequest,
  listener: Pick<StagesRequest, 'onChange' | 'onDied' | 'onBug'>,
): Service {
  const { plan, options, lab } = request.session;
  const specs = new Map(lab.specs.map((spec) => [spec.name, spec]));
  return {
    ...request,
    bartender: new TestBartender(plan),
    attempts: new Attempts(request.session.resume?.tried),
    failed: new FailedOrders(),
    inFlight: new InFlight(options.jobs, lab.resources),
    holds: new HandHolds({ ...request, ...listener }),
    stages: new Stages({ ...request, ...listener }),
    shortage: new Shortage(listener.onChange),
    spec: (name) => {
      const spec = specs.get(name);
      if (spec === undefined) throw new Error(`Internal error: expected a spec of the lab, was ${name}`);
      return spec;
    },
  };
}
