import type { HostStageJob, RunJob, ToWorker } from '../model/job.ts';
import { WORKER_PROTOCOL } from '../model/job.ts';
import { enterControlGroup } from '../process/cgroup.ts';
import { unreachable } from '../util/unreachable.ts';
import { Channel } from './channel.ts';
import type { GotJob } from './free-leases.ts';
import { runAll } from './last-resort.ts';
import { Masker } from '../log/mask.ts';
import { readMessages } from './messages.ts';
import { carryOut, spoilt, type WorkerContext } from './run.ts';
import { StopControl } from './stop.ts';

/**
 * The entry of a worker process: carries out one run, or keeps one host stage up, at a time, as `src/model/job.ts` says.
 *
 *     fresh ──setup──▶ idle ──run──▶ busy ──outcome──▶ idle ──setup──▶ idle (of another session)
 *                      idle ──stage──▶ busy ──stage-ended──▶ idle
 *     any state: end of stdin ──▶ kills what it started, cuts power where that is quick, frees the leases of a dispatcher that
 *                                 was killed, and is gone within a second
 */

/** All that the dispatcher's death leaves time for. */
const LAST_MS = 800;
/** The same for a worker that is idle: it lets the others come to their end first. */
const IDLE_LAST_MS = 1000;

let worker: WorkerContext | undefined;
let current: StopControl | undefined;
/** Stays when the run is over: the dispatcher may be killed before it frees its tentacles. */
let lastJob: GotJob | undefined;
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
      const controlGroup = worker === undefined ? enterControlGroup(setup.benchCookie) : worker.controlGroup;
      worker = { setup, channel, masker: new Masker(setup.secrets), controlGroup };
      channel.message({ kind: 'ready', protocol: WORKER_PROTOCOL, pid: process.pid });
      return;
    }
    case 'run':
      void run(message.job);
      return;
    case 'stage':
      void keep(message.job);
      return;
    case 'stop':
      current?.stop(message.how);
      return;
    case 'leave-on':
      if (current !== undefined) current.leaveOn = message.on;
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
  const { worker: context, stop } = begin(job.run.id);
  lastJob = { job, at: Date.now() };
  const outcome = await carryOut(context, job, stop);
  current = undefined;
  channel.message(bug === undefined ? outcome : spoilt(outcome, bug));
}

/** A bug in here ends the worker: the dispatcher then ends the stage. */
async function keep(job: HostStageJob): Promise<void> {
  const { worker: context, stop } = begin(job.stage.name);
  // Most workers never have one.
  const { keepHostStage } = await import('./stage/host-stage.ts');
  const end = await keepHostStage(context, job, stop).catch((fault: Error) => {
    process.stderr.write(`${fault.stack ?? fault.message}\n`);
    bug ??= fault;
  });
  if (bug !== undefined || end === undefined) {
    await runAll();
    worker?.controlGroup?.leave();
    process.exit(70);
  }
  current = undefined;
  channel.message({ kind: 'stage-ended', stage: job.stage.name, end });
}

function begin(what: string): { readonly worker: WorkerContext; readonly stop: StopControl } {
  if (worker === undefined || current !== undefined)
    throw new Error(`Internal error: expected an idle worker for ${what}, was ${worker ? 'busy' : 'fresh'}`);
  current = new StopControl();
  return { worker, stop: current };
}

let leaving = false;

/** Nobody is there to hear a verdict: no process of ours may stay, and no board may stay powered, that is all. */
async function leave(): Promise<void> {
  if (leaving) return;
  leaving = true;
  const idle = current === undefined;
  setTimeout(() => process.exit(1), idle ? IDLE_LAST_MS : LAST_MS);
  current?.stop('now');
  await runAll();
  if (worker !== undefined && lastJob !== undefined) {
    // Nothing of leases is loaded by a worker before this.
    const { freeLeases } = await import('./free-leases.ts');
    await freeLeases(worker.setup, lastJob, idle ? LAST_MS : 0);
  }
  worker?.controlGroup?.leave();
  process.exit(0);
}
