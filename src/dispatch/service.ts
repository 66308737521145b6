import type { SpecName } from '../model/ids.ts';
import type { TestRunSpec } from '../model/plan.ts';
import { TestBartender } from '../plan/bartender.ts';
import { Attempts } from './attempts.ts';
import type { BenchDesk } from './bench-desk.ts';
import { InFlight } from './in-flight.ts';
import type { Recorder } from './recorder.ts';
import type { SessionRequest } from './request.ts';
import type { WorkerPool } from './worker-pool.ts';

/** What a dispatcher works with. */
export interface DispatcherRequest {
  readonly session: Pick<
    SessionRequest,
    'lab' | 'plan' | 'options' | 'overlord' | 'progress' | 'directory' | 'resume'
  >;
  readonly recorder: Recorder;
  readonly desk: BenchDesk;
  readonly pool: WorkerPool;
  readonly cookie: string;
}

/** What the steps of serving share: that, and what is remembered from run to run. */
export interface Service extends DispatcherRequest {
  readonly bartender: TestBartender;
  readonly attempts: Attempts;
  readonly inFlight: InFlight;
  /** By name; throws for one that is not of the lab. */
  readonly spec: (name: SpecName) => TestRunSpec;
}

/** The state of a session in which nothing was served yet. */
export function newService(request: DispatcherRequest): Service {
  const { plan, options, lab } = request.session;
  const specs = new Map(lab.specs.map((spec) => [spec.name, spec]));
  return {
    ...request,
    bartender: new TestBartender(plan),
    attempts: new Attempts(request.session.resume?.tried),
    inFlight: new InFlight(options.jobs, lab.resources),
    spec: (name) => {
      const spec = specs.get(name);
      if (spec === undefined) throw new Error(`Internal error: expected a spec of the lab, was ${name}`);
      return spec;
    },
  };
}
