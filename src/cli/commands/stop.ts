import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { readSessions } from '../../labstate/session-record.ts';
import { followLog } from '../../log/follow.ts';
import { readSessionConfig } from '../../log/session-config.ts';
import { judgeLog } from '../../log/session-life.ts';
import { Overlord } from '../../overlord/overlord.ts';
import { livenessOf } from '../../process/identity.ts';
import { resumeCommand } from '../../render/recipes.ts';
import { shellQuote } from '../../render/shell-quote.ts';
import { count, duration } from '../../render/text.ts';
import { statOf } from '../../util/process-identity.ts';
import { defineCommand, UsageFault, type CommandInput, type Io } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { Interruption } from '../interruption.ts';
import { openSession, tellLog, type OpenSession } from '../open-session.ts';
import { labOptions, resultsOption } from '../options.ts';

const options = {
  config: labOptions.config,
  ...resultsOption,
  now: { type: 'boolean', help: 'kill what runs, instead of letting it end and tidy up' },
} as const;

/** After its last record a process writes its reports, and may wait for somebody who reads its screen: so long we wait for it. */
const TIDYING_MS = 5000;
/** A signal is heard within this, on however busy a machine; one that came twice before that is heard once. */
const HEARD_MS = 5000;
const LOOK_MS = 20;
const TERM_BIT = 1n << 14n;

/**
 * `testbed stop [SESSION]`: what Ctrl-C does in the terminal of the session, from any other. Without a name: the runner of the lab
 * with its session, else the latest session.
 */
export const command = defineCommand({
  name: 'stop',
  positionals: '[SESSION]',
  examples: ['testbed stop', 'testbed stop --now 2026-11-20T23-11-05-4f2a'],
  options,
  run,
});

async function run({ options: given, positionals, io, argv }: CommandInput<typeof options>): Promise<number> {
  if (positionals.length === 0 && given.results === undefined) {
    const [{ placeOf }, { stopRunner }] = await Promise.all([
      import('../runner/find.ts'),
      import('../runner/stop-runner.ts'),
    ]);
    const place = await placeOf(given, io);
    const exit = place && (await stopRunner(place, given.now, io));
    if (exit !== undefined) return exit;
  }
  const session = await openSession(positionals, given, io);
  const { id, log } = session;
  const overlord = new Overlord();
  for (const { event } of log.records(() => true)) if (event !== undefined) overlord.apply(event);
  const { life } = judgeLog(log, livenessOf);
  if (life === 'over') {
    io.stderr.write(`testbed: session ${id} is over already: ${endOf(overlord)}.\n`);
    return EXIT.ok;
  }
  if (life === 'dead') {
    await tellLog(log, io);
    return EXIT.brokenLog;
  }
  using interruption = new Interruption();
  await signalSession(session, given.now, io);
  io.stderr.write(
    given.now
      ? `testbed: session ${id} was told to stop at once.\n`
      : `testbed: session ${id} was told to stop; what runs is being ended and tidied up. --now kills it.\n`,
  );
  for await (const step of followLog(log, { wanted: () => true, livenessOf, signal: interruption.signal }))
    if (step.kind === 'record' && step.event !== undefined) overlord.apply(step.event);
  if (interruption.exit !== undefined) {
    io.stderr.write(`testbed: no longer waiting; session ${id} is ending by itself.\n`);
    return interruption.exit;
  }
  return await tellEnd(session, overlord, { io, again: resumeCommand(argv, positionals[0] ?? id) });
}

/** TERM is what a first Ctrl-C does, and a second one what a second does. Throws `UsageFault` where that can not be. */
async function signalSession({ id, directory, log }: OpenSession, now: boolean, io: Io): Promise<void> {
  const { writer } = log;
  if (writer === undefined) throw new UsageFault(`the log of session ${id} does not say who runs it.`);
  const { pid, host } = writer;
  if (livenessOf(writer) === 'unknown')
    throw new UsageFault(
      `session ${id} runs on ${host} (pid ${pid}), and only there it can be stopped.`,
      `Log in on ${host}: testbed stop ${shellQuote(directory)}`,
    );
  if (statOf(pid)?.state === 'T')
    io.stderr.write(
      `testbed: its process is suspended and hears nothing until it goes on (kill -CONT ${pid}).\n`,
    );
  const { stopSessionOf } = await import('../runner/stop-runner.ts');
  if (await stopSessionOf(pid, id, { now, env: io.env })) return;
  try {
    process.kill(pid, 'SIGTERM');
    if (!now) return;
    await heard(pid);
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // It ended by itself in the meantime, and its log says how.
    if (code === 'ESRCH') return;
    if (code !== 'EPERM') throw error;
    throw new UsageFault(
      `session ${id} is ${userOf(id, directory)}'s (pid ${pid}), and you may not stop it.`,
      `Ask for it, or as root: kill ${pid}`,
    );
  }
}

/** Resolves once a process has taken its TERM, or does not for long: two that wait for it count as one. */
async function heard(pid: number): Promise<void> {
  const limit = performance.now() + HEARD_MS;
  while (isPending(pid) && performance.now() < limit) await pause(LOOK_MS);
}

/** Bit 15 of the signals that wait for a process: see `proc_pid_status(5)`. */
function isPending(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return [...status.matchAll(/^(?:Shd|Sig)Pnd:\s*(\w+)$/gm)].some(
      ([, bits = '0']) => (BigInt(`0x${bits}`) & TERM_BIT) !== 0n,
    );
  } catch {
    // It is gone.
    return false;
  }
}

/** Who began a session, by its record in the state directory. */
function userOf(id: string, directory: string): string {
  const lab = readSessionConfig(directory)?.lab;
  const record = lab === undefined ? undefined : readSessions(lab.stateDirectory).get(id);
  return record?.holder.user ?? 'another user';
}

/** Tells how a session ended that was told to stop; the exit code says whether its log has an end. */
async function tellEnd(
  { id, log }: OpenSession,
  overlord: Overlord,
  { io, again }: { readonly io: Io; readonly again: string },
): Promise<number> {
  if (overlord.finished === undefined) {
    await tellLog(log, io);
    return EXIT.brokenLog;
  }
  const { livingRunners } = await import('../runner/place.ts');
  const runners = livingRunners(io.env);
  const limit = performance.now() + TIDYING_MS;
  while (
    log.writer !== undefined &&
    !runners.has(log.writer.pid) &&
    livenessOf(log.writer) === 'alive' &&
    performance.now() < limit
  )
    await pause(LOOK_MS);
  const goOn = overlord.finished.ending === 'interrupted' ? `\n  To go on with it: ${again}` : '';
  io.stderr.write(`testbed: session ${id} ended: ${endOf(overlord)}.${goOn}\n`);
  return EXIT.ok;
}

/** `interrupted after 3:05, exit 143; 4 orders not run`. */
function endOf({ finished, notRun }: Overlord): string {
  if (finished === undefined) throw new Error('Internal error: expected a session that is over, was not');
  const left = notRun.length === 0 ? '' : `; ${count(notRun.length, 'order')} not run`;
  return `${finished.ending} after ${duration(finished.durationMs)}, exit ${finished.exit}${left}`;
}
