import type { SessionOptions } from '../dispatch/request.ts';
import { LabStateFault } from '../labstate/fault.ts';
import { JournalFault } from '../log/journal.ts';
import { readEvents } from '../log/read-events.ts';
import type { SessionConfig } from '../log/session-config.ts';
import type { OrderPlan } from '../plan/plan-orders.ts';
import type { RendererKind } from '../render/renderer.ts';
import type { SessionShow } from '../render/session-show.ts';
import type { Io } from './command.ts';
import { screenOf } from './color.ts';
import { EXIT } from './exit-codes.ts';
import type { Sources } from './checkout-sources.ts';
import type { OpenLab } from './lab.ts';
import type { PastSession, RecordedRequest } from './past-session.ts';
import { version } from './version.ts';

/** What a session is made from, once the lab is read and the plan is made. */
export interface SessionInput extends OpenLab {
  readonly plan: OrderPlan;
  /** What the command line asked for: kept in `config.json`, so that the session can be resumed. */
  readonly request: RecordedRequest;
  /** The session that goes on; `plan` is what is left of it. */
  readonly past?: PastSession & { release(): void };
  /** Absolute directory of all sessions. */
  readonly results: string;
  readonly options: Omit<SessionOptions, 'version' | 'command'>;
  /** Absent: what suits stderr. */
  readonly kind?: RendererKind;
  readonly verbose: boolean;
  readonly command: readonly string[];
  readonly io: Io;
}

/** Carries a plan out: directory, screen, dispatcher, signals. Resolves to the exit code. */
export async function runSession(input: SessionInput): Promise<number> {
  try {
    return await carryOut(input);
  } catch (error) {
    // Where results or leases are kept can not be written: nothing was run, and the message says what to do.
    if (!(error instanceof JournalFault || error instanceof LabStateFault)) throw error;
    input.io.stderr.write(`testbed: ${error.message}\n`);
    return EXIT.usage;
  } finally {
    input.past?.release();
  }
}

async function carryOut(input: SessionInput): Promise<number> {
  const { plan, io } = input;
  const [{ createSession }, { startSession }, { SessionShow }] = await Promise.all([
    import('../log/session-dir.ts'),
    import('../dispatch/session.ts'),
    import('../render/session-show.ts'),
  ]);
  const { checkoutSources } = await import('./checkout-sources.ts');
  const { past } = input;
  const checkedOut = await checkoutSources(input.lab, plan, io, past?.config.sources);
  if (checkedOut === undefined) return EXIT.usage;
  const { lab, sources } = checkedOut;
  const { checkChosenTests } = await import('./chosen-tests.ts');
  await checkChosenTests(plan, lab);
  const { results, secrets } = input;
  const directory = past ?? createSession({ results, config: { ...configOf(input, sources) }, secrets });
  if ('warnings' in directory)
    for (const warning of directory.warnings) io.stderr.write(`testbed: ${warning}\n`);
  const show = await SessionShow.open({
    ...screenOf(io),
    ...(input.kind === undefined ? {} : { kind: input.kind }),
    verbose: input.verbose,
    directory: directory.directory,
    mode: 'live',
  });
  if (past !== undefined) recall(past, show);
  const session = startSession({
    lab,
    secrets,
    plan,
    options: { ...input.options, version: version(), command: input.command },
    id: directory.id,
    directory: directory.directory,
    ...(past === undefined ? {} : { resume: { nextSeq: past.nextSeq, tried: past.overlord.tried } }),
    overlord: show.overlord,
    emit: (line, event) => show.apply(line, event),
    progress: (run, text) => show.progress(run, text),
  });
  const release = onSignals((how, signal) => {
    show.note(
      how === 'soon'
        ? `${signal}: nothing new is served, what runs is being stopped; once more to stop at once`
        : `${signal} again: stopping at once`,
    );
    session.stop(how, signal);
  });
  try {
    const end = await session.finished;
    await show.close();
    if (end.fault !== undefined) io.stderr.write(`testbed: ${end.fault}\n`);
    return end.exit;
  } finally {
    release();
  }
}

function recall({ eventsFile }: PastSession, show: SessionShow): void {
  for (const { event } of readEvents(eventsFile).records(() => true))
    if (event !== undefined) show.recall(event);
}

/** The first signal asks to stop, the second insists. */
function onSignals(stop: (how: 'soon' | 'now', signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => void): () => void {
  let asked = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    stop(asked ? 'now' : 'soon', signal as 'SIGINT' | 'SIGTERM' | 'SIGHUP');
    asked = true;
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}

function configOf(
  { lab, plan, options, request, command }: SessionInput,
  sources: Sources,
): Omit<SessionConfig<RecordedRequest>, 'format'> {
  return { testbed: version(), command, options: { ...options }, request, counts: plan.counts, lab, sources };
}
