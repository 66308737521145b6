import type { BoardName } from '../model/ids.ts';
import type { Board } from '../model/lab.ts';
import { SerialFault } from '../serial/fault.ts';
import { listPorts, ROOTS, type PortInfo, type PortRoots } from '../serial/list-ports.ts';
import { askBoard, portOfPlatform, type Identification } from './identify.ts';

/** A board that only just got its power needs so long until it answers. */
const LIMIT_MS = 5000;

/** A serial port with perhaps a board behind it, and what is known of that. */
export interface ConnectedBoard {
  readonly port: Pick<PortInfo, 'path' | 'usb'>;
  /** Boards that it may be; one: it is that. None: nobody knows, unless `own` does. */
  readonly candidates: readonly BoardName[];
  /** What its firmware says that it is; absent: it was not asked, or did not answer. */
  readonly identification?: Identification;
  /** Of its firmware; absent where that does not say. */
  readonly variant?: string;
  /** It says itself which board it is, and the catalogue does not know that one. */
  readonly own?: { readonly name: BoardName; readonly port: string; readonly mcu: string };
  /** It was asked, and why there was no answer. */
  readonly silent?: string;
}

/** One port for each USB device with serial ports: the first, where MicroPython has its REPL. */
export function usbPorts(roots: PortRoots = ROOTS): PortInfo[] {
  const first = new Map<string, PortInfo>();
  for (const port of listPorts(roots)) {
    if (port.usb === undefined) continue;
    const known = first.get(port.usb.location)?.usb;
    if (known === undefined || port.usb.interface < known.interface) first.set(port.usb.location, port);
  }
  return [...first.values()];
}

/** Which boards have the USB id that this port shows; touches nothing. Several share one, and bridge chips belong to none. */
export function recogniseByUsb(port: ConnectedBoard['port'], boards: readonly Board[]): ConnectedBoard {
  const fitting = boards.filter(({ usb }) => port.usb !== undefined && usb.application === port.usb.vidPid);
  return { port, candidates: fitting.map(({ name }) => name) };
}

/** Asks over the REPL, which ends the program that the board runs. A board that does not answer is told as such. */
export async function recogniseByAsking(
  port: ConnectedBoard['port'],
  boards: readonly Board[],
): Promise<ConnectedBoard> {
  const byUsb = recogniseByUsb(port, boards);
  try {
    const asked = await askBoard({ path: port.path, boards, limitMs: LIMIT_MS });
    const { board, candidates, identification, variant } = asked;
    if (board !== undefined)
      return { port, candidates: [board], identification, ...(variant === undefined ? {} : { variant }) };
    const own = ownBoard(identification);
    if (own !== undefined) return { port, candidates: [], identification, own };
    const both = candidates.filter((name) => byUsb.candidates.includes(name));
    return { port, candidates: both.length === 0 ? candidates : both, identification };
  } catch (error) {
    if (!(error instanceof SerialFault)) throw error;
    return { ...byUsb, silent: error.message };
  }
}

/** `SPARKFUN_PROMICRO-4MB` with `… with RP2040` is a SPARKFUN_PROMICRO with an rp2040. */
function ownBoard({ build = '', machine, platform }: Identification): ConnectedBoard['own'] {
  const name = /^([A-Z][A-Z0-9_]*)(?:-|$)/.exec(build)?.[1];
  if (name === undefined) return undefined;
  const mcu =
    /.* with (\S+)/
      .exec(machine)?.[1]
      ?.toLowerCase()
      .replaceAll(/[^a-z0-9_.-]/g, '') ?? '';
  return { name, port: portOfPlatform(platform), mcu: /^\w/.test(mcu) ? mcu : 'unknown' };
}
