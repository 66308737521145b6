/** What went wrong with a serial port or the board behind it. */
export type SerialFaultKind =
  /** Somebody else has the port open for themselves; `holder` says who, where that can be seen. */
  | 'busy'
  /** There is no such port: not connected, not powered, or another name. */
  | 'missing'
  /** More than one port fits what the lab file says. */
  | 'ambiguous'
  /** This user may not open the port. */
  | 'denied'
  /** The port was there and went away: unplugged, powered off, or the board crashed with its USB. */
  | 'gone'
  /** Something may be there, but it does not speak MicroPython's raw REPL. */
  | 'no-repl'
  /** A step took longer than it may. */
  | 'limit'
  /** The board restarted in the middle of a program: crash, watchdog, or `machine.reset()`. */
  | 'restarted'
  /** The board answered with an exception where none is expected, such as a full filesystem. */
  | 'refused'
  /** The caller's signal ended it. */
  | 'aborted';

/** A process that has a port open. */
export interface PortHolder {
  readonly pid: number;
  /** Its command line; empty where this user may not see it. */
  readonly command: string;
}

/** An expected failure of a serial port; its message stands alone: which port, what happened, what to do. */
export class SerialFault extends Error {
  readonly kind: SerialFaultKind;
  /** As the user named it. */
  readonly port: string;
  readonly holder?: PortHolder;
  /** What the board said last, as it was seen, where that helps. */
  readonly evidence?: string;

  constructor(
    kind: SerialFaultKind,
    port: string,
    message: string,
    more: { readonly holder?: PortHolder | undefined; readonly evidence?: string | undefined } = {},
  ) {
    super(`${port}: ${message}`);
    this.name = 'SerialFault';
    this.kind = kind;
    this.port = port;
    if (more.holder !== undefined) this.holder = more.holder;
    if (more.evidence !== undefined) this.evidence = more.evidence;
  }
}

/** The last bytes that came from a board, readable: control characters escaped, at most `limit` characters. */
export function readable(bytes: Uint8Array, limit = 120): string {
  const text = JSON.stringify(Buffer.from(bytes).toString('utf8')).slice(1, -1);
  return text.length <= limit ? text : `…${text.slice(-limit)}`;
}
