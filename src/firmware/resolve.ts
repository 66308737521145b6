import type { Firmware } from '../model/firmware.ts';
import { boardVariantOf } from '../model/ids.ts';
import type { Board } from '../model/lab.ts';
import { virtualArtefacts } from './virtual-artefacts.ts';

/**
 * The firmware that a board and variant should carry. Undefined: nobody can build for it, so whatever is on the board is
 * tested.
 */
export async function resolveFirmware(board: Board, variant: string): Promise<Firmware | undefined> {
  if (board.driver !== 'virtual') return undefined;
  const artefact = (await virtualArtefacts()).find((candidate) => candidate.variant === variant);
  if (artefact === undefined) return undefined;
  const { sha256, version, path } = artefact;
  return { boardVariant: boardVariantOf(board.name, variant), sha256, version, path };
}
