import type { Readable } from 'node:stream';
import type { Ending } from '../../audit/ending.ts';
import { startTestProcess, type TestProcess } from '../../process/test-process.ts';
import { COOKIE, runCookie } from '../../process/cookie.ts';
import { ENVIRONMENT, interrupted, warn, type RunContext } from '../context.ts';
import { atLeave } from '../last-resort.ts';
import type { Command } from '../templates.ts';
import { Watch, type Expiry } from '../watch.ts';

/** After everything of the test is gone, what still comes out of the pipes does so at once, or is not of the test. */
const DRAIN_MS = 1000;

/**
 * Carries out one command: its output goes to the collector, its limits are those of the spec. When this returns, the
 * process, its group and what else carries the run's cookie are gone.
 *
 * @param cutPower takes the power from the run's boards: a process that is killed while it holds a USB serial port may
 *   leave the port unusable. Absent, when there is nothing to cut.
 */
export async function runProcess(
  context: RunContext,
  command: Command,
  cutPower: (() => Promise<void>) | undefined,
): Promise<Ending> {
  const { job, setup, stop, collector } = context;
  const started = await startTestProcess({
    ...command,
    env: { ...ENVIRONMENT, ...command.env, [COOKIE]: setup.cookie },
    cookie: runCookie(setup.cookie, job.run.id),
  });
  if (!started.ok) {
    const { code, message } = started.fault;
    // The verdict's sentence says itself that it could not be started.
    const why = message.slice(message.indexOf(`(${code})`));
    return { kind: 'spawn-failed', program: command.argv[0] ?? '', message: why };
  }
  const child = started.process;
  const settled = atLeave(() => child.kill());
  const ender = new Ender(context, child, cutPower);
  const { timeoutMs, silenceMs } = job.spec;
  const limits = silenceMs === undefined ? { timeoutMs } : { timeoutMs, silenceMs };
  const watch = new Watch(limits, (expiry) => ender.expire(expiry));
  const soon = () => ender.stopSoon();
  const now = () => ender.stopNow();
  stop.soon.addEventListener('abort', soon);
  stop.now.addEventListener('abort', now);
  if (stop.state !== 'going') soon();
  if (stop.state === 'now') now();

  const closed = Promise.all(
    (['stdout', 'stderr'] as const).map((name) =>
      drain(child[name], (chunk) => {
        watch.output();
        collector.push(name, chunk);
      }),
    ),
  );
  const exit = await child.exited;
  watch.stop();
  const strays = await ender.finish();
  settled();
  stop.soon.removeEventListener('abort', soon);
  stop.now.removeEventListener('abort', now);
  if (strays > 0) warn(context, leftBehind(job.run.id, strays));
  await atMost(DRAIN_MS, closed);
  child.stdout.destroy();
  child.stderr.destroy();
  return ender.ending ?? { kind: 'exited', ...exit };
}

/** Ends a test process for the first reason that comes, and remembers it. */
class Ender {
  readonly #context: RunContext;
  readonly #child: TestProcess;
  readonly #cutPower: (() => Promise<void>) | undefined;
  #ending: Ending | undefined;
  #work: Promise<number> | undefined;
  #powerTimer: NodeJS.Timeout | undefined;

  constructor(context: RunContext, child: TestProcess, cutPower: (() => Promise<void>) | undefined) {
    this.#context = context;
    this.#child = child;
    this.#cutPower = cutPower;
  }

  /** Why we ended it; undefined while it ends by itself. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  expire(expiry: Expiry): void {
    const { timeoutMs, silenceMs, graceMs } = this.#context.job.spec;
    const { lastLine } = this.#context.collector;
    const limitMs = expiry === 'timeout' ? timeoutMs : (silenceMs ?? 0);
    this.#begin({ kind: expiry, limitMs, ...(lastLine === '' ? {} : { lastLine }) }, async () => {
      await this.#cutPower?.();
      return this.#child.end({ graceMs });
    });
  }

  stopSoon(): void {
    const { graceMs } = this.#context.job.spec;
    this.#begin(interrupted('the test phase'), () => {
      // It is asked to end with its boards still there; before it is killed they lose their power.
      if (this.#cutPower !== undefined) {
        this.#powerTimer = setTimeout(() => void this.#cutPower?.(), graceMs * 0.75);
      }
      return this.#child.end({ graceMs });
    });
  }

  stopNow(): void {
    this.#begin(interrupted('the test phase'), () => this.#child.kill());
    void this.#child.kill();
  }

  /** When the process itself is gone: waits until the rest is. Resolves with the number of strays. */
  async finish(): Promise<number> {
    const strays = await (this.#work ?? this.#child.sweep());
    clearTimeout(this.#powerTimer);
    return strays;
  }

  #begin(ending: Ending, work: () => Promise<number>): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#context.collector.note(`Ending the test process: ${ending.kind}.`);
    this.#work = work();
  }
}

/** Takes what comes out of a stream; resolves when it is closed. */
function drain(stream: Readable, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve) => {
    stream.on('data', take);
    stream.once('error', () => stream.destroy());
    stream.once('close', resolve);
  });
}

async function atMost(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function leftBehind(run: string, strays: number): string {
  const who = strays === 1 ? 'a process' : `${strays} processes`;
  return `${run} left ${who} behind in a session of its own; killed.`;
}
