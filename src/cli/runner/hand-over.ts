import { isatty } from 'node:tty';
import { readEvents } from '../../log/read-events.ts';
import { resumeCommand } from '../../render/recipes.ts';
import type { SessionControls } from '../../render/controls.ts';
import { SessionShow } from '../../render/session-show.ts';
import { UsageFault, type Io } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { followSession, tellGone } from '../follow-session.ts';
import { EXIT_OF } from '../interruption.ts';
import { tellLog } from '../open-session.ts';
import type { BegunSession } from '../run-session.ts';
import { onSignals, type Shown } from '../terminal-audience.ts';
import type { RunnerChannel } from './connect.ts';
import type { Client, FromRunner, RunRequest } from './protocol.ts';

/** What is handed over, and how it is shown here. */
export interface HandOver {
  readonly request: Pick<RunRequest, 'options' | 'positionals' | 'argv'>;
  readonly shown: Shown;
  readonly io: Io;
  /** Told once the session has begun. */
  readonly onBegun: (session: BegunSession) => void;
}

/**
 * Lets a runner carry out a session, and shows it here from its log. Resolves to the exit code; undefined: the runner did not
 * begin it, and never will.
 */
export function handOver(channel: RunnerChannel, over: HandOver): Promise<number | undefined> {
  return new HandedOver(channel, over).carryOut();
}

type State = 'waiting' | 'shown' | 'closed';

/**
 *     waiting (for its turn, for its plan) ── begun ──▶ shown, from its log ── written: all is there ──▶ closed ── end
 *        ├─ Ctrl-C: nothing was made                      └── the runner is gone: what the log tells is all ──▶ closed
 *        └─ refused, or the runner is gone: carried out here
 */
class HandedOver {
  readonly #channel: RunnerChannel;
  readonly #over: HandOver;
  #state: State = 'waiting';
  #show: SessionShow | undefined;
  #told = false;
  /** Texts for the screen, while something else is on it. */
  #held = '';
  readonly #begun = Promise.withResolvers<Extract<FromRunner, { kind: 'begun' }> | undefined>();
  readonly #written = Promise.withResolvers<readonly string[] | undefined>();
  readonly #end = Promise.withResolvers<
    Extract<FromRunner, { kind: 'end' | 'usage' | 'bug' | 'refused' }> | undefined
  >();
  readonly #interrupted = Promise.withResolvers<number>();

  constructor(channel: RunnerChannel, over: HandOver) {
    this.#channel = channel;
    this.#over = over;
  }

  async carryOut(): Promise<number | undefined> {
    const { request, io } = this.#over;
    const { columns } = io.stderr;
    this.#channel.listen((message) => this.#heard(message));
    void this.#channel.closed.then(() => this.#lost());
    const release = onSignals((how, by) => this.#stop(how, by));
    try {
      this.#channel.send({
        kind: 'run',
        ...request,
        cwd: io.cwd,
        env: io.env,
        pid: process.pid,
        terminal: { isTTY: io.stderr.isTTY === true, ...(columns === undefined ? {} : { columns }) },
      });
      const begun = await Promise.race([this.#begun.promise, this.#interrupted.promise]);
      if (typeof begun === 'number') return begun;
      return begun === undefined ? await this.#neverBegun() : await this.#watch(begun);
    } finally {
      release();
      this.#channel.destroy();
    }
  }

  /** Nothing more will come: what did not come by now never does. */
  #lost(): void {
    this.#begun.resolve(undefined);
    this.#written.resolve(undefined);
    this.#end.resolve(undefined);
  }

  #heard(message: FromRunner): void {
    switch (message.kind) {
      case 'text':
        return this.#print(message.text);
      case 'waits':
        return this.#tellWaits(message.before);
      case 'begun':
        return this.#begun.resolve(message);
      case 'progress':
        return this.#show?.progress(message.run, message.text);
      case 'note':
        return this.#show?.note(message.text);
      case 'fault':
        return this.#show?.fault(message.message);
      case 'written':
        return this.#written.resolve(message.unwritten);
      case 'end':
      case 'usage':
      case 'bug':
      case 'refused':
        return this.#end.resolve(message);
      case 'hello':
      case 'status':
      case 'reloading':
      case 'stopping':
        throw new Error(`Internal error: expected news of a session, was ${message.kind}`);
    }
  }

  #print(text: string): void {
    if (this.#state === 'shown') this.#held += text;
    else this.#over.io.stderr.write(text);
  }

  #tellWaits(before: readonly Client[]): void {
    if (this.#told) return;
    this.#told = true;
    const [first] = before;
    if (first === undefined) return;
    const more = before.length === 1 ? '' : `, and ${before.length - 1} more`;
    this.#print(
      `testbed: the runner is busy with the session of pid ${first.pid} (${first.command})${more}; this one waits its turn (Ctrl-C: not any longer)\n`,
    );
  }

  #stop(how: 'soon' | 'now', by: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void {
    // Nothing was made yet, and who waits for it does not any more.
    if (this.#state === 'waiting') this.#interrupted.resolve(EXIT_OF[by]);
    else if (this.#state === 'closed') this.#show?.hurry();
    this.#channel.send({ kind: 'stop', how, by });
  }

  /** It came to nothing before there was a session. */
  async #neverBegun(): Promise<number | undefined> {
    const { io } = this.#over;
    const end = await this.#end.promise;
    if (end?.kind === 'end') return end.exit;
    if (end?.kind === 'usage') throw new UsageFault(end.message, end.hint);
    if (end?.kind === 'bug') throw bugOf(end.stack);
    const why = end === undefined ? 'died' : end.reason;
    io.stderr.write(`testbed: the runner ${why} before it began the session, which is carried out here.\n`);
    return undefined;
  }

  async #watch({
    id,
    directory,
    from,
    controls: names,
  }: Extract<FromRunner, { kind: 'begun' }>): Promise<number> {
    const { shown, io, onBegun } = this.#over;
    onBegun({ id, directory, from });
    const controls = Object.fromEntries(
      names.map((name) => [
        name,
        (...args: readonly unknown[]) => this.#channel.send({ kind: 'control', name, args }),
      ]),
    ) as SessionControls;
    const keyboard = isatty(0) ? { keyboard: { stdin: process.stdin, controls } } : {};
    const show = await SessionShow.open({ ...shown, directory, mode: 'watched', ...keyboard });
    this.#show = show;
    this.#state = 'shown';
    try {
      const log = readEvents(`${directory}/events.jsonl`);
      const followed = await followSession(log, show, { signal: new AbortController().signal, from });
      const unwritten = await this.#written.promise;
      const exit = await show.close(unwritten);
      this.#closed();
      if (followed === 'gone') {
        tellGone(log, io);
        return EXIT.brokenLog;
      }
      const end = await this.#end.promise;
      if (end?.kind === 'bug') throw bugOf(end.stack);
      // What still waits in a socket that nobody reads would keep the process alive.
      if (end?.kind === 'end' && show.unread) process.exit(end.exit);
      if (end?.kind === 'end') return end.exit;
      if ((await tellLog(log, io)).sound) return exit;
      io.stderr.write(
        `testbed: the runner died. To go on with the session: ${resumeCommand(this.#over.request.argv, id)}\n`,
      );
      return EXIT.brokenLog;
    } catch (fault) {
      show.abandon();
      throw fault;
    }
  }

  /** The screen is everybody's again. */
  #closed(): void {
    this.#state = 'closed';
    this.#print(this.#held);
  }
}

/** A bug in the runner is told as one of this process. */
function bugOf(stack: string): Error {
  const bug = new Error(`in the runner: ${stack.split('\n')[0]}`);
  bug.stack = `in the runner: ${stack}`;
  return bug;
}
