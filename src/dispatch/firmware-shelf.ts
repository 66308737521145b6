import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { resolveFirmware } from '../firmware/resolve.ts';
import type { Firmware } from '../model/firmware.ts';
import { boardVariantOf, type BoardVariant } from '../model/ids.ts';
import type { Board } from '../model/lab.ts';

/** `as-is`: whatever the board carries is tested. */
export type ShelfEntry =
  | { readonly kind: 'pending' }
  | { readonly kind: 'ready'; readonly firmware: Firmware }
  | { readonly kind: 'as-is' }
  | { readonly kind: 'failed'; readonly reason: string };

interface Model {
  readonly board: Board;
  readonly variant: string;
}

/** Which firmware is ready, by board-variant; found when it is first asked for. */
export class FirmwareShelf {
  readonly #sessionDirectory: string;
  readonly #changed: () => void;
  readonly #models = new Map<BoardVariant, Model>();
  readonly #entries = new Map<BoardVariant, ShelfEntry>();
  readonly #noted = new Set<BoardVariant>();

  /** `changed` is called when something that was pending no longer is. */
  constructor(request: {
    readonly boards: readonly Board[];
    readonly sessionDirectory: string;
    readonly changed: () => void;
  }) {
    this.#sessionDirectory = request.sessionDirectory;
    this.#changed = request.changed;
    for (const board of request.boards)
      for (const variant of board.variants)
        this.#models.set(boardVariantOf(board.name, variant), { board, variant });
  }

  /** What is known of a board-variant; the first to ask has it looked for. */
  get(boardVariant: BoardVariant): ShelfEntry {
    const known = this.#entries.get(boardVariant);
    if (known !== undefined) return known;
    const model = this.#models.get(boardVariant);
    if (model === undefined)
      throw new Error(`Internal error: expected a board-variant of the lab, was ${boardVariant}`);
    const pending: ShelfEntry = { kind: 'pending' };
    this.#entries.set(boardVariant, pending);
    void this.#find(boardVariant, model);
    return pending;
  }

  /** What is looked for. */
  get pending(): readonly BoardVariant[] {
    return [...this.#entries].filter(([, { kind }]) => kind === 'pending').map(([name]) => name);
  }

  async #find(boardVariant: BoardVariant, model: Model): Promise<void> {
    this.#entries.set(boardVariant, await entryFor(model));
    this.#changed();
  }

  /** Leaves in the session's directory which firmware was used, once each; gives the reason when that failed. */
  note(firmware: Firmware): string | undefined {
    if (this.#noted.has(firmware.boardVariant)) return undefined;
    this.#noted.add(firmware.boardVariant);
    const directory = path.join(this.#sessionDirectory, 'firmware', firmware.boardVariant);
    try {
      mkdirSync(directory, { recursive: true });
      writeFileSync(path.join(directory, 'firmware.json'), `${JSON.stringify(firmware, null, 2)}\n`);
      return undefined;
    } catch (error) {
      return `${directory}/firmware.json could not be written: ${(error as Error).message}`;
    }
  }
}

async function entryFor({ board, variant }: Model): Promise<ShelfEntry> {
  try {
    const firmware = await resolveFirmware(board, variant);
    return firmware === undefined ? { kind: 'as-is' } : { kind: 'ready', firmware };
  } catch (error) {
    return { kind: 'failed', reason: (error as Error).message };
  }
}
