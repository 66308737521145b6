import type { RunJob, ToWorker } from '../model/job.ts';
import { WORKER_PROTOCOL } from '../model/job.ts';
import { enterControlGroup } from '../process/cgroup.ts';
import { unreachable } from '../util/unreachable.ts';
import { Channel } from './channel.ts';
import { runAll } from './last-resort.ts';
import { Masker } from '../log/mask.ts';
import { readMessages } from './messages.ts';
import { carryOut, spoilt, type WorkerContext } from './run.ts';
import { StopControl } from './stop.ts';

/**
 * The entry of a worker process: carries out one run at a time, as `src/model/job.ts` says.
 *
 *     fresh ──setup──▶ idle ──run──▶ busy ──outcome──▶ idle
 *     any state: end of stdin ──▶ kills what it started, cuts power where that is quick, and is gone within a second
 */

/** All that the dispatcher's death leaves time for. */
const LAST_MS = 800;

let worker: WorkerContext | undefined;
let current: StopControl | undefined;
let bug: Error | undefined;

const channel = new Channel(() => void leave());
readMessages(process.stdin, receive, () => void leave());

// The dispatcher says when to stop; a Ctrl-C at the terminal is its business.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('SIGTERM', () => void leave());

function receive(message: ToWorker): void {
  switch (message.kind) {
    case 'setup': {
      const { setup } = message;
      const protocol: number = setup.protocol;
      if (protocol !== WORKER_PROTOCOL) {
        throw new Error(`Internal error: expected worker protocol ${WORKER_PROTOCOL}, was ${protocol}`);
      }
      const controlGroup = enterControlGroup(setup.cookie);
      worker = { setup, channel, masker: new Masker(setup.secrets), controlGroup };
      channel.message({ kind: 'ready', protocol: WORKER_PROTOCOL, pid: process.pid });
      return;
    }
    case 'run':
      void run(message.job);
      return;
    case 'stop':
      current?.stop(message.how);
      return;
    default:
      unreachable(message);
  }
}

/** A bug that was thrown where nobody waits for it, such as in a timer: it ends the run that is carried out, not the worker. */
process.on('uncaughtException', (fault) => {
  process.stderr.write(`${fault.stack ?? fault.message}\n`);
  if (current === undefined) process.exit(70);
  bug ??= fault;
  current.stop('now');
});

async function run(job: RunJob): Promise<void> {
  if (worker === undefined || current !== undefined) {
    throw new Error(
      `Internal error: expected an idle worker for ${job.run.id}, was ${worker ? 'busy' : 'fresh'}`,
    );
  }
  current = new StopControl();
  const outcome = await carryOut(worker, job, current);
  current = undefined;
  channel.message(bug === undefined ? outcome : spoilt(outcome, bug));
}

let leaving = false;

/** Nobody is there to hear a verdict: no process of ours may stay, and no board may stay powered, that is all. */
async function leave(): Promise<void> {
  if (leaving) return;
  leaving = true;
  setTimeout(() => process.exit(1), LAST_MS);
  current?.stop('now');
  await runAll();
  worker?.controlGroup?.leave();
  process.exit(0);
}
