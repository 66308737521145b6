import type { BoardName, FeatureName, Ms, TentacleId } from './ids.ts';
import type { Expectation, TestRunSpec } from './plan.ts';
import type { Hook } from './hook.ts';
import type { StageSpec } from './stage.ts';

/** Which code drives a board: MicroPython in WebAssembly behind a pty, or a board on a serial port. */
export type DriverName = 'virtual' | 'serial';

/** The USB identity of a board in one of its two modes: `vid:pid` in lower-case hex. */
export interface UsbIds {
  readonly application?: string;
  readonly boot?: string;
}

/** How long a phase may take on a board; the test phase is limited by its spec. */
export interface BoardLimits {
  readonly powerMs: Ms;
  readonly flashMs: Ms;
  readonly verifyMs: Ms;
  readonly setupMs: Ms;
  readonly teardownMs: Ms;
}

/** A board model, from the shipped catalogue `plans/boards.yaml` or from `boards:` of the lab file. */
export interface Board {
  readonly name: BoardName;
  readonly port: string;
  readonly mcu: string;
  readonly driver: DriverName;
  /** `""` is the default variant; never empty. */
  readonly variants: readonly string[];
  readonly features: readonly FeatureName[];
  readonly programmer?: string;
  readonly usb: UsbIds;
  readonly limits: BoardLimits;
  /** `run-perfbench.py N M`: CPU MHz and heap kB. */
  readonly perfbench: readonly [number, number];
}

/** One way in which a virtual tentacle misbehaves; see `docs/design/virtual.md`. */
export type VirtualFault =
  /** The device file goes away `afterMs` after power on (0: at once), and does not come back before the next power on. */
  | { readonly kind: 'vanish'; readonly afterMs: Ms }
  /** The device goes away for `forMs` and comes back under another path; the symlink follows. */
  | { readonly kind: 're-enumerate'; readonly afterMs: Ms; readonly forMs: Ms }
  /** The interpreter stops answering `afterMs` after power on; Ctrl-C does not help, a power cycle does. */
  | { readonly kind: 'hang'; readonly afterMs: Ms }
  /** Unasked-for bytes appear on the line every `everyMs`. */
  | { readonly kind: 'babble'; readonly text: string; readonly everyMs: Ms }
  /** Each answer is held back for `delayMs`. */
  | { readonly kind: 'slow'; readonly delayMs: Ms }
  /** One byte in `oneIn` from the board is lost. */
  | { readonly kind: 'drop'; readonly oneIn: number }
  /** Says that it runs another firmware than what was flashed. */
  | { readonly kind: 'wrong-version'; readonly version: string }
  /** Does not boot the next `times` times that it is powered on. */
  | { readonly kind: 'no-boot'; readonly times: number }
  /** Every write to its filesystem fails with ENOSPC. */
  | { readonly kind: 'full-filesystem' };

/** One board on the bench with the hardware that powers and resets it. */
export interface Tentacle {
  readonly id: TentacleId;
  readonly board: BoardName;
  /** What the board's catalogue entry and the tentacle say together. */
  readonly features: readonly FeatureName[];
  readonly usb?: { readonly serial?: string; readonly location?: string };
  /** A device path, `/dev/serial/by-id/…`, or a shortcut `a0`, `u0`. */
  readonly port?: string;
  readonly relays: Readonly<Record<FeatureName, readonly number[]>>;
  readonly wiring?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly power?: Readonly<Record<string, unknown>>;
  /** Why it serves nobody. */
  readonly disabled?: string;
  readonly faults: readonly VirtualFault[];
  /** By which the exclusive right is held across processes: usb serial, else location, else port, else lab and id. */
  readonly leaseKey: string;
}

/** A git spec or directory that firmware or tests come from; `spec` is what the lab file says, made absolute. */
export interface Source {
  readonly name: string;
  readonly spec: string;
}

/** One bench: what the lab file, its overlay and the command line describe together. Plain JSON, secrets as `${secret.NAME}`. */
export interface Lab {
  readonly name: string;
  /** Absolute path of the lab file; absent for a lab of one, made from `--port`. */
  readonly file?: string;
  /** Absolute directory that relative paths and `results/` are relative to. */
  readonly directory: string;
  readonly python: string;
  /** The preferred partner of multi-role runs. */
  readonly reference?: BoardName;
  /** The name of the source that firmware is built from. */
  readonly firmware?: string;
  readonly sources: readonly Source[];
  /** How many there are of what specs use; of what is not named here there is one. */
  readonly resources?: Readonly<Record<string, number>>;
  readonly boards: readonly Board[];
  readonly tentacles: readonly Tentacle[];
  readonly specs: readonly TestRunSpec[];
  readonly stages: readonly StageSpec[];
  readonly expectations: readonly Expectation[];
  /** Who is told what happens; absent: nobody. */
  readonly hooks?: readonly Hook[];
  /** Absolute directory of leases, ledger and health. */
  readonly stateDirectory: string;
}
