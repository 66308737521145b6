import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { formatDuration } from '../config/duration.ts';
import type { ReadyHook } from '../model/hook.ts';
import { hookCookie } from '../process/cookie.ts';
import { LastLine } from '../process/last-line.ts';
import { startTestProcess, type Exit, type TestProcess } from '../process/test-process.ts';

/** Between TERM and KILL, when it takes too long, ms. */
const GRACE_MS = 1000;
/** After it has ended, so long for the rest of its output; who holds its pipes longer has escaped, ms. */
const DRAIN_MS = 500;

/** One process of a hook. */
export interface HookRun {
  /** Why it failed, a sentence; undefined: it did not. Resolves when nothing of it is left. */
  readonly ended: Promise<string | undefined>;
  kill(): Promise<void>;
}

/** Starts a hook with these records on its stdin. What it prints is read to its end; of it, the last line is told if it fails. */
export function startHook(
  hook: ReadyHook,
  { cookie, records }: { readonly cookie: string; readonly records: readonly string[] },
): HookRun {
  const { name, argv, cwd, env, timeoutMs } = hook;
  const starting = startTestProcess({
    argv,
    cwd,
    env: { ...process.env, ...env },
    cookie: hookCookie(cookie, name),
    input: records.map((line) => `${line}\n`).join(''),
  });
  return {
    ended: (async () => {
      const started = await starting;
      return started.ok ? await failureOf(started.process, timeoutMs) : started.fault.message;
    })(),
    kill: async () => {
      const started = await starting;
      if (started.ok) await started.process.kill();
    },
  };
}

async function failureOf(hook: TestProcess, timeoutMs: number): Promise<string | undefined> {
  const last = new LastLine();
  const { stdout, stderr } = hook;
  for (const stream of [stdout, stderr])
    stream.on('data', (chunk: Buffer) => last.push(chunk)).on('error', () => undefined);
  const drained = Promise.all([stdout, stderr].map((stream) => once(stream, 'close')));
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    void hook.end({ graceMs: GRACE_MS });
  }, timeoutMs);
  const exit = await hook.exited;
  clearTimeout(limit);
  // What it leaves behind would outlive the session.
  await (late ? hook.kill() : hook.sweep());
  await Promise.race([drained, delay(DRAIN_MS)]);
  for (const stream of [stdout, stderr]) stream.destroy();
  const how = late ? `it took longer than its timeout of ${formatDuration(timeoutMs)}` : howItEnded(exit);
  if (how === undefined) return undefined;
  return last.text === '' ? `${how}, and printed nothing.` : `${how}; its last line: ${last.text}`;
}

function howItEnded({ code, signal }: Exit): string | undefined {
  if (signal !== null) return `it was ended by ${signal}`;
  return code === 0 ? undefined : `it ended with exit code ${String(code)}`;
}
