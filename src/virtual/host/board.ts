import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Sha256, TentacleId } from '../../model/ids.ts';
import type { VirtualFault } from '../../model/lab.ts';
import type { VirtualAnswer, VirtualState, VirtualStatus } from '../../tentacle/virtual-protocol.ts';
import { CELL, type Shared } from '../shared.ts';
import { Claim } from './claim.ts';
import { Core } from './core.ts';
import { Feeder } from './feeder.ts';
import { FirmwareSlot } from './firmware-slot.ts';
import { FlashImage } from './flash-image.ts';
import { Line } from './line.ts';
import { Misbehaviour, type Victim } from './misbehaviour.ts';
import { interpreterModule } from './modules.ts';
import { openPty } from './pty.ts';

/** What a board is made of that does not change. */
export interface BoardSettings {
  readonly id: TentacleId;
  readonly faults: readonly VirtualFault[];
  /** Where its flash, firmware and device file are. */
  readonly directory: string;
  /** The host's. */
  readonly socket: string;
}

/** How the attempt to boot ended. */
type Boot = 'up' | 'died' | 'superseded';

/** One virtual board: its power, its device file, its interpreter. The states are drawn in `virtual-protocol.ts`. */
export class Board implements Victim {
  readonly #id: TentacleId;
  readonly #line: Line;
  readonly #feeder: Feeder;
  readonly #flash: FlashImage;
  readonly #firmware: FirmwareSlot;
  readonly #claim: Claim;
  readonly #misbehaviour: Misbehaviour;
  #state: VirtualState = 'off';
  #core: Core | undefined;
  /** Of the interpreter that runs now. */
  #boot: string | undefined;
  /** Settles the wait for the current boot. */
  #booted: (how: Boot) => void = () => undefined;
  #booting: Promise<Boot> = Promise.resolve('superseded');
  /** What changes power does so one after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(settings: BoardSettings, firmware: FirmwareSlot) {
    const { id, faults, directory, socket } = settings;
    this.#id = id;
    this.#firmware = firmware;
    this.#line = new Line(path.join(directory, 'tty'), (bytes) => this.#feeder.feed(bytes));
    this.#feeder = new Feeder(this.#line);
    this.#flash = new FlashImage(path.join(directory, 'filesystem.json'), () => this.#imprint());
    this.#claim = new Claim(directory, socket);
    this.#misbehaviour = new Misbehaviour(faults, this);
  }

  static async make(settings: BoardSettings): Promise<Board> {
    return new Board(settings, await FirmwareSlot.open(path.join(settings.directory, 'firmware.json')));
  }

  async powerOn(): Promise<VirtualAnswer> {
    await this.#exclusively(async () => {
      if (this.#state === 'off') await this.#plug();
    });
    return await this.#answerAfterBoot();
  }

  async powerOff(): Promise<VirtualAnswer> {
    this.#booted('superseded');
    await this.#exclusively(() => this.#unplug());
    return this.#answer();
  }

  async reset(): Promise<VirtualAnswer> {
    await this.#exclusively(async () => {
      if (this.#state === 'off') return;
      await this.#stopCore();
      if (this.#state !== 'away') this.#state = 'booting';
      await this.#startCore();
    });
    return await this.#answerAfterBoot();
  }

  async flash(sha256: Sha256): Promise<VirtualAnswer> {
    const artefact = this.#firmware.find(sha256);
    if (artefact === undefined)
      return {
        ok: false,
        reason: 'unknown-firmware',
        message: `${this.#id}: ${sha256} is no firmware of a virtual board; its firmware comes with testbed`,
      };
    await this.#exclusively(async () => {
      const wasPowered = this.#state !== 'off';
      await this.#unplug();
      this.#firmware.flash(artefact);
      if (wasPowered) await this.#plug();
    });
    return this.#state === 'off' ? this.#answer() : await this.#answerAfterBoot();
  }

  fault(fault: VirtualFault): VirtualAnswer {
    this.#misbehaviour.add(fault, this.#state !== 'off');
    this.#imprint();
    return this.#answer();
  }

  clearFaults(): VirtualAnswer {
    this.#misbehaviour.clear();
    this.#imprint();
    return this.#answer();
  }

  status(): VirtualStatus {
    const { sha256, version } = this.#firmware.artefact;
    const { device, link } = this.#line;
    return {
      state: this.#state,
      port: link,
      ...(device === undefined ? {} : { device }),
      ...(this.#boot === undefined ? {} : { boot: this.#boot }),
      firmware: sha256,
      version,
      faults: this.#misbehaviour.faults,
    };
  }

  vanish(): void {
    this.#line.close();
    this.#state = 'away';
  }

  reEnumerate(forMs: number): void {
    // What fails leaves the board away: its link could not be made again.
    this.#exclusively(async () => {
      if (this.#line.device === undefined) return;
      // Opened while the old one is there: a number that is free would be given again.
      const next = await openPty();
      const before = this.#state;
      this.vanish();
      await new Promise((resolve) => setTimeout(resolve, forMs));
      this.#line.show(next);
      this.#state = before;
    }).catch(() => undefined);
  }

  hang(): void {
    if (this.#state === 'off') return;
    void this.#stopCore();
    this.#state = this.#line.device === undefined ? 'away' : 'hung';
  }

  babble(text: string): void {
    this.#line.babble(text);
  }

  async #plug(): Promise<void> {
    await this.#claim.take(this.#id);
    this.#state = 'booting';
    if (this.#misbehaviour.failsToBoot()) {
      this.#state = 'crashed';
      this.#booting = Promise.resolve('died');
      return;
    }
    this.#flash.load();
    await this.#line.open();
    await this.#startCore();
  }

  async #unplug(): Promise<void> {
    this.#misbehaviour.unpowered();
    await this.#stopCore();
    this.#line.close();
    this.#state = 'off';
    try {
      await this.#flash.settle();
    } finally {
      this.#claim.giveUp();
    }
  }

  async #startCore(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<Boot>();
    this.#booting = promise;
    this.#booted = resolve;
    const { loader, path: wasm } = this.#firmware.artefact;
    const settings = {
      tentacle: this.#id,
      loader,
      module: await interpreterModule(wasm),
      files: this.#flash.entries,
    };
    const core = new Core(settings, (shared) => this.#prepare(shared), {
      onInterrupt: (interrupt) => this.#feeder.interruptWith(interrupt),
      onFlash: (change) => this.#flash.apply(change),
      onUp: () => this.#up(),
      onEnd: (how) => this.#ended(core, how),
    });
    this.#core = core;
    this.#boot = randomUUID();
  }

  async #stopCore(): Promise<void> {
    const core = this.#core;
    this.#core = undefined;
    this.#boot = undefined;
    this.#feeder.connect(undefined);
    await core?.terminate();
    this.#line.connect(undefined);
  }

  #prepare(shared: Shared): void {
    this.#line.connect(shared);
    this.#feeder.connect(shared);
    this.#imprint(shared);
  }

  #imprint(shared = this.#core?.shared): void {
    if (shared === undefined) return;
    this.#misbehaviour.imprint(shared);
    // A program on the board shall know as well that nothing is kept.
    if (this.#flash.fault !== undefined) shared.set(CELL.fullFilesystem, 1);
  }

  #up(): void {
    if (this.#state === 'booting') {
      this.#state = 'on';
      this.#misbehaviour.powered();
    }
    this.#booted('up');
  }

  /** A board that dies before its prompt would do so for ever: it stays dark until somebody acts. */
  #ended(core: Core, how: 'reset' | 'died-booting' | 'died'): void {
    if (core !== this.#core) return;
    if (how === 'died-booting') {
      this.#state = 'crashed';
      this.#booted('died');
      return;
    }
    void this.#exclusively(async () => {
      if (core !== this.#core) return;
      await this.#stopCore();
      await this.#startCore();
    });
  }

  async #answerAfterBoot(): Promise<VirtualAnswer> {
    const how = this.#state === 'booting' ? await this.#booting : this.#state;
    if (how === 'superseded')
      return {
        ok: false,
        reason: 'superseded',
        message: `${this.#id}: the power was taken away while it booted`,
      };
    if (how === 'died' || how === 'crashed')
      return { ok: false, reason: 'no-boot', message: `${this.#id}: has power and does not boot` };
    if (this.#flash.fault !== undefined) throw this.#flash.fault;
    return this.#answer();
  }

  #answer(): VirtualAnswer {
    return { ok: true, status: this.status() };
  }

  #exclusively<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(act);
    this.#queue = done.catch(() => undefined);
    return done;
  }
}
