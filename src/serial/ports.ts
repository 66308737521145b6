import { existsSync, realpathSync } from 'node:fs';
import type { Tentacle } from '../model/lab.ts';
import { devicePath } from '../util/device-path.ts';
import { SerialFault } from './fault.ts';
import { ROOTS, listPorts, type PortInfo, type PortRoots, type UsbInfo } from './list-ports.ts';

export { listPorts } from './list-ports.ts';

/** Where a tentacle's port is, or why it is not known. */
export type FoundPort =
  | { readonly ok: true; readonly path: string; readonly info?: PortInfo }
  | { readonly ok: false; readonly fault: SerialFault };

/** The port of a tentacle now; a path is looked up anew each time, because it changes whenever a board restarts. */
export function findPort(
  tentacle: Pick<Tentacle, 'id' | 'port' | 'usb'>,
  roots: PortRoots = ROOTS,
): FoundPort {
  const { id, port, usb } = tentacle;
  if (port !== undefined) return findByPath(devicePath(port), usb, roots);
  const wanted = describeUsb(usb);
  if (wanted === '')
    return missing(`tentacle ${id}`, 'the lab file says neither `usb:` nor `port:`, so it can not be found');
  const ports = listPorts(roots);
  const fitting = ports.filter((info) => fits(info.usb, usb));
  const devices = new Set(fitting.map((info) => info.usb?.location));
  const [first] = fitting.toSorted((a, b) => (a.usb?.interface ?? 0) - (b.usb?.interface ?? 0));
  if (first === undefined)
    return missing(`tentacle ${id}`, `not connected: no port has ${wanted}${nearMiss(ports, usb)}`);
  // A device may have several ports; MicroPython's REPL is on the first.
  if (devices.size === 1) return { ok: true, path: first.path, info: first };
  const candidates = fitting.map((info) => `${info.path} at ${info.usb?.location ?? '?'}`).join(' and ');
  const message = `${candidates} both have ${wanted}; say \`usb: { location: … }\` as well`;
  return { ok: false, fault: new SerialFault('ambiguous', `tentacle ${id}`, message) };
}

function findByPath(port: string, usb: Tentacle['usb'], roots: PortRoots): FoundPort {
  if (!existsSync(port)) return missing(port, `there is no such port${connected(listPorts(roots))}`);
  const device = realpathSync(port);
  const info = listPorts(roots).find((one) => one.path === device);
  // A board that says nothing about itself, such as a pseudo terminal, is believed.
  if (info?.usb !== undefined && !fits(info.usb, usb))
    return missing(
      port,
      `another board is on this port: it has ${describeUsb(info.usb)}, the lab file says ${describeUsb(usb)}`,
    );
  return { ok: true, path: port, ...(info === undefined ? {} : { info }) };
}

function missing(port: string, message: string): FoundPort {
  return { ok: false, fault: new SerialFault('missing', port, message) };
}

function fits(info: UsbInfo | undefined, usb: Tentacle['usb']): boolean {
  if (info === undefined) return false;
  return (
    (usb?.serial === undefined || usb.serial === info.serial) &&
    (usb?.location === undefined || usb.location === info.location)
  );
}

function describeUsb(usb: Tentacle['usb']): string {
  return [
    ...(usb?.serial === undefined ? [] : [`usb serial ${usb.serial}`]),
    ...(usb?.location === undefined ? [] : [`usb location ${usb.location}`]),
  ].join(' and ');
}

/** What is half right is what a person wants to know: the board in another socket, another board in its socket. */
function nearMiss(ports: readonly PortInfo[], usb: Tentacle['usb']): string {
  const moved = ports.find((info) => usb?.serial !== undefined && info.usb?.serial === usb.serial);
  if (moved !== undefined)
    return `; that serial is at usb location ${moved.usb?.location ?? '?'} now (${moved.path})`;
  const other = ports.find((info) => usb?.location !== undefined && info.usb?.location === usb.location);
  if (other !== undefined)
    return `; at that location is ${other.path} with usb serial ${other.usb?.serial ?? '(none)'}`;
  return connected(ports);
}

function connected(ports: readonly PortInfo[]): string {
  if (ports.length === 0) return '; no serial port is connected at all';
  const told = ports
    .slice(0, 8)
    .map(({ path: port, usb }) => (usb?.serial === undefined ? port : `${port} (${usb.serial})`));
  return `; connected are ${told.join(', ')}${ports.length > told.length ? ', …' : ''}`;
}
