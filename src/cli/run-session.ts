import type { Bench } from '../dispatch/bench.ts';
import type { RunningSession, SessionOptions } from '../dispatch/request.ts';
import { LabStateFault } from '../labstate/fault.ts';
import { JournalFault } from '../log/journal.ts';
import { readEvents } from '../log/read-events.ts';
import type { SessionConfig } from '../log/session-config.ts';
import type { RunId } from '../model/ids.ts';
import type { Overlord } from '../overlord/overlord.ts';
import type { OrderPlan } from '../plan/plan-orders.ts';
import type { SessionControls } from '../render/controls.ts';
import type { SessionShow } from '../render/session-show.ts';
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
  /** Who sees it, and may end it. */
  readonly audience: Audience;
  /** A runner's, or of this session alone. */
  readonly bench: Bench;
  readonly command: readonly string[];
  readonly io: Io;
}

/** A session that has begun: its first record of this process is in the log. */
export interface BegunSession {
  readonly id: string;
  /** Absolute. */
  readonly directory: string;
  /** The `seq` of that record. */
  readonly from: number;
}

/** What is to be shown of a session that is about to begin. */
export interface ToShow {
  /** Absolute. */
  readonly directory: string;
  /** Good as soon as it has begun. */
  readonly controls: Required<Omit<SessionControls, 'leave'>>;
  /** Of a session that goes on: with all that its log holds. */
  readonly overlord?: Overlord;
}

/** Who sees a session, and may steer and end it. */
export interface Audience {
  /** Resolves with the exit code when nobody wants it any more: what has not begun need not. */
  unwanted(): Promise<number | undefined>;
  open(session: ToShow): Promise<SessionShow>;
  begun(session: BegunSession): void;
  /** It is over, all of it is written but these documents, and only hooks are still waited for. */
  written(unwritten: readonly string[]): void;
  /** The last line that a run printed. */
  progress(run: RunId, text: string): void;
  /** What whoever watches should know now. */
  note(text: string): void;
  /** Hears who asks for an end; call the answer when nobody can ask any more. */
  hear(stop: Stop): () => void;
}

/** Asks for the end of a session, and insists on it. */
export type Stop = (how: 'soon' | 'now', signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => void;

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
  const { plan, io, audience } = input;
  const [{ createSession }, { checkLeases, startSession }] = await Promise.all([
    import('../log/session-dir.ts'),
    import('../dispatch/session.ts'),
  ]);
  const { checkoutSources } = await import('./checkout-sources.ts');
  const { past } = input;
  const checkedOut = await checkoutSources(input.lab, plan, io, past?.config.sources);
  if (checkedOut === undefined) return EXIT.usage;
  const { lab, sources } = checkedOut;
  const { checkChosenTests } = await import('./chosen-tests.ts');
  await checkChosenTests(plan, lab);
  const { results, secrets } = input;
  checkLeases({ lab, plan });
  const unwanted = await audience.unwanted();
  if (unwanted !== undefined) return unwanted;
  const directory = past ?? createSession({ results, config: { ...configOf(input, sources) }, secrets });
  if ('warnings' in directory)
    for (const warning of directory.warnings) io.stderr.write(`testbed: ${warning}\n`);
  const show = await input.audience.open({
    directory: directory.directory,
    controls: controlsOf(() => session),
    ...(past === undefined ? {} : { overlord: past.overlord }),
  });
  const hooks = await openHooks({ ...input, lab, session: directory });
  let session: RunningSession;
  try {
    if (past !== undefined) recall(past, show);
    await input.bench.expect({ lab, secrets, env: io.env });
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
      progress: (run, text) => audience.progress(run, text),
      note: (text) => audience.note(text),
    });
    hooks?.begin((message) => session.warn(message));
    return await watch(session, show, {
      io,
      hooks,
      audience,
      begun: { id: directory.id, directory: directory.directory, from: past?.nextSeq ?? 0 },
    });
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
    audience,
    begun,
  }: {
    readonly io: Io;
    readonly hooks: SessionHooks | undefined;
    readonly audience: Audience;
    readonly begun: BegunSession;
  },
): Promise<number> {
  let over = false;
  const release = audience.hear((how, signal) => {
    // All is done and kept; only hooks, and somebody who reads what we print, are still waited for.
    if (over || how === 'now') hooks?.hurry();
    if (over) return show.hurry();
    audience.note(
      how === 'soon'
        ? `${signal}: nothing new is served, what runs is being stopped; once more to stop at once`
        : `${signal} again: stopping at once`,
    );
    session.stop(how, signal);
  });
  audience.begun(begun);
  try {
    const end = await session.finished;
    over = true;
    const hooked = hooks?.end();
    await show.close();
    audience.written(show.unwritten);
    await hooks?.told(hooked);
    if (end.fault !== undefined) io.stderr.write(`testbed: ${end.fault}\n`);
    // What still waits in a socket that nobody reads would keep the process alive.
    if (show.unread) process.exit(end.exit);
    return end.exit;
  } finally {
    release();
  }
}

/** What can be done about a session, which begins a moment later. */
function controlsOf(session: () => RunningSession): Required<Omit<SessionControls, 'leave'>> {
  return {
    pause: () => session().pause(),
    resume: () => session().resume(),
    stopRun: (run) => session().stopRun(run),
    retryFailed: () => session().retryFailed(),
    hold: (run) => session().hold(run),
    letGo: (tentacle) => session().letGo(tentacle),
    finish: () => session().finish(),
  };
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

function configOf(
  { lab, plan, options, request, command }: SessionInput,
  sources: Sources,
): Omit<SessionConfig<RecordedRequest>, 'format'> {
  return { testbed: version(), command, options: { ...options }, request, counts: plan.counts, lab, sources };
}
