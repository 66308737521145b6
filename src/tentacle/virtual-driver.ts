import type { Firmware } from '../model/firmware.ts';
import type { Sha256, TentacleId } from '../model/ids.ts';
import type { Tentacle } from '../model/lab.ts';
import { unreachable } from '../util/unreachable.ts';
import type { Driver, StepLimits } from './driver.ts';
import { TentacleFault, type TentacleFaultKind } from './fault.ts';
import { virtualRequest } from './virtual-client.ts';
import type { VirtualRefusal, VirtualRequest, VirtualStatus } from './virtual-protocol.ts';

/** Drives one virtual board through the host process that runs it. */
export class VirtualDriver implements Driver {
  readonly canPower = true;
  readonly canFlash = true;
  readonly #tentacle: TentacleId;
  readonly #socket: string;

  constructor(tentacle: Pick<Tentacle, 'id'>, socket: string) {
    this.#tentacle = tentacle.id;
    this.#socket = socket;
  }

  async powerOn(limits: StepLimits): Promise<string> {
    return (await this.#ask({ op: 'power-on', tentacle: this.#tentacle }, limits)).port;
  }

  async powerOff(limits: StepLimits): Promise<void> {
    await this.#ask({ op: 'power-off', tentacle: this.#tentacle }, limits);
  }

  async holds(port: string, limits: StepLimits): Promise<boolean> {
    const request = { op: 'status', tentacle: this.#tentacle } as const;
    const answer = await virtualRequest(this.#socket, request, limits);
    return answer.ok && answer.status.device !== undefined && answer.status.port === port;
  }

  async powerMark(limits: StepLimits): Promise<string | undefined> {
    return (await this.#ask({ op: 'status', tentacle: this.#tentacle }, limits)).boot;
  }

  async flash(firmware: Firmware, limits: StepLimits): Promise<void> {
    await this.#ask({ op: 'flash', tentacle: this.#tentacle, firmware: firmware.sha256 }, limits);
  }

  async loaded(limits: StepLimits): Promise<Sha256 | undefined> {
    return (await this.#ask({ op: 'status', tentacle: this.#tentacle }, limits)).firmware;
  }

  async #ask(request: VirtualRequest, limits: StepLimits): Promise<VirtualStatus> {
    const answer = await virtualRequest(this.#socket, request, limits);
    if (answer.ok) return answer.status;
    throw new TentacleFault(kindOf(answer.reason, request, answer.message), this.#tentacle, answer.message);
  }
}

function kindOf(reason: VirtualRefusal, request: VirtualRequest, message: string): TentacleFaultKind {
  switch (reason) {
    case 'no-boot':
    case 'host-gone':
    case 'limit':
    case 'aborted':
      return reason;
    case 'unknown-firmware':
      return 'flash-failed';
    // What the board is worth without a disk to keep its files on.
    case 'unsaved':
    // Somebody without our lease took its power away.
    case 'superseded':
      return request.op === 'flash' ? 'flash-failed' : 'no-boot';
    case 'unknown-tentacle':
    case 'bad-request':
    case 'internal':
      throw new Error(
        `Internal error: expected the virtual host to do ${request.op}, was refused: ${message}`,
      );
    default:
      return unreachable(reason);
  }
}
