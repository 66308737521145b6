import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { groupGone, signalGroup } from '../../process/group.ts';
import { TestProcess, type Exit, type TestProcessRequest } from '../../process/test-process.ts';
import type { ControlGroup } from '../../process/cgroup.ts';
import { Lines } from './lines.ts';
import { partsOf, refused, type PreloadedStart, type Starter } from './request.ts';

/** `resident.py` forks one of these for each worker; it forks the tests of that worker, one at a time. */
export class Forker implements Starter {
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
    const lines = Lines.to(address);
    lines.ask([group?.directory ?? '']);
    const [word, pid] = await lines.answer(signal);
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

  async start(request: TestProcessRequest, signal: AbortSignal): Promise<PreloadedStart> {
    const parts = partsOf(request);
    if ('ok' in parts) return parts;
    const before = this.#group?.helpers() ?? [];
    this.#lines.ask(parts);
    const [word, number] = await this.#lines.answer(signal);
    const pid = Number(number);
    if (word === 'fault') return refused(request, getSystemErrorName(-pid));
    if (word !== 'started') {
      this.close();
      return { ok: false, lost: 'It did not start the test.' };
    }
    const child = { pid, stdout: null, stderr: null, exited: this.#exitOf(pid) };
    return { ok: true, process: new TestProcess(child, request.cookie, { group: this.#group, before }) };
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
