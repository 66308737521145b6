import { randomUUID } from 'node:crypto';
import { recordSession } from '../labstate/session-record.ts';
import { Masker } from '../log/mask.ts';
import { HOOK_PROTOCOL, type Hook, type ReadyHook } from '../model/hook.ts';
import type { SessionId } from '../model/ids.ts';
import type { Lab } from '../model/lab.ts';
import { expand, templateNames, templateVariables } from '../model/template.ts';
import type { TestbedEvent } from '../event/event.ts';
import { Hooks } from '../render/hooks.ts';
import type { Io } from './command.ts';

/** After the session's end, hooks may take so long before it is said who is waited for, ms. */
const QUIET_MS = 1000;

/** What the hooks of a session are made from. */
export interface SessionHooksRequest {
  readonly lab: Lab;
  readonly secrets: Readonly<Record<string, string>>;
  readonly session: { readonly id: SessionId; readonly directory: string };
  readonly command: readonly string[];
  readonly io: Io;
}

/** Records a warning in the log of a session; false when that is closed. */
type Warn = (message: string) => boolean;

/** The hooks of a running session: told what happens in it, and waited for when it is over. */
export class SessionHooks {
  readonly #request: SessionHooksRequest;
  readonly #masker: Masker;
  readonly #hooks: Hooks | undefined;
  readonly #note: { remove(): void } | undefined;
  /** Warnings that came while there was no log to take them. */
  #untold: string[] = [];
  #record: Warn = () => false;

  /** Starts the process of the hooks, unless none of them can be started. */
  constructor(hooks: readonly Hook[], request: SessionHooksRequest) {
    this.#request = request;
    this.#masker = new Masker(request.secrets);
    const startable: { readonly hook: Hook; readonly ready: ReadyHook }[] = [];
    for (const hook of hooks) {
      const ready = fill(hook, request);
      if (typeof ready === 'string') this.#warn(ready);
      else startable.push({ hook, ready });
    }
    if (startable.length === 0) return;
    // Not that of the session, whose processes are ended before its last record is told.
    const cookie = randomUUID();
    this.#note = this.#noteDown(cookie);
    this.#hooks = new Hooks({
      env: request.io.env,
      hooks: startable.map(({ hook }) => hook),
      setup: { protocol: HOOK_PROTOCOL, cookie, hooks: startable.map(({ ready }) => ready) },
      warn: (message) => this.#warn(message),
    });
  }

  /** There is a log now; it is told what went wrong before. */
  begin(record: Warn): void {
    this.#record = record;
    for (const message of this.#untold.splice(0)) this.#warn(message);
  }

  /** A record of the session, as it stands in the log and parsed. */
  apply(line: string, event: TestbedEvent): void {
    this.#hooks?.apply(line, event);
  }

  /** The session is over: what hooks have not done yet they do now, each within its timeout. Call `told` after. */
  async end(): Promise<void> {
    await this.#hooks?.end();
    this.#note?.remove();
  }

  /** Resolves when `ended`, what `end` gave, does; says who is waited for, and what went wrong after the log was closed. */
  async told(ended: Promise<void> | undefined): Promise<void> {
    const { stderr } = this.#request.io;
    const quiet = setTimeout(() => {
      const names = (this.#hooks?.busy ?? []).map((name) => `"${name}"`).join(', ');
      if (names !== '')
        stderr.write(
          `testbed: the session is over; waiting for its hooks ${names} (Ctrl-C: not any longer)\n`,
        );
    }, QUIET_MS);
    await ended;
    clearTimeout(quiet);
    for (const message of this.#untold.splice(0)) stderr.write(`testbed: ${message}\n`);
  }

  /** Waits for none of them any longer. */
  hurry(): void {
    this.#hooks?.hurry();
  }

  #warn(message: string): void {
    const masked = this.#masker.text(message);
    if (!this.#record(masked)) this.#untold.push(masked);
  }

  /** So that the next session finds what is left of them when all processes of this one are killed together. */
  #noteDown(cookie: string): { remove(): void } | undefined {
    const { lab, session, command } = this.#request;
    try {
      return recordSession(lab.stateDirectory, { ...session, cookie, command: command.join(' ') });
    } catch (error) {
      this.#warn(
        `${(error as Error).message} If this session is killed, what its hooks started may not be found.`,
      );
      return undefined;
    }
  }
}

/** The hook with everything filled in; or a sentence about what is not set, and so keeps it from being started. */
function fill(hook: Hook, { lab, secrets, session, io }: SessionHooksRequest): ReadyHook | string {
  const variables = templateVariables({
    lab: lab.name,
    python: lab.python,
    sources: {},
    env: io.env,
    secrets,
    session: { id: session.id, dir: session.directory },
    roles: [],
  });
  const { name, command, cwd, env, timeoutMs } = hook;
  const unset = [...command, cwd, ...Object.values(env)]
    .flatMap((text) => templateNames(text))
    .find((wanted) => !Object.hasOwn(variables, wanted.name));
  if (unset !== undefined)
    return `The hook "${name}" is not run: it uses \${${unset.name}}, which is not set.`;
  const filled = (text: string): string => expand(text, variables);
  return {
    name,
    argv: command.map(filled),
    cwd: filled(cwd),
    env: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, filled(value)])),
    timeoutMs,
  };
}
