import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { PortRoots } from '../../src/serial/list-ports.ts';

/** A directory tree as the kernel and udev make it, for ports that are not there. */
export class Sysfs implements Disposable {
  readonly #root = mkdtempSync(path.join(os.tmpdir(), 'testbed-sysfs-'));
  readonly roots: PortRoots = { sys: path.join(this.#root, 'sys'), dev: path.join(this.#root, 'dev') };

  dev(name: string): string {
    return path.join(this.roots.dev, name);
  }

  put(file: string, text: string): void {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** A device at a location such as `3-1.4.3`; the facts are files of the kernel's: `idVendor`, `serial`, … */
  usbDevice(location: string, facts: Readonly<Record<string, string>>): string {
    const directory = path.join(this.roots.sys, 'devices/pci0000:00/usb3', location);
    for (const [name, value] of Object.entries(facts)) this.put(path.join(directory, name), `${value}\n`);
    return directory;
  }

  /** A port of a device, by the number of its interface. `below`: directories between both, as usb-serial drivers have them. */
  port(name: string, device: string, number: number, below = ''): void {
    const owner = path.join(device, `${path.basename(device)}:1.${number}`);
    this.put(path.join(owner, 'bInterfaceNumber'), `0${number.toString(16)}\n`);
    const target = path.join(owner, below);
    mkdirSync(path.join(target, 'tty', name), { recursive: true });
    mkdirSync(path.join(this.roots.sys, 'class/tty'), { recursive: true });
    symlinkSync(target, path.join(target, 'tty', name, 'device'));
    symlinkSync(path.join(target, 'tty', name), path.join(this.roots.sys, 'class/tty', name));
    this.put(this.dev(name), '');
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true });
  }
}
