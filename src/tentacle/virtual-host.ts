import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Ms } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import { signalGroup } from '../process/group.ts';
import { VIRTUAL_PROTOCOL, type VirtualHostHello, type VirtualHostSettings } from './virtual-protocol.ts';

/** Far above what a busy machine needs until the host says its first word: what takes longer hangs, on a dead mount for one. */
const START_LIMIT_MS: Ms = 30_000;
/** How long the host may take to put its boards away before it is killed. */
const CLOSE_LIMIT_MS = 5_000;

export interface VirtualHost {
  /** Where `virtualRequest` asks. */
  readonly socket: string;
  readonly pid: number;
  /** Resolves when the host has ended, with what it said on stderr if it ended badly. */
  readonly exited: Promise<{ readonly evidence?: string }>;
  /** Powers everything off and ends the host. */
  close(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

/** The host of the virtual boards did not come up; the message says why and stands alone. */
export class VirtualHostFault extends Error {
  constructor(why: string) {
    super(`The host of the virtual boards did not start: ${why}`);
    this.name = 'VirtualHostFault';
  }
}

/**
 * Starts the process that hosts the virtual boards of one owner; throws `VirtualHostFault`. It ends by itself when the owner is gone. In a session of
 * its own, because a Ctrl-C in the terminal is for the owner, who may still need the boards for a teardown.
 */
export async function startVirtualHost(options: {
  readonly stateDirectory: string;
  /** The lab's name: boards of the same lab and id are the same board. */
  readonly lab: string;
  readonly tentacles: readonly Pick<Tentacle, 'id' | 'faults'>[];
  /** In its environment as `TESTBED_COOKIE`. */
  readonly cookie: string;
  /** Puts the host away, also while it is still coming up. */
  readonly signal?: AbortSignal;
  /** How long it may take to come up before it is killed; a half minute when not said. */
  readonly startLimitMs?: Ms;
}): Promise<VirtualHost> {
  const child = spawn(process.execPath, [entry()], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, TESTBED_COOKIE: options.cookie },
  });
  const { stdin, stdout } = child;
  const exited = ending(child);
  const settings: VirtualHostSettings = {
    protocol: VIRTUAL_PROTOCOL,
    stateDirectory: options.stateDirectory,
    lab: options.lab,
    tentacles: options.tentacles.map(({ id, faults }) => ({ id, faults })),
  };
  // It may have died already: then `exited` says more than EPIPE does.
  stdin.on('error', () => undefined);
  stdin.write(`${JSON.stringify(settings)}\n`);
  const { pid } = child;
  const kill = (): void => {
    if (pid !== undefined) signalGroup(pid, 'SIGKILL');
  };
  const close = async (): Promise<void> => {
    stdin.end();
    const late = setTimeout(kill, CLOSE_LIMIT_MS);
    await exited;
    clearTimeout(late);
  };
  options.signal?.addEventListener('abort', () => void close(), { once: true });
  const limitMs = options.startLimitMs ?? START_LIMIT_MS;
  const limit = AbortSignal.timeout(limitMs);
  const hello = await Promise.race([firstLine(stdout, limit), exited]);
  if (hello === undefined) {
    kill();
    throw new VirtualHostFault(
      `it said nothing for ${limitMs / 1000} s, and was killed; look whether ${options.stateDirectory} and ${os.tmpdir()} answer`,
    );
  }
  if (typeof hello !== 'string') throw new VirtualHostFault(hello.evidence ?? 'it ended at once');
  const parsed = JSON.parse(hello) as VirtualHostHello;
  if ('fault' in parsed) throw new VirtualHostFault(parsed.fault);
  return { socket: parsed.socket, pid: pid ?? -1, exited, close, kill };
}

/** `main.ts` beside the sources, `main.js` beside what was built. */
function entry(): string {
  const here = fileURLToPath(import.meta.url);
  return path.join(path.dirname(here), '..', 'virtual', `main${path.extname(here)}`);
}

/** Undefined: the limit was over before. */
async function firstLine(stdout: NodeJS.ReadableStream, limit: AbortSignal): Promise<string | undefined> {
  try {
    const [line] = (await once(createInterface({ input: stdout }), 'line', { signal: limit })) as [string];
    return line;
  } catch (error) {
    if (limit.aborted) return undefined;
    throw error;
  }
}

async function ending(child: ChildProcess): Promise<{ readonly evidence?: string }> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (data: string) => (said = (said + data).slice(-4_000)));
  const failed = once(child, 'error').then(([error]) => ({ evidence: String(error) }));
  const closed = once(child, 'close').then(([code, signal]) =>
    code === 0 ? {} : { evidence: `${said.trim()} (${signal === null ? `exit ${code}` : signal})`.trim() },
  );
  return await Promise.race([failed, closed]);
}
