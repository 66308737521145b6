import type { Firmware } from '../model/firmware.ts';
import type { Ms, Sha256 } from '../model/ids.ts';

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
  /**
   * Whether this port, as `powerOn` gave it, still leads to the board. To look for the file is not enough: the name of a
   * port that went away is soon somebody else's. Never rejects; what can not be told is not there.
   */
  holds(port: string, limits: StepLimits): Promise<boolean>;
  /**
   * Stands for the time since the board got its power or began anew: as long as it is the same, so is what the board has in
   * its memory. Undefined: it is not on, or not there.
   */
  powerMark(limits: StepLimits): Promise<string | undefined>;
  /** Puts the firmware on the board; its port may have another path afterwards, so power it on again. */
  flash(firmware: Firmware, limits: StepLimits): Promise<void>;
  /** The hash of what is on the board, where the hardware can tell; undefined: nobody knows. */
  loaded(limits?: StepLimits): Promise<Sha256 | undefined>;
}
