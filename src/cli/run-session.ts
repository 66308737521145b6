import { isatty } from 'node:tty';
import type { Bench } from '../dispatch/bench.ts';
import type { RunningSession, SessionOptions } from '../dispatch/request.ts';
import { LabStateFault } from '../labstate/fault.ts';
import { JournalFault } from '../log/journal.ts';
import { readEvents } from '../log/read-events.ts';
import type { SessionConfig } from '../log/session-config.ts';
import type { OrderPlan } from '../plan/plan-orders.ts';
import type { SessionControls } from '../render/controls.ts';
import type { SessionShow, SessionShowOptions } from '../render/session-show.ts';
import type { Io } from './command.ts';
import { EXIT } from './exit-codes.ts';
import type { Sources } from './checkout-sources.ts';
import type { OpenLab } from './lab.ts';
import type { SessionHooks, SessionHooksRequest } from './session-hooks.ts';
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
  /** What of it is shown, and where. */
  readonly shown: Omit<SessionShowOptions, 'directory' | 'mode' | 'keyboard' | 'overlord'>;
  /** Of this session alone. */
  readonly bench: Bench;
  readonly command: readonly string[];
  readonly io: Io;
  /** Told once the first record of this process is in the log. */
  readonly onBegun?: (session: { readonly id: string; readonly directory: string }) => void;
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
    ...input.shown,
    directory: directory.directory,
    mode: 'live',
    ...(past === undefined ? {} : { overlord: past.overlord }),
    ...keyboardOf(() => session),
  });
  const hooks = await openHooks({ ...input, lab, session: directory });
  let session: RunningSession;
  try {
    if (past !== undefined) recall(past, show);
    session = startSession({
      lab,
      secrets,
      plan,
      env: io.env,
      bench: input.bench,
      options: { ...input.options, version: version(), command: input.command },
      id: directory.id,
      directory: directory.directory,
      ...(past === undefined ? {} : { resume: { nextSeq: past.nextSeq, tried: past.overlord.tried } }),
      overlord: show.overlord,
      emit: (line, event) => {
        show.apply(line, event);
        hooks?.apply(line, event);
      },
      progress: (run, text) => show.progress(run, text),
      note: (text) => show.note(text),
    });
    hooks?.begin((message) => session.warn(message));
    return await watch(session, show, { io, hooks, begun: () => input.onBegun?.(directory) });
  } catch (fault) {
    show.abandon();
    hooks?.hurry();
    throw fault;
  }
}

/** Sees a session through to its end: signals, what is shown, what is waited for. Resolves to the exit code. */
async function watch(
  session: RunningSession,
  show: SessionShow,
  {
    io,
    hooks,
    begun,
  }: { readonly io: Io; readonly hooks: SessionHooks | undefined; readonly begun: () => void },
): Promise<number> {
  let over = false;
  const release = onSignals((how, signal) => {
    // All is done and kept; only hooks, and somebody who reads what we print, are still waited for.
    if (over || how === 'now') hooks?.hurry();
    if (over) return show.hurry();
    show.note(
      how === 'soon'
        ? `${signal}: nothing new is served, what runs is being stopped; once more to stop at once`
        : `${signal} again: stopping at once`,
    );
    session.stop(how, signal);
  });
  begun();
  try {
    const end = await session.finished;
    over = true;
    const hooked = hooks?.end();
    await show.close();
    await hooks?.told(hooked);
    if (end.fault !== undefined) io.stderr.write(`testbed: ${end.fault}\n`);
    // What still waits in a socket that nobody reads would keep the process alive.
    if (show.unread) process.exit(end.exit);
    return end.exit;
  } finally {
    release();
  }
}

/** Whoever sits at the terminal may steer the session, which begins a moment later. */
function keyboardOf(session: () => RunningSession): Pick<SessionShowOptions, 'keyboard'> {
  if (!isatty(0)) return {};
  const controls: SessionControls = {
    pause: () => session().pause(),
    resume: () => session().resume(),
    stopRun: (run) => session().stopRun(run),
    retryFailed: () => session().retryFailed(),
    hold: (run) => session().hold(run),
    letGo: (tentacle) => session().letGo(tentacle),
    finish: () => session().finish(),
  };
  return { keyboard: { stdin: process.stdin, controls } };
}

/** Those of the lab, if it has any. */
async function openHooks(request: SessionHooksRequest): Promise<SessionHooks | undefined> {
  const { hooks = [] } = request.lab;
  if (hooks.length === 0) return undefined;
  const { SessionHooks } = await import('./session-hooks.ts');
  return new SessionHooks(hooks, request);
}

/** The log is read a second time, because nobody holds all of it in memory; what no renderer wants is not parsed again. */
function recall({ eventsFile }: PastSession, show: SessionShow): void {
  for (const { event } of readEvents(eventsFile).records((type) => show.wants(type)))
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
