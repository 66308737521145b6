import type { VirtualFault } from '../../model/lab.ts';
import { unreachable } from '../../util/unreachable.ts';
import { CELL, type Shared } from '../shared.ts';

/** What a fault can do to a board. */
export interface Victim {
  vanish(): void;
  reEnumerate(forMs: number): void;
  hang(): void;
  babble(text: string): void;
}

/**
 * The faults of one board. Those of the lab file hold for good: their time counts from each power on. One that is put in
 * while the board runs replaces the standing one of its kind; `vanish`, `re-enumerate` and `hang` then happen once.
 */
export class Misbehaviour {
  readonly #victim: Victim;
  #standing: readonly VirtualFault[];
  /** Put in without power: happen once, after the next power on. */
  #next: readonly VirtualFault[] = [];
  readonly #timers = new Map<VirtualFault['kind'], NodeJS.Timeout>();
  #bootsToFail: number;

  constructor(faults: readonly VirtualFault[], victim: Victim) {
    this.#standing = faults.filter((fault) => fault.kind !== 'no-boot');
    this.#bootsToFail = faults.reduce((sum, fault) => sum + (fault.kind === 'no-boot' ? fault.times : 0), 0);
    this.#victim = victim;
  }

  get faults(): readonly VirtualFault[] {
    const failing: VirtualFault[] =
      this.#bootsToFail > 0 ? [{ kind: 'no-boot', times: this.#bootsToFail }] : [];
    return [...this.#standing, ...this.#next, ...failing];
  }

  /** True: this power on is one that fails. */
  failsToBoot(): boolean {
    if (this.#bootsToFail === 0) return false;
    this.#bootsToFail--;
    return true;
  }

  /** The board got power: times start to count. */
  powered(): void {
    for (const fault of [...this.#standing, ...this.#next]) this.#arm(fault);
    this.#next = [];
  }

  unpowered(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Tells a board's thread, before it starts and after each change, what concerns it. */
  imprint(shared: Shared): void {
    const find = <K extends VirtualFault['kind']>(kind: K): Extract<VirtualFault, { kind: K }> | undefined =>
      this.#standing.find((fault): fault is Extract<VirtualFault, { kind: K }> => fault.kind === kind);
    shared.set(CELL.slowMs, find('slow')?.delayMs ?? 0);
    shared.set(CELL.dropOneIn, find('drop')?.oneIn ?? 0);
    shared.set(CELL.fullFilesystem, find('full-filesystem') === undefined ? 0 : 1);
    shared.claim = find('wrong-version')?.version ?? '';
  }

  add(fault: VirtualFault, isPowered: boolean): void {
    if (fault.kind === 'no-boot') {
      this.#bootsToFail = fault.times;
      return;
    }
    const others = (faults: readonly VirtualFault[]): VirtualFault[] =>
      faults.filter(({ kind }) => kind !== fault.kind);
    const isEvent = fault.kind === 'vanish' || fault.kind === 're-enumerate' || fault.kind === 'hang';
    this.#standing = isEvent ? others(this.#standing) : [...others(this.#standing), fault];
    if (isEvent && !isPowered) this.#next = [...others(this.#next), fault];
    if (isPowered) this.#arm(fault);
  }

  clear(): void {
    this.unpowered();
    this.#standing = [];
    this.#next = [];
    this.#bootsToFail = 0;
  }

  #arm(fault: VirtualFault): void {
    switch (fault.kind) {
      case 'vanish':
        this.#set(
          fault.kind,
          setTimeout(() => this.#victim.vanish(), fault.afterMs),
        );
        break;
      case 're-enumerate':
        this.#set(
          fault.kind,
          setTimeout(() => this.#victim.reEnumerate(fault.forMs), fault.afterMs),
        );
        break;
      case 'hang':
        this.#set(
          fault.kind,
          setTimeout(() => this.#victim.hang(), fault.afterMs),
        );
        break;
      case 'babble':
        this.#set(
          fault.kind,
          setInterval(() => this.#victim.babble(fault.text), fault.everyMs),
        );
        break;
      case 'slow':
      case 'drop':
      case 'wrong-version':
      case 'full-filesystem':
      case 'no-boot':
        break;
      default:
        unreachable(fault);
    }
  }

  #set(kind: VirtualFault['kind'], timer: NodeJS.Timeout): void {
    clearTimeout(this.#timers.get(kind));
    this.#timers.set(kind, timer);
  }
}
