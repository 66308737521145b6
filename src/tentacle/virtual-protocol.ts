import path from 'node:path';
import type { Sha256, TentacleId } from '../model/ids.ts';
import type { VirtualFault } from '../model/lab.ts';
import type { ProcessIdentity } from '../event/event.ts';

/**
 * What passes between the host of the virtual boards and whoever uses them: one JSON object a line over a unix socket,
 * one request and one answer a connection. Power and firmware go this way; the serial line itself is a pty.
 */
export const VIRTUAL_PROTOCOL = 1;

/** What a virtual board can be asked to do. Every op answers when it is done. */
export type VirtualRequest =
  /** Answers once the interpreter runs and the device file is there. No change if it is powered. */
  | { readonly op: 'power-on'; readonly tentacle: TentacleId }
  /** Answers once the device file is gone and its filesystem is saved. */
  | { readonly op: 'power-off'; readonly tentacle: TentacleId }
  /** Pulls the reset pin: a new interpreter, the same device file. */
  | { readonly op: 'reset'; readonly tentacle: TentacleId }
  /** Puts one of the known artefacts on the board; a powered board goes away and comes back, as over USB. */
  | { readonly op: 'flash'; readonly tentacle: TentacleId; readonly firmware: Sha256 }
  /** Misbehave from now on; see `docs/design/virtual.md`. */
  | { readonly op: 'fault'; readonly tentacle: TentacleId; readonly fault: VirtualFault }
  /** No more faults, those of the lab file included. Does not bring back what is gone: power does. */
  | { readonly op: 'clear-faults'; readonly tentacle: TentacleId }
  | { readonly op: 'status'; readonly tentacle: TentacleId };

/** A request as it goes over the socket. */
export type VirtualMessage = VirtualRequest & { readonly protocol: typeof VIRTUAL_PROTOCOL };

/**
 *            power-on          interpreter runs
 *     off ─────────────▶ booting ─────────────▶ on ──hang──▶ hung
 *      ▲                    │                   │ ▲
 *      │                 crashes         vanish │ │ re-enumerate: comes back
 *      │                    ▼                   ▼ │
 *      └── power-off ──── crashed              away
 */
export type VirtualState = 'off' | 'booting' | 'on' | 'away' | 'hung' | 'crashed';

/** A virtual board as it is now. */
export interface VirtualStatus {
  readonly state: VirtualState;
  /** The stable symlink to the device file, there in `booting`, `on` and `hung` only. */
  readonly port: string;
  /** Where the symlink leads, such as `/dev/pts/7`; absent without a device file. */
  readonly device?: string;
  /** Another one for each start of its interpreter, but not for a soft reset; absent while none runs. */
  readonly boot?: string;
  /** The artefact on the board. */
  readonly firmware: Sha256;
  readonly version: string;
  readonly faults: readonly VirtualFault[];
}

/** Why a request was not carried out. */
export type VirtualRefusal =
  | 'unknown-tentacle'
  | 'unknown-firmware'
  | 'bad-request'
  /** Powered, but it does not boot, or its interpreter died while booting. */
  | 'no-boot'
  /** Another request took the power away while this one waited. */
  | 'superseded'
  /** The host's disk does not take what is to be kept of the board: it is full, or may not be written. */
  | 'unsaved'
  /** Nobody answers on the socket. */
  | 'host-gone'
  | 'limit'
  | 'aborted'
  | 'internal';

export type VirtualAnswer =
  | { readonly ok: true; readonly status: VirtualStatus }
  | { readonly ok: false; readonly reason: VirtualRefusal; readonly message: string };

/** The first line on the host's stdin; the end of stdin ends the host. */
export interface VirtualHostSettings {
  readonly protocol: typeof VIRTUAL_PROTOCOL;
  readonly stateDirectory: string;
  readonly lab: string;
  readonly tentacles: readonly { readonly id: TentacleId; readonly faults: readonly VirtualFault[] }[];
}

/** The one line on the host's stdout. */
export type VirtualHostHello =
  | { readonly protocol: typeof VIRTUAL_PROTOCOL; readonly socket: string }
  | { readonly protocol: typeof VIRTUAL_PROTOCOL; readonly fault: string };

/** `host.json` in a board's directory, there while the board is powered: who hosts it, and where to ask. */
export interface VirtualHostFile {
  readonly format: 1;
  readonly socket: string;
  readonly process: ProcessIdentity;
}

/** Where a virtual board keeps what survives it: `tty`, `host.json`, `firmware.json`, `filesystem.json`. */
export function virtualBoardDirectory(stateDirectory: string, lab: string, tentacle: TentacleId): string {
  return path.join(stateDirectory, 'virtual', lab, tentacle);
}
