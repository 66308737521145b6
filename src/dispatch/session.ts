import path from 'node:path';
import { EVENT_FORMAT } from '../event/event.ts';
import { sweepClaims } from '../labstate/session-claims.ts';
import { prepareLeases } from '../labstate/lease.ts';
import { recordSession, sweepSessions } from '../labstate/session-record.ts';
import { Journal } from '../log/journal.ts';
import { Reserve } from '../log/reserve.ts';
import type { RunId, TentacleId } from '../model/ids.ts';
import { WORKER_PROTOCOL, type WorkerSetup } from '../model/job.ts';
import { endStrays } from '../process/strays.ts';
import { ownIdentity } from '../util/process-identity.ts';
import { Bench } from './bench.ts';
import { BenchDesk } from './bench-desk.ts';
import { Dispatcher } from './dispatcher.ts';
import type { Leaving } from './leaving.ts';
import { Recorder } from './recorder.ts';
import type { RunningSession, SessionEnd, SessionRequest } from './request.ts';
import { tentaclesOf } from './tentacles-of.ts';

export type { RunningSession, SessionOptions, SessionRequest } from './request.ts';

const EXIT_OF = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
/** What could not be kept was not run to its end. */
const EXIT_NOT_RUN = 3;

/** To be asked before a session's directory is made: throws `LabStateFault` when leases that the plan needs can not be kept. */
export function checkLeases({ lab, plan }: Pick<SessionRequest, 'lab' | 'plan'>): void {
  if (tentaclesOf(plan).length > 0) prepareLeases(lab.stateDirectory);
}

/**
 * Carries out a plan: gives events their order, starts runs, and sees to it that everything planned ends in one way or
 * another, and that nothing stays behind. Throws `JournalFault`, with nothing begun, when the session's directory can not take
 * a log.
 */
export function startSession(request: SessionRequest): RunningSession {
  return new Session(request);
}

/**
 *     started ─▶ serving (see `Dispatcher`) ─▶ closing: workers, boards, strays ─▶ what is left is told ─▶ finished
 */
class Session implements RunningSession {
  readonly finished: Promise<SessionEnd>;
  readonly #request: SessionRequest;
  readonly #startedAt = performance.now();
  readonly #bench: Bench;
  readonly #cookie: string;
  readonly #recorder: Recorder;
  readonly #reserve: Reserve;
  readonly #desk: BenchDesk;
  readonly #dispatcher: Dispatcher;
  #closed = false;
  #by: keyof typeof EXIT_OF = 'SIGINT';

  constructor(request: SessionRequest) {
    const { lab, plan, directory, overlord, emit } = request;
    const tentacles = tentaclesOf(plan);
    this.#request = request;
    this.#bench = request.bench ?? new Bench({ workerEntry: request.options.workerEntry });
    this.#cookie = this.#bench.newSessionCookie();
    this.#recorder = new Recorder({
      journal: this.#journal(),
      overlord,
      nextSeq: request.resume?.nextSeq ?? 0,
      emit,
      onFault: ({ message }) => this.#dispatcher?.leave({ cause: 'disk', reason: message }, 'now'),
    });
    this.#recordStart();
    this.#reserve = new Reserve(path.join(directory, '.reserve'), plan.counts.orders);
    const note = this.#note();
    const swept = Promise.all([
      sweepSessions(lab.stateDirectory, endStrays),
      sweepClaims(lab.stateDirectory),
    ]);
    const { pool } = this.#bench;
    this.#desk = new BenchDesk({
      lab,
      tentacles,
      flash: request.options.flash ?? 'auto',
      session: request.id,
      sessionDirectory: directory,
      command: this.#command,
      bench: this.#bench,
      onChange: () => this.#dispatcher?.schedule(),
      onHeld: ({ tentacle: { id }, lease: { holder } }) => {
        const { pid, startTime, bootId, host, command, since, user } = holder;
        this.#recorder.record({
          type: 'tentacle-held',
          tentacle: id,
          holder: { pid, startTime, bootId, host, command, since, user },
          ...(request.options.wait === false ? { waits: false } : {}),
        });
      },
      onWarning: (message) => this.#recorder.record({ type: 'warning', message }),
      onVirtualHost: (socket) => pool.renew(this.#setup(socket)),
      onLost: (lost, reason) =>
        this.#dispatcher.abandon(
          lost.map(({ id }) => id),
          reason,
        ),
    });
    pool.renew(this.#setup(this.#desk.virtualHost));
    this.#dispatcher = new Dispatcher({
      session: request,
      recorder: this.#recorder,
      desk: this.#desk,
      pool,
      cookie: this.#cookie,
      bench: this.#bench,
    });
    this.finished = this.#carryOut(async () => {
      await swept;
      note?.remove();
    });
  }

  stop(how: 'soon' | 'now', by: keyof typeof EXIT_OF = 'SIGINT'): void {
    this.#by = by;
    this.#dispatcher.leave({ cause: 'interrupted', reason: `The session was interrupted (${by}).` }, how);
  }

  pause(): void {
    this.#dispatcher.pause();
  }

  resume(): void {
    this.#dispatcher.resume();
  }

  stopRun(run: RunId): void {
    this.#dispatcher.stopRun(run);
  }

  retryFailed(): void {
    this.#dispatcher.retryFailed();
  }

  warn(message: string): boolean {
    return !this.#closed && this.#recorder.record({ type: 'warning', message });
  }

  hold(run: RunId): void {
    this.#dispatcher.hold(run);
  }

  letGo(tentacle: TentacleId): void {
    this.#dispatcher.letGo(tentacle);
  }

  finish(): void {
    this.#dispatcher.finish({ cause: 'interrupted', reason: 'The session was ended early, by hand.' });
  }

  async #carryOut(tidy: () => Promise<void>): Promise<SessionEnd> {
    let leaving: Leaving | undefined;
    try {
      leaving = await this.#dispatcher.serve();
    } catch (bug) {
      this.#bench.kill('the session ends because of a bug');
      throw bug;
    } finally {
      const bench = this.#bench.resident ? endStrays(this.#cookie) : this.#bench.close();
      await Promise.all([this.#desk.close(), bench]);
      await tidy();
    }
    const exit = this.#recordEnd(leaving);
    this.#closed = true;
    this.#recorder.close();
    const full = leaving?.cause === 'disk' ? leaving.reason : undefined;
    const fault = this.#recorder.fault?.message ?? full;
    return { exit, ...(fault === undefined ? {} : { fault }) };
  }

  get #command(): string {
    return this.#request.options.command.join(' ');
  }

  #setup(virtualHost?: string): WorkerSetup {
    const { lab, secrets, options, id } = this.#request;
    return {
      protocol: WORKER_PROTOCOL,
      session: id,
      lab: lab.name,
      python: lab.python,
      sources: Object.fromEntries(lab.sources.map(({ name, spec }) => [name, spec])),
      secrets,
      cookie: this.#cookie,
      benchCookie: this.#bench.cookie,
      env: this.#request.env,
      stateDirectory: lab.stateDirectory,
      flash: options.flash ?? 'auto',
      keep: options.keep ?? false,
      ...(virtualHost === undefined ? {} : { virtualHost }),
    };
  }

  #journal(): Journal {
    const { directory, resume } = this.#request;
    const file = path.join(directory, 'events.jsonl');
    return resume === undefined ? Journal.create(file) : Journal.reopen(file);
  }

  #recordStart(): void {
    const { id, lab, plan, options, resume } = this.#request;
    const who = {
      testbed: options.version,
      node: process.version,
      process: ownIdentity(),
      command: options.command,
    };
    if (resume !== undefined) {
      this.#recorder.record({ type: 'session-resumed', session: id, ...who });
    } else {
      const { orders } = plan.counts;
      this.#recorder.record({
        type: 'session-started',
        session: id,
        format: EVENT_FORMAT,
        ...who,
        lab: lab.name,
        plan: { orders, specs: plan.specs },
      });
    }
    const { fault } = this.#recorder;
    if (fault === undefined) return;
    this.#recorder.close();
    throw fault;
  }

  /** So that the next session finds what this one leaves behind when all its processes are killed together. */
  #note(): { remove(): void } | undefined {
    const { lab, id, directory } = this.#request;
    const session = { id, directory, cookie: this.#cookie, command: this.#command };
    try {
      return recordSession(lab.stateDirectory, session);
    } catch (error) {
      const consequence = 'If this session is killed, what it leaves behind may not be found.';
      this.#recorder.record({ type: 'warning', message: `${(error as Error).message} ${consequence}` });
      return undefined;
    }
  }

  /** Tells what is left, and the end. */
  #recordEnd(leaving: Leaving | undefined): number {
    const { overlord } = this.#request;
    this.#reserve.free();
    this.#recorder.tryAgain();
    if (leaving !== undefined)
      for (const { id, spec } of this.#dispatcher.remaining())
        this.#recorder.record({ type: 'order-not-run', order: id, spec, ...leaving });
    const cutOff = leaving?.cause === 'interrupted' || leaving?.cause === 'disk';
    const exit =
      leaving?.cause === 'interrupted'
        ? EXIT_OF[this.#by]
        : leaving?.cause === 'disk'
          ? EXIT_NOT_RUN
          : overlord.exitCode;
    this.#recorder.record({
      type: 'session-finished',
      ending: cutOff ? 'interrupted' : 'complete',
      exit,
      counters: overlord.counters,
      durationMs: Math.round(performance.now() - this.#startedAt),
    });
    return exit;
  }
}
