import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { TestbedEvent } from '../../src/event/event.ts';
import type { RunnerStatus } from '../../src/cli/runner/protocol.ts';
import { processesOf, until, type Rig, type StartOptions } from '../support/rig.ts';

/** The runner of a rig's lab; disposing of it kills whatever of it is left. */
export class RunnerRig implements AsyncDisposable {
  readonly #rig: Rig;
  readonly pid: number;

  private constructor(rig: Rig, pid: number) {
    this.#rig = rig;
    this.pid = pid;
  }

  static async start(rig: Rig, args: readonly string[] = [], options?: StartOptions): Promise<RunnerRig> {
    const { exit, stderr } = await rig.run(['start', ...args], options);
    const pid = Number(/is up \(pid (\d+)\)/.exec(stderr)?.[1]);
    if (exit !== 0 || !(pid > 0)) throw new Error(`no runner: exit ${exit}, ${stderr}`);
    return new RunnerRig(rig, pid);
  }

  /** As it tells itself; null: there is none. */
  async status(): Promise<RunnerStatus | null> {
    const { stdout } = await this.#rig.run(['status', '--format', 'json']);
    return (JSON.parse(stdout) as { runner: RunnerStatus | null }).runner;
  }

  /** Resolves with the first status that fits. */
  async becomes(fits: (status: RunnerStatus) => boolean): Promise<RunnerStatus> {
    for (let tries = 0; tries < 100; tries++) {
      const status = await this.status();
      if (status !== null && fits(status)) return status;
    }
    throw new Error(`the runner never got there: ${JSON.stringify(await this.status())}`);
  }

  kill(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of [this.pid, ...processesOf(this.#rig.directory)]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    await nothingLeft(this.#rig);
  }
}

/** Resolves once no process of the rig is left. */
export async function nothingLeft(rig: Rig, limitMs = 5000): Promise<void> {
  await until(rig.directory, () => processesOf(rig.directory).length === 0 || undefined, limitMs);
}

/** The keys of all leases below the rig's state directory, that of the runner among them. */
export function leasesOf(rig: Rig): string[] {
  return ['leases', 'testbed/runners/leases'].flatMap((folder) => {
    const directory = path.join(rig.state, folder);
    return existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.json')) : [];
  });
}

/** Which process carried a session out. */
export function processOf(events: readonly TestbedEvent[]): number | undefined {
  const [started] = events;
  return started?.type === 'session-started' ? started.process.pid : undefined;
}
