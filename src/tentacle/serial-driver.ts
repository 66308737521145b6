import { statSync } from 'node:fs';
import type { Tentacle } from '../model/lab.ts';
import { openLine } from '../serial/line.ts';
import { findPort } from '../serial/ports.ts';
import type { Driver, StepLimits } from './driver.ts';
import { TentacleFault } from './fault.ts';

/** A board that hangs on a serial port and is always on: it is found, and nothing else is done to it. */
export class SerialDriver implements Driver {
  readonly canPower = false;
  readonly canFlash = false;
  readonly #tentacle: Tentacle;

  constructor(tentacle: Tentacle) {
    this.#tentacle = tentacle;
  }

  /** Finds the port and opens it once, so that a port that is held or forbidden is told now and by its name. */
  async powerOn(limits: StepLimits): Promise<string> {
    const found = findPort(this.#tentacle);
    if (!found.ok) throw found.fault;
    const line = await openLine({ path: found.path, ...limits });
    await line.close();
    return found.path;
  }

  powerOff(): Promise<void> {
    return Promise.resolve();
  }

  holds(port: string): Promise<boolean> {
    const found = findPort(this.#tentacle);
    return Promise.resolve(found.ok && found.path === port);
  }

  /** Over USB the device file is made anew with the power; behind a converter that has power of its own nobody can tell. */
  powerMark(): Promise<string | undefined> {
    const found = findPort(this.#tentacle);
    const stat = found.ok ? statSync(found.path, { throwIfNoEntry: false }) : undefined;
    return Promise.resolve(stat === undefined ? undefined : `${stat.dev}:${stat.ino}:${stat.rdev}`);
  }

  flash(): Promise<void> {
    return Promise.reject(
      new TentacleFault(
        'flash-failed',
        this.#tentacle.id,
        `tentacle ${this.#tentacle.id}: boards of \`driver: serial\` can not be flashed yet; run with \`--flash skip\``,
      ),
    );
  }

  loaded(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
