import type { FirmwareFlashed } from '../event/event.ts';
import { describeHolder } from '../labstate/describe.ts';
import type { Lease } from '../labstate/lease.ts';
import { appendLedger, loadedFirmware } from '../labstate/ledger.ts';
import type { BoardVariant, SessionId, Sha256, TentacleId } from '../model/ids.ts';
import type { FlashPolicy, JobBinding } from '../model/job.ts';
import type { Board, Lab, Tentacle } from '../model/lab.ts';
import type { Binding } from '../model/order.ts';
import type { BenchState } from '../plan/bench-state.ts';
import type { BenchNow } from '../plan/waits.ts';
import type { Bench } from './bench.ts';
import { FirmwareShelf } from './firmware-shelf.ts';
import { TentacleClaims, type Claim, type HeldTentacle } from './tentacle-claims.ts';
import { powerOff } from './power-off.ts';
import type { VirtualKeeper } from './virtual-keeper.ts';

/** What the desk is made from, and whom it tells. */
export interface BenchDeskRequest {
  readonly lab: Lab;
  /** Those that the plan may use. */
  readonly tentacles: readonly Tentacle[];
  readonly flash: FlashPolicy;
  readonly session: SessionId;
  readonly sessionDirectory: string;
  readonly command: string;
  readonly bench: Bench;
  /** Something may be served now that could not be before. */
  readonly onChange: () => void;
  readonly onHeld: (held: HeldTentacle) => void;
  readonly onWarning: (message: string) => void;
  /** The virtual boards' host has this socket now. */
  readonly onVirtualHost: (socket: string) => void;
  /** These tentacles serve nobody any more; the reason continues "tentacle 2731 …". */
  readonly onLost: (tentacles: readonly Tentacle[], reason: string) => void;
}

/** What the dispatcher knows of the bench: who may be claimed, what they carry, which firmware is ready. */
export class BenchDesk {
  readonly #request: BenchDeskRequest;
  readonly #boards: ReadonlyMap<string, Board>;
  readonly #tentacles: ReadonlyMap<TentacleId, Tentacle>;
  readonly #claims: TentacleClaims;
  readonly #shelf: FirmwareShelf;
  readonly #virtual: readonly Tentacle[];
  readonly #keeper: VirtualKeeper | undefined;
  readonly #loaded = new Map<TentacleId, Sha256>();
  #virtualGivenUp = false;

  /** Looks who holds what. */
  constructor(request: BenchDeskRequest) {
    const { lab, tentacles, onChange } = request;
    this.#request = request;
    this.#boards = new Map(lab.boards.map((board) => [board.name, board]));
    this.#tentacles = new Map(lab.tentacles.map((tentacle) => [tentacle.id, tentacle]));
    this.#shelf = new FirmwareShelf({
      boards: lab.boards,
      sessionDirectory: request.sessionDirectory,
      changed: onChange,
    });
    this.#virtual = tentacles.filter((tentacle) => this.#isVirtual(tentacle));
    this.#readLedger();
    this.#claims = new TentacleClaims({
      stateDirectory: lab.stateDirectory,
      tentacles,
      owner: { command: request.command, cookie: request.bench.cookie },
      kept: request.bench.boards.leasesOf(tentacles),
      leftoversOf: ({ id }) =>
        this.#virtual.some((each) => each.id === id) ? [`virtual/${lab.name}/${id}/tty`] : [],
      onHeld: request.onHeld,
      onChange,
    });
    this.#keeper = this.#virtual.length === 0 ? undefined : this.#keepVirtual();
  }

  /** Where the virtual boards are, if that is known by now. */
  get virtualHost(): string | undefined {
    return this.#keeper?.socket;
  }

  get held(): readonly HeldTentacle[] {
    return this.#claims.held;
  }

  /** Something is on its way that may let more be served: firmware, the virtual boards' host, a dead holder's lease. */
  get expecting(): boolean {
    return this.#hostStarts || this.#shelf.pending.length > 0 || this.#claims.breaking;
  }

  /** What keeps tentacles that no run has, and firmware, from being used, as it continues their names. */
  get hindrances(): Pick<BenchNow, 'away' | 'firmware'> {
    const virtual = this.#hostStarts ? this.#virtual : [];
    return {
      away: new Map([
        ...virtual.map(
          ({ id }) => [id, 'waits for the host of the virtual boards, which is starting'] as const,
        ),
        ...this.held.map(({ tentacle, lease }) => [tentacle.id, `is ${describeHolder(lease)}`] as const),
      ]),
      firmware: new Map(this.#shelf.pending.map((boardVariant) => [boardVariant, 'is not ready yet'])),
    };
  }

  /** What a bartender wants to know about tentacles and firmware. */
  get state(): Pick<BenchState, 'free' | 'loaded' | 'firmwareReady' | 'firmwareOf'> {
    const { free } = this.#claims;
    const noHost = this.#keeper !== undefined && this.#keeper.socket === undefined;
    const usable = noHost ? free.difference(new Set(this.#virtual.map(({ id }) => id))) : free;
    return {
      free: usable,
      loaded: this.#loaded,
      firmwareReady: (boardVariant) => this.#entry(boardVariant).kind !== 'pending',
      firmwareOf: (boardVariant) => {
        const entry = this.#entry(boardVariant);
        return entry.kind === 'ready' ? entry.firmware.sha256 : undefined;
      },
    };
  }

  /** Why firmware for one of the bindings can not be had; undefined: all is there. */
  firmwareFault(bindings: readonly Binding[]): string | undefined {
    for (const { boardVariant } of bindings) {
      const entry = this.#entry(boardVariant);
      if (entry.kind === 'failed') return `No firmware for ${boardVariant}: ${entry.reason}`;
    }
    return undefined;
  }

  /** The bindings with their firmware, as a run has them. */
  withFirmware(bindings: readonly Binding[]): Binding[] {
    return bindings.map((binding) => {
      const entry = this.#entry(binding.boardVariant);
      return entry.kind === 'ready' ? { ...binding, firmware: entry.firmware } : binding;
    });
  }

  /** The bindings with all that a worker must know; notes in the session's directory which firmware they use. */
  jobBindings(bindings: readonly Binding[]): JobBinding[] {
    return bindings.map(({ tentacle: id, board: name, ...binding }) => {
      const tentacle = this.#tentacles.get(id);
      const board = this.#boards.get(name);
      if (tentacle === undefined || board === undefined)
        throw new Error(`Internal error: expected tentacle ${id} of board ${name} in the lab, was none`);
      const fault = binding.firmware === undefined ? undefined : this.#shelf.note(binding.firmware);
      if (fault !== undefined) this.#request.onWarning(fault);
      return { ...binding, tentacle, board };
    });
  }

  /** Takes the leases of all, or of none. Throws `LabStateFault`. */
  claim(ids: readonly TentacleId[]): Claim {
    return ids.length === 0 ? { ok: true } : this.#claims.claim(ids);
  }

  /** Gives the leases back. */
  release(ids: readonly TentacleId[]): void {
    for (const id of ids) {
      const fault = this.#claims.release(id);
      if (fault !== undefined) this.#request.onWarning(fault);
    }
  }

  /** Makes a tentacle free for us again, and keeps its lease. */
  keep(id: TentacleId): void {
    this.#claims.keep(id);
  }

  /** Whether we hold the lease of a tentacle that is free. */
  keeps(id: TentacleId): boolean {
    return this.#claims.keeps(id);
  }

  /** Nobody asks for this tentacle any more. */
  giveUp(id: TentacleId): void {
    this.#claims.giveUp(id);
  }

  /** A run put firmware on a tentacle. */
  flashed({ tentacle, boardVariant, firmware, version, run, at }: FirmwareFlashed): void {
    this.#loaded.set(tentacle, firmware);
    const { session, lab } = this.#request;
    const leaseKey = this.#tentacles.get(tentacle)?.leaseKey;
    if (leaseKey === undefined || run === undefined) return;
    const entry = { at: at ?? Date.now(), tentacle, leaseKey, boardVariant, firmware, version, session, run };
    try {
      appendLedger(lab.stateDirectory, entry);
    } catch (error) {
      // Whoever comes next asks the board, or flashes once more than needed.
      this.#request.onWarning((error as Error).message);
    }
  }

  /** Something went wrong on these, be it in the teardown: whoever powers them may be gone. */
  doubt(ids: readonly TentacleId[]): void {
    if (this.#virtual.some(({ id }) => ids.includes(id))) this.#keeper?.doubt();
  }

  /** What these carry nobody knows any more. */
  forgetFirmware(ids: readonly TentacleId[]): void {
    for (const id of ids) this.#loaded.delete(id);
  }

  /** Takes the power from boards whose worker died and could not. Never rejects. */
  async powerOff(bindings: readonly JobBinding[]): Promise<void> {
    if (bindings.length === 0) return;
    await powerOff(bindings, this.#keeper?.socket);
  }

  /** Gives up the lease of a tentacle that is kept, to whoever keeps the bench. */
  handOver(id: TentacleId): Lease {
    return this.#claims.handOver(id);
  }

  /** Waits for nobody any more; resolves when nothing is in its hands. */
  async close(): Promise<void> {
    this.#keeper?.listen(undefined);
    await this.#claims.close();
  }

  #entry(boardVariant: BoardVariant): ReturnType<FirmwareShelf['get']> {
    return this.#request.flash === 'skip' ? { kind: 'as-is' } : this.#shelf.get(boardVariant);
  }

  #readLedger(): void {
    const { lab, tentacles, onWarning } = this.#request;
    if (tentacles.length === 0) return;
    try {
      const entries = loadedFirmware(lab.stateDirectory);
      for (const { id, leaseKey } of tentacles) {
        const entry = entries.get(leaseKey);
        if (entry !== undefined) this.#loaded.set(id, entry.firmware);
      }
    } catch (error) {
      onWarning((error as Error).message);
    }
  }

  get #hostStarts(): boolean {
    return this.#keeper !== undefined && this.#keeper.socket === undefined && !this.#virtualGivenUp;
  }

  #isVirtual({ board }: Tentacle): boolean {
    return this.#boards.get(board)?.driver === 'virtual';
  }

  #keepVirtual(): VirtualKeeper {
    const { lab, bench, onVirtualHost, onChange, onWarning, onLost } = this.#request;
    const all = lab.tentacles.filter((tentacle) => this.#isVirtual(tentacle));
    const keeper = bench.virtualBoards(lab, bench.resident ? all : this.#virtual);
    keeper.listen({
      onUp: (socket) => {
        onVirtualHost(socket);
        onChange();
      },
      onAnswer: onChange,
      onDown: (evidence) =>
        onWarning(`The host of the virtual boards died and is started again: ${evidence}`),
      onGivenUp: (reason) => {
        this.#virtualGivenUp = true;
        onLost(this.#virtual, `has no host: ${reason}`);
      },
    });
    return keeper;
  }
}
