import { statSync } from 'node:fs';
import net from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { couldNotImport } from '../../model/preload.ts';
import { ADDRESS, type Ready } from '../../model/stage.ts';
import { startTestProcess } from '../../process/test-process.ts';
import { unreachable } from '../../util/unreachable.ts';
import { LastLine } from '../../process/last-line.ts';
import type { Command } from '../templates.ts';

/** So long between two looks. */
const LOOK_MS = 50;
/** A probe command costs more than a look. */
const PROBE_MS = 200;

/** Why a stage is not ready. */
export interface StageObstacle {
  /** A sentence for a person. */
  readonly reason: string;
  /** To try again is in vain. */
  readonly hopeless: boolean;
}

/** What is looked at, with its templates filled in. */
export interface ReadyFacts {
  readonly ready: Ready;
  readonly text: (template: string) => string;
  readonly command: (argv: readonly string[]) => Command;
  /** The whole environment of probe commands. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly probeCookie: string;
  /** Somebody should know this of the stage. */
  readonly warn: (message: string) => void;
}

/**
 * Looks whether one host stage is ready. Made before its command starts, so that what was there before is not taken for it.
 */
export class Readiness {
  readonly #facts: ReadyFacts;
  readonly #pattern: RegExp | undefined;
  readonly #before: string | undefined;
  readonly #matched = Promise.withResolvers<Readonly<Record<string, string>>>();
  readonly #probed = new LastLine();
  /** Why an interpreter can not be ready: it said so itself. */
  failure: StageObstacle | undefined;

  constructor(facts: ReadyFacts) {
    const { ready } = facts;
    this.#facts = facts;
    this.#pattern = ready.kind === 'line' ? new RegExp(ready.pattern) : undefined;
    this.#before = ready.kind === 'file' ? signatureOf(this.#file(ready.file)) : undefined;
  }

  /** Why the command need not even be started; undefined: go on. */
  async obstacle(): Promise<StageObstacle | undefined> {
    const { ready, text } = this.#facts;
    if (ready.kind !== 'port') return undefined;
    const port = portOf(text(ready.port));
    if (port === undefined)
      return { reason: `Its "ready: port:" is "${text(ready.port)}", and that is no port.`, hopeless: true };
    if (!(await listens(port))) return undefined;
    return { reason: `Somebody else listens on its port ${port} already.`, hopeless: false };
  }

  /** A line of its output. */
  line(line: string): void {
    const match = this.#pattern?.exec(line);
    if (match === null || match === undefined) return;
    const groups = Object.entries(match.groups ?? {}) as [string, string | undefined][];
    this.#matched.resolve(Object.fromEntries(groups.map(([name, value]) => [name, value ?? ''])));
  }

  /** A line that the interpreter of a preload stage says of itself, on descriptor 3. */
  announced(line: string): void {
    const [, word, first = '', rest = ''] = /^(\w+) (\S+) ?(.*)$/.exec(line) ?? [];
    if (word === 'ready') this.#matched.resolve({ [ADDRESS]: first });
    if (word === 'threads') this.#facts.warn(sayThreads(first));
    if (word !== 'failed') return;
    this.failure = {
      reason: couldNotImport(rest),
      hopeless: first === 'hopeless',
    };
  }

  /** Resolves with the values that its readiness tells, once it is ready; never after the signal. */
  async wait(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const { ready, text } = this.#facts;
    switch (ready.kind) {
      case 'line':
      case 'preload':
        return await this.#matched.promise;
      case 'port': {
        const port = Number(text(ready.port));
        await until(signal, LOOK_MS, () => listens(port));
        return { port: String(port) };
      }
      case 'file': {
        const file = this.#file(ready.file);
        await until(signal, LOOK_MS, () => {
          const now = signatureOf(file);
          return now !== undefined && now !== this.#before;
        });
        return {};
      }
      case 'command':
        await until(signal, PROBE_MS, () => this.#probe(ready.command, signal));
        return {};
      default:
        return unreachable(ready);
    }
  }

  /** What was waited for in vain, as the end of a sentence. */
  get missing(): string {
    const { ready, text } = this.#facts;
    switch (ready.kind) {
      case 'line':
        return `no line of its output matched /${ready.pattern}/`;
      case 'port':
        return `nobody listened on port ${text(ready.port)}`;
      case 'file':
        return `there was no new ${this.#file(ready.file)}`;
      case 'command': {
        const { text: said } = this.#probed;
        return `${ready.command[0]} did not end with 0${said === '' ? '' : `: ${said}`}`;
      }
      case 'preload':
        return 'its imports were not done';
      default:
        return unreachable(ready);
    }
  }

  #file(file: string): string {
    return resolve(this.#facts.cwd, this.#facts.text(file));
  }

  async #probe(argv: readonly string[], signal: AbortSignal): Promise<boolean> {
    const { command, env, probeCookie } = this.#facts;
    const started = await startTestProcess({ ...command(argv), env, cookie: probeCookie });
    if (!started.ok) {
      this.#probed.push(Buffer.from(`${started.fault.message}\n`));
      return false;
    }
    const child = started.process;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => this.#probed.push(chunk)).on('error', () => undefined);
    const kill = (): void => void child.kill();
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    const { code } = await child.exited;
    signal.removeEventListener('abort', kill);
    await child.sweep();
    return code === 0;
  }
}

/** Asks again and again; resolves at the first yes, and never once the signal has come. */
async function until(
  signal: AbortSignal,
  everyMs: number,
  look: () => boolean | Promise<boolean>,
): Promise<void> {
  while (!signal.aborted) {
    if ((await look()) && !signal.aborted) return;
    await delay(everyMs);
  }
  await new Promise(() => undefined);
}

function sayThreads(threads: string): string {
  return `Its imports started threads (${threads} run). A forked test has none of them, and hangs where it waits for one: import what starts them in the test.`;
}

function portOf(text: string): number | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535 ? port : undefined;
}

/** Whether somebody on this computer takes connections on a port, by either protocol. */
async function listens(port: number): Promise<boolean> {
  const answers = await Promise.all(['127.0.0.1', '::1'].map((host) => connects(host, port)));
  return answers.includes(true);
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = net.connect({ host, port });
    const end = (yes: boolean) => () => {
      socket.destroy();
      answer(yes);
    };
    socket.once('connect', end(true)).once('error', end(false)).setTimeout(1000, end(false));
  });
}

/** Another one when the file was made anew or changed; undefined when it is not there. */
function signatureOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.ino}:${stat.mtimeMs}:${stat.size}`;
}
