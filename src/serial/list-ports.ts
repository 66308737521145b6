import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** Where the kernel and udev tell about ports; other directories serve for trying out. */
export interface PortRoots {
  readonly sys: string;
  readonly dev: string;
}

/** Of this machine. */
export const ROOTS: PortRoots = { sys: '/sys', dev: '/dev' };

/** What USB tells about the device behind a port. */
export interface UsbInfo {
  /** `2e8a:0005`. */
  readonly vidPid: string;
  /** Absent where the device has none. */
  readonly serial?: string;
  /** Bus and chain of hub ports, such as `3-1.4.3`: the same as long as the cables stay. */
  readonly location: string;
  /** What the device calls itself. */
  readonly product?: string;
  /** Of the port among those of its device, from 0. */
  readonly interface: number;
}

/** A serial port that is there now. */
export interface PortInfo {
  /** `/dev/ttyACM0`. */
  readonly path: string;
  /** Absolute paths below `/dev/serial/by-id` that lead to it. */
  readonly byId: readonly string[];
  readonly usb?: UsbInfo;
}

/** All serial ports that are there, in order of their names. Without Linux's sysfs: their paths, and nothing about USB. */
export function listPorts(roots: PortRoots = ROOTS): PortInfo[] {
  const tty = path.join(roots.sys, 'class/tty');
  const names = existsSync(tty)
    ? entries(tty).filter((name) => isSerial(path.join(tty, name)))
    : entries(roots.dev).filter((name) => name.startsWith('cu.'));
  const links = byIdLinks(roots);
  return names
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name): PortInfo => {
      const port = path.join(roots.dev, name);
      const usb = usbOf(path.join(tty, name, 'device'));
      const byId = links.get(port) ?? [];
      return usb === undefined ? { path: port, byId } : { path: port, byId, usb };
    });
}

function isSerial(directory: string): boolean {
  // Consoles have no device; sockets of a UART without a chip have type 0.
  return existsSync(path.join(directory, 'device')) && read(path.join(directory, 'type')) !== '0';
}

/** Upwards from the port's interface to the device that has an id. */
function usbOf(link: string): UsbInfo | undefined {
  let directory: string;
  try {
    directory = realpathSync(link);
  } catch {
    return undefined;
  }
  let number = 0;
  for (; directory !== path.dirname(directory); directory = path.dirname(directory)) {
    number = Number.parseInt(read(path.join(directory, 'bInterfaceNumber')) ?? String(number), 16);
    const vendor = read(path.join(directory, 'idVendor'));
    if (vendor === undefined) continue;
    const serial = read(path.join(directory, 'serial'));
    const product = read(path.join(directory, 'product'));
    return {
      vidPid: `${vendor}:${read(path.join(directory, 'idProduct')) ?? '????'}`,
      ...(serial === undefined ? {} : { serial }),
      location: path.basename(directory),
      ...(product === undefined ? {} : { product }),
      interface: number,
    };
  }
  return undefined;
}

function byIdLinks(roots: PortRoots): Map<string, string[]> {
  const directory = path.join(roots.dev, 'serial/by-id');
  const links = new Map<string, string[]>();
  for (const name of entries(directory)) {
    const link = path.join(directory, name);
    // A link may outlive its port for a moment.
    if (!existsSync(link)) continue;
    const target = realpathSync(link);
    links.set(target, [...(links.get(target) ?? []), link]);
  }
  return links;
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
