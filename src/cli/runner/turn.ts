import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Bench } from '../../dispatch/bench.ts';
import type { SessionId } from '../../model/ids.ts';
import { SessionShow } from '../../render/session-show.ts';
import { whatIsAsked } from '../asked.ts';
import { UsageFault, type Io } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { EXIT_OF } from '../interruption.ts';
import { runSession, type Audience, type BegunSession, type Stop } from '../run-session.ts';
import type { Channel } from './channel.ts';
import type { Client, FromRunner, RunRequest, ToRunner } from './protocol.ts';

/** What a runner has with whoever connected to it. */
export type ClientChannel = Channel<ToRunner, FromRunner>;

/**
 * One session that somebody handed over.
 *
 *     waiting ── carryOut() ──▶ preparing ── its log has begun ──▶ going ──▶ over
 *        └── who asked is gone ──────┴──▶ over: nothing was made
 *                                          going ── who asked is gone: as by SIGHUP ──▶ over
 */
export class Turn {
  readonly client: Client;
  readonly #request: RunRequest;
  readonly #channel: ClientChannel;
  #begun: BegunSession | undefined;
  #stop: Stop | undefined;
  /** What was asked for before anybody could hear it. */
  #asked: Parameters<Stop> | undefined;
  #controls: Readonly<Record<string, (...args: never[]) => void>> = {};

  constructor(request: RunRequest, channel: ClientChannel) {
    this.#request = request;
    this.#channel = channel;
    this.client = { pid: request.pid, command: request.argv.join(' '), since: Date.now() };
    void channel.closed.then(() => this.stop('soon', 'SIGHUP'));
  }

  get session(): { readonly session: SessionId | null; readonly directory: string | null } {
    return { session: this.#begun?.id ?? null, directory: this.#begun?.directory ?? null };
  }

  stop(...how: Parameters<Stop>): void {
    if (this.#stop === undefined) this.#asked ??= how;
    else this.#stop(...how);
  }

  /** A method of `SessionControls`, by its name; one that this session has not is left out. */
  control(name: string, args: readonly unknown[]): void {
    if (Object.hasOwn(this.#controls, name)) this.#controls[name]?.(...(args as never[]));
  }

  tellWaits(before: readonly Client[]): void {
    this.#channel.send({ kind: 'waits', before });
  }

  /** It will not be carried out here; whoever asked does it. */
  refuse(reason: string): void {
    this.#channel.send({ kind: 'refused', reason });
    this.#channel.end();
  }

  /** Carries it out and tells how it ended. Rejects for a bug only, of which who asked was told. */
  async carryOut(bench: Bench): Promise<number> {
    try {
      const exit = await this.#carriedOut(bench);
      this.#channel.send({ kind: 'end', exit });
      return exit;
    } catch (error) {
      if (error instanceof UsageFault) {
        this.#channel.send({ kind: 'usage', message: error.message, hint: error.hint });
        return EXIT.usage;
      }
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#channel.send({ kind: 'bug', stack });
      throw error;
    } finally {
      this.#channel.end();
    }
  }

  async #carriedOut(bench: Bench): Promise<number> {
    const { options, positionals, argv } = this.#request;
    const io = this.#io();
    const asked = await whatIsAsked(options, positionals[0], { io, command: argv });
    if (asked === undefined) return EXIT.usage;
    if ('nothing' in asked) {
      io.stderr.write(`testbed: ${asked.nothing}\n`);
      return asked.exit;
    }
    return await runSession({ ...asked, audience: this.#audience(io), command: argv, io, bench });
  }

  /** The world of whoever asked. */
  #io(): Io {
    const { cwd, env, terminal } = this.#request;
    return { stdout: nowhere(), stderr: Object.assign(this.#screen(), terminal), env, cwd };
  }

  #screen(): Writable {
    return new Writable({
      decodeStrings: false,
      write: (text: string | Buffer, _encoding, done) => {
        this.#channel.send({ kind: 'text', text: text.toString() });
        done();
      },
    });
  }

  /** Asked to stop before anybody could: its exit code. */
  async #unwanted(): Promise<number | undefined> {
    // What was said by now may still wait to be read.
    await nextTurn();
    return this.#asked === undefined ? undefined : EXIT_OF[this.#asked[1]];
  }

  #audience({ env, cwd }: Io): Audience {
    const channel = this.#channel;
    return {
      unwanted: () => this.#unwanted(),
      open: async ({ controls, ...session }) => {
        this.#controls = controls;
        return await SessionShow.open({
          stdout: nowhere(),
          stderr: nowhere(),
          env,
          cwd,
          colors: false,
          ...session,
          mode: 'served',
          onFault: (message) => channel.send({ kind: 'fault', message }),
        });
      },
      begun: (session) => {
        this.#begun = session;
        channel.send({ kind: 'begun', ...session, controls: Object.keys(this.#controls) });
      },
      written: (unwritten) => channel.send({ kind: 'written', unwritten }),
      progress: (run, text) => channel.sendIfRoom({ kind: 'progress', run, text }),
      note: (text) => channel.sendIfRoom({ kind: 'note', text }),
      hear: (stop) => {
        this.#stop = stop;
        if (this.#asked !== undefined) stop(...this.#asked);
        return () => (this.#stop = () => undefined);
      },
    };
  }
}

function nowhere(): Writable {
  return new Writable({ write: (_text, _encoding, done) => done() });
}
