import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Tentacle } from '../model/lab.ts';
import { VIRTUAL_PROTOCOL, type VirtualHostHello, type VirtualHostSettings } from './virtual-protocol.ts';

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
}

/**
 * Starts the process that hosts the virtual boards of one owner. It ends by itself when the owner is gone. In a session of
 * its own, because a Ctrl-C in the terminal is for the owner, who may still need the boards for a teardown.
 */
export async function startVirtualHost(options: {
  readonly stateDirectory: string;
  /** The lab's name: boards of the same lab and id are the same board. */
  readonly lab: string;
  readonly tentacles: readonly Pick<Tentacle, 'id' | 'faults'>[];
  /** In its environment as `TESTBED_COOKIE`. */
  readonly cookie: string;
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
  const hello = await Promise.race([firstLine(stdout), exited]);
  if (typeof hello !== 'string')
    throw new Error(`The host of the virtual boards did not start: ${hello.evidence ?? 'it ended at once'}`);
  const parsed = JSON.parse(hello) as VirtualHostHello;
  if ('fault' in parsed) throw new Error(`The host of the virtual boards did not start: ${parsed.fault}`);
  const close = async (): Promise<void> => {
    stdin.end();
    const kill = setTimeout(() => child.kill('SIGKILL'), CLOSE_LIMIT_MS);
    await exited;
    clearTimeout(kill);
  };
  return { socket: parsed.socket, pid: child.pid ?? -1, exited, close };
}

/** `main.ts` beside the sources, `main.js` beside what was built. */
function entry(): string {
  const here = fileURLToPath(import.meta.url);
  return path.join(path.dirname(here), '..', 'virtual', `main${path.extname(here)}`);
}

async function firstLine(stdout: NodeJS.ReadableStream): Promise<string> {
  const [line] = (await once(createInterface({ input: stdout }), 'line')) as [string];
  return line;
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
