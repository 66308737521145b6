import { catalogue } from './catalogue.ts';
import { entriesAt, itemsAt, nodeAt, textAt, type Located, type Spot } from './located.ts';

/** What late checks need to know of a board, read leniently: its file may have faults elsewhere. */
export interface KnownBoard {
  readonly name: string;
  readonly virtual: boolean;
  readonly variants: readonly string[];
  readonly features: readonly string[];
}

/** What late checks need to know of a tentacle. */
export interface KnownTentacle {
  readonly id: string;
  readonly keySpot: Spot;
  readonly node: Located;
  readonly board: KnownBoard | undefined;
  readonly disabled: boolean;
  /** Its own and its board's. */
  readonly features: readonly string[];
}

const DEFAULT_FEATURES = ['mcu'];

/** All boards by name: the catalogue's, then those of plans and of the lab file; later ones replace earlier ones. */
export function knownBoards(roots: readonly Located[]): Map<string, KnownBoard> {
  const boards = new Map<string, KnownBoard>(
    catalogue().map(({ name, driver, variants, features }) => [
      name,
      { name, virtual: driver === 'virtual', variants, features },
    ]),
  );
  for (const root of roots)
    for (const { key: name, value } of entriesAt(root, 'boards')) {
      const own = texts(value, 'variants');
      boards.set(name, {
        name,
        virtual: textAt(value, 'driver')?.text === 'virtual',
        variants: own.length === 0 ? [''] : own,
        features: nodeAt(value, 'features') === undefined ? DEFAULT_FEATURES : texts(value, 'features'),
      });
    }
  return boards;
}

/** All tentacles of a lab file. */
export function knownTentacles(lab: Located, boards: ReadonlyMap<string, KnownBoard>): KnownTentacle[] {
  return entriesAt(lab, 'tentacles').map(({ key: id, keySpot, value: node }) => {
    const board = boards.get(textAt(node, 'board')?.text ?? '');
    const features = [...new Set([...(board?.features ?? []), ...texts(node, 'features')])];
    return { id, keySpot, node, board, disabled: nodeAt(node, 'disabled') !== undefined, features };
  });
}

/** The texts of a list. */
function texts(node: Located, ...keys: readonly string[]): string[] {
  return itemsAt(node, ...keys).flatMap((item) => (item.kind === 'scalar' ? [item.text] : []));
}
