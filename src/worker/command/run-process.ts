import type { Ending } from '../../audit/ending.ts';
import { startTestProcess } from '../../process/test-process.ts';
import { shortage, shortageIn } from '../../process/spawn-fault.ts';
import { COOKIE, runCookie } from '../../process/cookie.ts';
import { warn, type RunContext } from '../context.ts';
import { atLeave } from '../last-resort.ts';
import type { Command } from '../templates.ts';
import { Watch } from '../watch.ts';
import { Ender } from './ender.ts';
import { Intake } from './intake.ts';
import { EVENTS, MARKER, type LiveResults } from './live-results.ts';
import { descriptorsOf, givePipesBack, holdBack, takePipes, type RunPipes } from './run-pipes.ts';
import { StreamSource } from './source.ts';

/** What a command has beside itself. */
export interface ProcessOptions {
  /** Hears what it says on its event channel. */
  readonly live: LiveResults;
  /** Takes the power from the run's boards; undefined, when there is nothing to cut. */
  readonly cutPower: (() => Promise<void>) | undefined;
}

/**
 * Carries out one command: its output goes to the collector, its limits are those of the spec. When this returns, the
 * process, its group and what else carries the run's cookie are gone.
 */
export async function runProcess(
  context: RunContext,
  command: Command,
  { live, cutPower }: ProcessOptions,
): Promise<Ending> {
  const { job, setup, stop, collector, channel, controlGroup } = context;
  let pipes: RunPipes | undefined;
  try {
    pipes = await takePipes(job.directory);
  } catch (fault) {
    return notStarted(
      command,
      `the pipes for its output could not be made: ${(fault as Error).message}`,
      fault,
    );
  }
  if (pipes === undefined && job.spec.results === 'events')
    return notStarted(
      command,
      'its results are events, and here is no "mkfifo" to make the pipe for them with.',
    );
  const names = pipes === undefined ? {} : { [EVENTS]: pipes.events.name, [MARKER]: live.marker };
  // Most runs have no such stage.
  const preload =
    job.preloads === undefined || pipes === undefined
      ? undefined
      : (await import('../preload/start.ts')).preloadFor(context, command);
  if (preload !== undefined && pipes !== undefined) holdBack(pipes);
  const started = await (preload?.start.bind(preload) ?? startTestProcess)({
    ...command,
    env: { ...setup.env, ...command.env, ...names, [COOKIE]: setup.cookie },
    cookie: runCookie(setup.cookie, job.run.id),
    ...(pipes === undefined ? {} : { descriptors: descriptorsOf(pipes) }),
    group: controlGroup,
  });
  if (!started.ok) {
    if (started.fault === undefined) return preload!.died(started.lost);
    const { code, message } = started.fault;
    const short = shortage(code);
    if (short !== undefined) return { kind: 'shortage', message: short };
    // The verdict's sentence says itself that it could not be started.
    const why = message.slice(message.indexOf(`(${code})`));
    return { kind: 'spawn-failed', program: command.argv[0] ?? '', message: why };
  }
  const child = started.process;
  const ender = new Ender(context, child, cutPower);
  const settled = atLeave(() => ender.kill());
  const { timeoutMs, silenceMs } = job.spec;
  const limits = silenceMs === undefined ? { timeoutMs } : { timeoutMs, silenceMs };
  const watch = new Watch(limits, (expiry) => ender.expire(expiry));
  const soon = () => ender.stopSoon();
  const now = () => ender.stopNow();
  stop.soon.addEventListener('abort', soon);
  stop.now.addEventListener('abort', now);
  if (stop.state !== 'going') soon();
  if (stop.state === 'now') now();

  const sources = pipes ?? {
    stdout: new StreamSource(child.stdout),
    stderr: new StreamSource(child.stderr),
    events: undefined,
  };
  const intake = new Intake(sources, { collector, live, watch, channel });
  const { lost, ...exit } = await child.exited;
  watch.stop();
  const strays = await ender.finish();
  settled();
  stop.soon.removeEventListener('abort', soon);
  stop.now.removeEventListener('abort', now);
  if (strays > 0) warn(context, leftBehind(job.run.id, strays));
  await intake.end();
  if (pipes !== undefined) givePipesBack(pipes);
  if (ender.ending !== undefined) return ender.ending;
  return lost ? preload!.died('The process that forked the test is gone.') : { kind: 'exited', ...exit };
}

function notStarted({ argv: [program = ''] }: Command, message: string, fault?: unknown): Ending {
  const short = shortageIn(fault);
  return short === undefined
    ? { kind: 'spawn-failed', program, message }
    : { kind: 'shortage', message: short };
}

function leftBehind(run: string, strays: number): string {
  const who = strays === 1 ? 'a process' : `${strays} processes`;
  return `${run} left ${who} behind in a session of its own; killed.`;
}
