import type { BenchDesk } from './bench-desk.ts';
import type { Recorder } from './recorder.ts';
import type { SessionRequest } from './request.ts';
import type { WorkerPool } from './worker-pool.ts';

/** What a dispatcher works with. */
export interface DispatcherRequest {
  readonly session: Pick<
    SessionRequest,
    'lab' | 'plan' | 'options' | 'overlord' | 'progress' | 'note' | 'directory' | 'resume' | 'secrets'
  >;
  readonly recorder: Recorder;
  readonly desk: BenchDesk;
  readonly pool: WorkerPool;
  readonly cookie: string;
}
