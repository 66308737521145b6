import type { Firmware } from '../model/firmware.ts';
import type { Ms, Sha256 } from '../model/ids.ts';
import type { Board, Tentacle } from '../model/lab.ts';
import { unreachable } from '../util/unreachable.ts';
import { SerialDriver } from './serial-driver.ts';
import { VirtualDriver } from './virtual-driver.ts';

/** What every step of a driver is held to. */
export interface StepLimits {
  readonly limitMs: Ms;
  readonly signal?: AbortSignal;
}

/** The hardware of one tentacle. Expected failures are thrown as `SerialFault` (ports) or `TentacleFault` (all else). */
export interface Driver {
  /** False: powering it on finds the port and no more, powering it off does nothing. */
  readonly canPower: boolean;
  /** False: the board's own firmware is tested. */
  readonly canFlash: boolean;
  /** Makes the board run; gives the path of its port, which is not open. */
  powerOn(limits: StepLimits): Promise<string>;
  powerOff(limits?: StepLimits): Promise<void>;
  /** Puts the firmware on the board; its port may have another path afterwards, so power it on again. */
  flash(firmware: Firmware, limits: StepLimits): Promise<void>;
  /** The hash of what is on the board, where the hardware can tell; undefined: nobody knows. */
  loaded(limits?: StepLimits): Promise<Sha256 | undefined>;
}

/** The driver of a tentacle; `virtualHost` is the socket of the virtual boards' host, needed for those only. */
export function createDriver(
  tentacle: Tentacle,
  board: Board,
  options: { readonly virtualHost?: string | undefined } = {},
): Driver {
  switch (board.driver) {
    case 'serial':
      return new SerialDriver(tentacle);
    case 'virtual':
      if (options.virtualHost === undefined)
        throw new Error(
          `Internal error: expected a host for the virtual tentacle ${tentacle.id}, was undefined`,
        );
      return new VirtualDriver(tentacle, options.virtualHost);
    default:
      return unreachable(board.driver);
  }
}
