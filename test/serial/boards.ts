import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { VirtualFault } from '../../src/model/lab.ts';
import { virtualRequest } from '../../src/tentacle/virtual-client.ts';
import { startVirtualHost, type VirtualHost } from '../../src/tentacle/virtual-host.ts';
import type { VirtualRequest, VirtualStatus } from '../../src/tentacle/virtual-protocol.ts';

type Op = VirtualRequest extends infer One
  ? One extends VirtualRequest
    ? Omit<One, 'tentacle'>
    : never
  : never;

/** Real MicroPython behind real ptys, in a host process of its own. */
export class Boards implements AsyncDisposable {
  readonly host: VirtualHost;
  readonly #directory: string;

  private constructor(host: VirtualHost, directory: string) {
    this.host = host;
    this.#directory = directory;
  }

  static async start(...ids: string[]): Promise<Boards> {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'testbed-boards-'));
    const tentacles = ids.map((id) => ({ id, faults: [] }));
    const cookie = path.basename(directory);
    return new Boards(
      await startVirtualHost({ stateDirectory: directory, lab: 'lab', tentacles, cookie }),
      directory,
    );
  }

  async ask(id: string, op: Op): Promise<VirtualStatus> {
    const request = { ...op, tentacle: id } as VirtualRequest;
    const answer = await virtualRequest(this.host.socket, request, { limitMs: 20_000 });
    if (!answer.ok) throw new Error(answer.message);
    return answer.status;
  }

  /** Freshly powered, with these faults and no others; gives its port. */
  async fresh(id: string, ...faults: VirtualFault[]): Promise<string> {
    await this.ask(id, { op: 'power-off' });
    await this.ask(id, { op: 'clear-faults' });
    const { port } = await this.ask(id, { op: 'power-on' });
    for (const fault of faults) await this.ask(id, { op: 'fault', fault });
    return port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
