import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Tail } from '../dispatch/lines.ts';
import type { TestbedEvent } from '../event/event.ts';
import { HOOKS_END, type FromHooks, type Hook, type HookSetup } from '../model/hook.ts';
import { COOKIE } from '../process/cookie.ts';
import { signalGroup } from '../process/group.ts';
import { endStrays } from '../process/strays.ts';
import { LONGEST_DELAY_MS } from '../util/longest-delay.ts';

/** So much may wait until the process of the hooks takes it, bytes: it takes at once what comes, unless it hangs. */
const MOST_WAITING = 8 * 1024 * 1024;
/** Beyond what the hooks themselves may take at the end, ms. */
const MARGIN_MS = 5000;
/** Who waits no longer gives them so long to be ended in good order, ms. */
const HURRIED_MS = 1000;

/** What hooks are started with. */
export interface HooksRequest {
  readonly hooks: readonly Hook[];
  readonly setup: HookSetup;
  /** Of whoever asked for the session. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Told what a person should know, secrets masked by whoever tells it. */
  readonly warn: (message: string) => void;
}

/**
 * The hooks of a session, seen from the session: it hands them records and never waits for them. They are started by a process
 * of their own, so that to start one takes no time from the session, and nothing of them lives longer than the session does.
 *
 *     open ── end() ──▶ ending ── all have finished, hurry(), too long ──▶ over
 *      └── the process dies: told ──────────────────────────────────────▶ over
 */
export class Hooks {
  readonly #request: HooksRequest;
  readonly #child: ChildProcess;
  /** Undefined when the process could not even be set up. */
  readonly #stdin: Writable | undefined;
  readonly #over: Promise<void>;
  #state: 'open' | 'ending' | 'over' = 'open';
  readonly #tail = new Tail();
  #leftOut = 0;
  #hurried = false;
  #busy: readonly string[] = [];

  constructor(request: HooksRequest) {
    this.#request = request;
    const { setup, env } = request;
    const child = spawn(process.execPath, [hookEntry()], {
      // A terminal's Ctrl-C does not reach it.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...env, [COOKIE]: setup.cookie },
    });
    this.#child = child;
    this.#stdin = child.stdin as Writable | undefined;
    const stdout = child.stdout as Readable | undefined;
    // It may die at any moment: that it is gone says more than EPIPE does.
    const stderr = child.stderr as Readable | undefined;
    for (const stream of [this.#stdin, stdout, stderr]) stream?.on('error', () => undefined);
    stderr?.setEncoding('utf8').on('data', (text: string) => this.#tail.push(text));
    if (stdout !== undefined)
      createInterface({ input: stdout }).on('line', (line) => this.#heard(JSON.parse(line) as FromHooks));
    this.#over = new Promise<string>((resolve) => {
      child.once('close', (code, signal) => resolve(signal ?? `exit code ${String(code)}`));
      child.once('error', ({ message }) => resolve(message));
    }).then((how) => this.#gone(how));
    this.#tell(JSON.stringify(setup));
  }

  /** The hooks that were still at work when the session ended. */
  get busy(): readonly string[] {
    return this.#busy;
  }

  /** A record, as it stands in the log and parsed: goes to all hooks that want it. */
  apply(line: string, event: TestbedEvent): void {
    if (this.#state !== 'open') return;
    for (const [index, hook] of this.#request.hooks.entries())
      if (wants(hook, event))
        if ((this.#stdin?.writableLength ?? 0) > MOST_WAITING) this.#leftOut++;
        else this.#tell(`${index} ${line}`);
  }

  /** Nothing more comes. Resolves once all hooks have finished, each within its timeout, or were ended. */
  async end(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'ending';
      this.#tell(HOOKS_END);
    }
    // What runs, and one more with all that waits.
    const longestMs = 2 * Math.max(...this.#request.hooks.map(({ timeoutMs }) => timeoutMs)) + MARGIN_MS;
    const limit = setTimeout(() => this.#kill(), Math.min(longestMs, LONGEST_DELAY_MS));
    await this.#over;
    clearTimeout(limit);
    if (this.#leftOut > 0)
      this.#request.warn(
        `The hooks were not told of ${this.#leftOut} records: their process did not take them.`,
      );
  }

  /** Waits for none of them any longer. */
  hurry(): void {
    this.#hurried = true;
    this.#stdin?.destroy();
    const limit = setTimeout(() => this.#kill(), HURRIED_MS);
    void this.#over.then(() => clearTimeout(limit));
  }

  #tell(line: string): void {
    this.#stdin?.write(`${line}\n`);
  }

  #heard(message: FromHooks): void {
    if (message.kind === 'warning') this.#request.warn(message.message);
    else this.#busy = message.names;
  }

  #kill(): void {
    const { pid } = this.#child;
    if (pid !== undefined) signalGroup(pid, 'SIGKILL');
  }

  async #gone(how: string): Promise<void> {
    const asked = this.#hurried || (this.#state === 'ending' && how === 'exit code 0');
    const said = this.#tail.text === undefined ? '' : `: ${this.#tail.text}`;
    if (!asked)
      this.#request.warn(
        `The process that starts the hooks has ended (${how}${said}): no hook is told any more.`,
      );
    this.#state = 'over';
    this.#busy = [];
    await endStrays(this.#request.setup.cookie);
  }
}

function hookEntry(): string {
  const here = fileURLToPath(import.meta.url);
  return path.join(path.dirname(here), '..', 'hook', `main${path.extname(here)}`);
}

/** A record without the key that a hook asks for is told in any case. */
function wants({ on, when }: Hook, event: TestbedEvent): boolean {
  if (!on.includes(event.type)) return false;
  return Object.entries(when).every(([key, values]) => {
    const value: unknown = Reflect.get(event, key);
    return value === undefined || values.some((one) => one === value);
  });
}
