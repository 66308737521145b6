import { COOKIE, runCookie } from '../../process/cookie.ts';
import { startTestProcess } from '../../process/test-process.ts';
import { LastLine } from '../../process/last-line.ts';
import { warn, type RunContext } from '../context.ts';
import { atLeave } from '../last-resort.ts';
import { beginPhase, endPhase } from '../phases.ts';
import type { Templates } from '../templates.ts';
import { closeOutput, drainOutput } from './drain.ts';
import { atMost, sayMs } from '../watch.ts';

/** So long each command of `teardown:` may take. */
const LIMIT_MS = 30_000;
/** The same when the session is told to end now. */
const HURRY_MS = 5000;
/** Between TERM and KILL of one that takes longer. */
const GRACE_MS = 1000;

/**
 * Carries out the commands of `teardown:`, one after the other, however the test ended: for what a test leaves with others, such
 * as a container of a daemon. One that fails is told, changes no verdict, and does not keep the next from being tried.
 */
export async function tearDownCommands(context: RunContext, templates: Templates): Promise<void> {
  const { teardown = [] } = context.job.spec;
  if (teardown.length === 0) return;
  const start = beginPhase(context, 'teardown');
  let failed = false;
  for (const argv of teardown) {
    const how = await carryOut(context, templates, argv);
    if (how === undefined) continue;
    failed = true;
    warn(context, `${context.job.run.id}: the teardown command ${argv[0] ?? ''} ${how}.`);
  }
  endPhase(context, 'teardown', start, failed ? 'failed' : 'done');
}

/** How it failed, as the end of a sentence; undefined: it did not. */
async function carryOut(
  context: RunContext,
  templates: Templates,
  written: readonly string[],
): Promise<string | undefined> {
  const { setup, job, collector, controlGroup } = context;
  const { argv, cwd, env } = templates.command(written, []);
  collector.note(`teardown: ${argv.join(' ')}`);
  const started = await startTestProcess({
    argv,
    cwd,
    env: { ...setup.env, ...env, [COOKIE]: setup.cookie },
    cookie: runCookie(setup.cookie, job.run.id),
    group: controlGroup,
  });
  if (!started.ok) return `could not be started: ${started.fault.message}`;
  const child = started.process;
  const settled = atLeave(() => child.kill());
  const last = new LastLine();
  const drained = drainOutput(child, (_stream, chunk) => last.push(chunk));
  let hurried: NodeJS.Timeout | undefined;
  const hurry = () => (hurried = setTimeout(() => void child.kill(), HURRY_MS));
  context.stop.now.addEventListener('abort', hurry, { once: true });
  const limitMs = context.stop.state === 'now' ? HURRY_MS : LIMIT_MS;
  const exit = await atMost(limitMs, child.exited);
  if (exit === undefined) await child.end({ graceMs: GRACE_MS });
  else await child.sweep();
  context.stop.now.removeEventListener('abort', hurry);
  // By then its pid may be somebody else's.
  clearTimeout(hurried);
  settled();
  await closeOutput(child, drained);
  const said = last.text === '' ? '' : `: ${last.text}`;
  if (exit === undefined) return `took longer than ${sayMs(limitMs)}${said}`;
  return exit.code === 0 ? undefined : `ended with ${exit.signal ?? `exit code ${exit.code}`}${said}`;
}
