import type { BoardVariant, Sha256 } from './ids.ts';

/** The artefact for a board and variant at a revision, named by its content. */
export interface Firmware {
  readonly boardVariant: BoardVariant;
  readonly sha256: Sha256;
  /** What `sys.implementation` must say after flashing, such as `1.29.0`. */
  readonly version: string;
  /** Absolute path of the artefact. */
  readonly path: string;
  /** `40` hex digits of the commit that it was built from, and a hash of what was changed on top, where known. */
  readonly commit?: string;
  readonly dirty?: Sha256;
}
