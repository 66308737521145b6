import type { Bench } from './bench.ts';
import type { BenchDesk } from './bench-desk.ts';
import type { Recorder } from './recorder.ts';
import type { SessionRequest } from './request.ts';
import type { WorkerPool } from './worker-pool.ts';

/** What a dispatcher works with. */
export interface DispatcherRequest {
  readonly session: Pick<
    SessionRequest,
    'lab' | 'plan' | 'env' | 'options' | 'overlord' | 'progress' | 'note' | 'directory' | 'resume' | 'secrets'
  >;
  readonly recorder: Recorder;
  readonly desk: BenchDesk;
  readonly pool: WorkerPool;
  /** Of the processes of this session's runs. */
  readonly cookie: string;
  /** What outlives the session, if it does. */
  readonly bench: Bench;
}
