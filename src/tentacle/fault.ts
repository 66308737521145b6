/** Why a tentacle could not do what its driver was asked. */
export type TentacleFaultKind =
  /** Powered, and it does not come up. */
  | 'no-boot'
  /** Firmware could not be put on it. */
  | 'flash-failed'
  /** What powers or flashes it is gone: the host of the virtual boards. */
  | 'host-gone'
  /** It took longer than it may. */
  | 'limit'
  /** The caller's signal ended it. */
  | 'aborted';

/** An expected failure of a tentacle's hardware; its message stands alone. */
export class TentacleFault extends Error {
  readonly kind: TentacleFaultKind;
  readonly tentacle: string;

  constructor(kind: TentacleFaultKind, tentacle: string, message: string) {
    super(message);
    this.name = 'TentacleFault';
    this.kind = kind;
    this.tentacle = tentacle;
  }
}
