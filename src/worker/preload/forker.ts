import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { groupGone, signalGroup } from '../../process/group.ts';
import { spawnFault } from '../../process/spawn-fault.ts';
import { TestProcess, type Exit, type Started, type TestProcessRequest } from '../../process/test-process.ts';
import type { ControlGroup } from '../../process/cgroup.ts';
import { RUN_COOKIE } from '../../process/cookie.ts';
import { Lines } from './lines.ts';

/** A start from an interpreter of a stage: as a cold one, or that interpreter did not do its part, and how. */
export type PreloadedStart =
  Started | { readonly ok: false; readonly fault?: undefined; readonly lost: string };

/** `resident.py` forks one of these for each worker; it forks the tests of that worker, one at a time. */
export class Forker {
  readonly #lines: Lines;
  readonly #group: ControlGroup | undefined;
  #gone = false;

  private constructor(lines: Lines, group: ControlGroup | undefined) {
    this.#lines = lines;
    this.#group = group;
    void lines.closed.then(() => (this.#gone = true));
  }

  /** Undefined: the resident did not give one before the signal. */
  static async of(
    address: string,
    group: ControlGroup | undefined,
    signal: AbortSignal,
  ): Promise<Forker | undefined> {
    const lines = new Lines(address);
    lines.ask([group?.directory ?? '']);
    const [word, pid] = await answered(lines, signal);
    if (word !== 'here') {
      lines.close();
      return undefined;
    }
    const gone = group?.keep(Number(pid));
    void lines.closed.then(gone);
    return new Forker(lines, group);
  }

  get isGone(): boolean {
    return this.#gone;
  }

  close(): void {
    this.#lines.close();
  }

  /** Starts a command as `startTestProcess` does, with the interpreter that is there, on three descriptors of ours. */
  async start(request: TestProcessRequest, signal: AbortSignal): Promise<PreloadedStart> {
    const { argv, cwd, cookie, descriptors = [] } = request;
    const env = { ...request.env, [RUN_COOKIE]: cookie };
    const outputs = descriptors.map((descriptor) => `/proc/${process.pid}/fd/${descriptor}`);
    const parts = [cwd, ...outputs, String(argv.length), ...argv, ...entriesOf(env)];
    if (parts.some((part) => part.includes('\0')))
      return refused(Object.assign(new Error('NUL'), { code: 'ERR_INVALID_ARG_VALUE' }));
    const before = this.#group?.helpers() ?? [];
    this.#lines.ask(parts);
    const [word, number] = await answered(this.#lines, signal);
    const pid = Number(number);
    if (word === 'fault') return refused(Object.assign(new Error(word), { code: getSystemErrorName(-pid) }));
    if (word !== 'started') {
      this.close();
      return { ok: false, lost: 'It did not start the test.' };
    }
    const child = { pid, stdout: null, stderr: null, exited: this.#exitOf(pid) };
    return { ok: true, process: new TestProcess(child, cookie, { group: this.#group, before }) };

    function refused(error: NodeJS.ErrnoException): Started {
      return { ok: false, fault: spawnFault(error, { argv, cwd, env }) };
    }
  }

  async #exitOf(pid: number): Promise<Exit> {
    const line = await this.#lines.next();
    if (line === undefined) {
      signalGroup(pid, 'SIGKILL');
      await groupGone(pid, GONE_MS);
      return { code: null, signal: 'SIGKILL', lost: true };
    }
    const [code = 0, signal = 0] = line.split(' ').slice(1).map(Number);
    return signal === 0 ? { code, signal: null } : { code: null, signal: SIGNALS.get(signal) ?? 'SIGKILL' };
  }
}

/** What is killed is gone by then, or hangs in the kernel. */
const GONE_MS = 5000;

const SIGNALS = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

/** The words of the next line; none when it does not come, or not before the signal. */
async function answered(lines: Lines, signal: AbortSignal): Promise<readonly string[]> {
  const close = (): void => lines.close();
  signal.addEventListener('abort', close);
  if (signal.aborted) close();
  const line = await lines.next();
  signal.removeEventListener('abort', close);
  return line?.split(' ') ?? [];
}

function entriesOf(env: Readonly<NodeJS.ProcessEnv>): string[] {
  return Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
}
