import { resolveFirmware } from '../../src/firmware/resolve.ts';
import type { Board, VirtualFault } from '../../src/model/lab.ts';
import type { JobBinding } from '../../src/model/job.ts';
import type { Firmware } from '../../src/model/firmware.ts';
import type { TestRunSpec } from '../../src/model/plan.ts';
import { virtualRequest } from '../../src/tentacle/virtual-client.ts';
import { startVirtualHost, type VirtualHost } from '../../src/tentacle/virtual-host.ts';
import { WorkerRig, type RunSaid } from './rig.ts';

/** The board of the catalogue, with limits that suit a test. */
const VIRTUAL: Board = {
  name: 'VIRTUAL',
  port: 'webassembly',
  mcu: 'wasm',
  driver: 'virtual',
  variants: ['', 'V127'],
  features: ['mcu'],
  usb: {},
  limits: { powerMs: 10_000, flashMs: 10_000, verifyMs: 5000, setupMs: 10_000, teardownMs: 5000 },
  perfbench: [100, 100],
};

/** A lab of two virtual tentacles, and a worker that has runs for them. */
export class Bench {
  readonly rig: WorkerRig;
  readonly #host: VirtualHost;
  readonly #state: WorkerRig;

  private constructor(rig: WorkerRig, host: VirtualHost, state: WorkerRig) {
    this.rig = rig;
    this.#host = host;
    this.#state = state;
  }

  static async open(): Promise<Bench> {
    // Only its directory is used: a worker must be told of the socket at its start.
    const state = new WorkerRig();
    const stateDirectory = `${state.directory}/state`;
    const tentacles = ['v0', 'v1'].map((id) => ({ id, faults: [] }));
    const host = await startVirtualHost({ stateDirectory, lab: 'test_lab', tentacles, cookie: state.cookie });
    return new Bench(new WorkerRig({ virtualHost: host.socket, stateDirectory }), host, state);
  }

  /** One more worker on the same bench; nobody else sees to it that they do not meet. */
  anotherRig(): WorkerRig {
    return new WorkerRig({ virtualHost: this.#host.socket });
  }

  async fault(tentacle: 'v0' | 'v1', fault: VirtualFault): Promise<void> {
    await this.#ask({ op: 'fault', tentacle, fault });
  }

  /** Faults are over, power is off. */
  async calm(tentacle: 'v0' | 'v1'): Promise<void> {
    await this.#ask({ op: 'clear-faults', tentacle });
    await this.#ask({ op: 'power-off', tentacle });
  }

  async state(tentacle: 'v0' | 'v1'): Promise<string> {
    return (await this.#ask({ op: 'status', tentacle })).state;
  }

  /** Binds roles to v0, v1. */
  async bindings(roles: readonly string[], variant = ''): Promise<JobBinding[]> {
    const firmware = (await resolveFirmware(VIRTUAL, variant)) as Firmware;
    return roles.map((role, index) => ({
      role,
      tentacle: {
        id: `v${index}`,
        board: 'VIRTUAL',
        features: ['mcu'],
        relays: {},
        tags: {},
        faults: [],
        leaseKey: `test_lab/v${index}`,
      },
      board: VIRTUAL,
      variant,
      boardVariant: firmware.boardVariant,
      firmware,
    }));
  }

  /** Runs the files of a fixture directory over the REPL, on as many boards as there are roles. */
  async repl(files: string, roles: readonly string[], spec: Partial<TestRunSpec> = {}): Promise<RunSaid> {
    const job = this.rig.job({ results: 'repl', files, ...spec }, { bindings: await this.bindings(roles) });
    return this.rig.run(job);
  }

  async #ask(request: Parameters<typeof virtualRequest>[1]) {
    const answer = await virtualRequest(this.#host.socket, request, { limitMs: 10_000 });
    if (!answer.ok) throw new Error(answer.message);
    return answer.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rig[Symbol.asyncDispose]();
    await this.#host.close();
    await this.#state[Symbol.asyncDispose]();
  }
}

/** `pass a.py` for each test that was told, in order. */
export function testsOf({ events }: RunSaid): string[] {
  return events.flatMap((event) =>
    event.type === 'test-finished' ? [`${event.verdict} ${event.path}`] : [],
  );
}

/** `power done` for each phase that was told, in order. */
export function phasesOf({ events }: RunSaid): string[] {
  return events.flatMap((event) =>
    event.type === 'phase-finished' ? [`${event.phase} ${event.ending}`] : [],
  );
}
