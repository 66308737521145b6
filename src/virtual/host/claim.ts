import fs from 'node:fs';
import path from 'node:path';
import type { TentacleId } from '../../model/ids.ts';
import { virtualRequest } from '../../tentacle/virtual-client.ts';
import type { VirtualHostFile } from '../../tentacle/virtual-protocol.ts';
import { livenessOf, ownIdentity } from '../../util/process-identity.ts';
import { writeWhole } from './firmware-slot.ts';
import { removeSocket } from './runtime-directory.ts';

const HAND_OVER_LIMIT_MS = 5_000;

/** `host.json` of one board: which host has it powered. Who asks for the power holds the lease, so he may take it over. */
export class Claim {
  readonly #file: string;
  readonly #socket: string;

  constructor(directory: string, socket: string) {
    this.#file = path.join(directory, 'host.json');
    this.#socket = socket;
  }

  /** This host has the board from now on: another one that still has it powered gives it up first. */
  async take(tentacle: TentacleId): Promise<void> {
    const other = this.#read();
    if (other !== undefined && other.socket !== this.#socket) {
      if (livenessOf(other.process) === 'dead') removeSocket(other.socket);
      else await virtualRequest(other.socket, { op: 'power-off', tentacle }, { limitMs: HAND_OVER_LIMIT_MS });
    }
    const file: VirtualHostFile = { format: 1, socket: this.#socket, process: ownIdentity() };
    writeWhole(this.#file, `${JSON.stringify(file)}\n`);
  }

  /** The board is off; a claim that another host has made meanwhile stays. */
  giveUp(): void {
    if (this.#read()?.socket === this.#socket) fs.rmSync(this.#file, { force: true });
  }

  #read(): VirtualHostFile | undefined {
    try {
      return JSON.parse(fs.readFileSync(this.#file, 'utf8')) as VirtualHostFile;
    } catch {
      return undefined;
    }
  }
}
