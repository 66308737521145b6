import type { TentacleId } from '../model/ids.ts';
import type { Lab, Tentacle } from '../model/lab.ts';
import { suggest } from '../util/suggest.ts';

/** What could be done to a bench. */
export type Change =
  /** So many more tentacles that can serve; `what` is a board, or the tentacle that they are like. */
  | { readonly kind: 'add'; readonly what: string; readonly like: Tentacle; readonly count: number }
  | { readonly kind: 'remove'; readonly id: TentacleId };

/** A lab, and who of it can not serve, as it continues "tentacle 2731 …". */
export interface LabState {
  readonly lab: Lab;
  readonly broken: ReadonlyMap<TentacleId, string>;
}

export type ChangesAnswer =
  | { readonly ok: true; readonly changes: readonly Change[] }
  /** Sentences for a person. */
  | { readonly ok: false; readonly faults: readonly string[] };

/** More would be a typing error. */
const MOST = 1000;

/**
 * Reads `--what-if`: `+BOARD` is one more tentacle of a board, with the board's features; `+ID` is one more like that one,
 * or, if it can not serve today, that one in working order; `…*N` is N of them; `-ID` is the lab without it.
 */
export function parseChanges(texts: readonly string[], lab: Lab): ChangesAnswer {
  const faults: string[] = [];
  const changes = texts.flatMap((text) => {
    const change = readChange(text, lab);
    if (typeof change !== 'string') return [change];
    faults.push(`--what-if "${text}": ${change}`);
    return [];
  });
  return faults.length > 0 ? { ok: false, faults } : { ok: true, changes };
}

/** The lab as it would be. New tentacles are called `+RPI_PICO_W`, `+RPI_PICO_W.2`: no lab file can say such an id. */
export function changedLab(today: LabState, changes: readonly Change[]): LabState {
  let tentacles = [...today.lab.tentacles];
  const broken = new Map(today.broken);
  for (const change of changes) {
    if (change.kind === 'remove') {
      tentacles = tentacles.filter(({ id }) => id !== change.id);
      continue;
    }
    const { disabled: _, ...working } = change.like;
    for (let number = 0; number < change.count; number++) {
      const idle = tentacles.findIndex(
        ({ id, disabled }) => id === change.what && (disabled !== undefined || broken.has(id)),
      );
      if (idle === -1) {
        const id = freeId(`+${change.what}`, tentacles);
        tentacles.push({ ...working, id, leaseKey: id });
      } else {
        tentacles[idle] = working;
        broken.delete(working.id);
      }
    }
  }
  return { lab: { ...today.lab, tentacles }, broken };
}

/** One more of a board, as `+BOARD` adds it. */
export function bareTentacle(name: string, { boards }: Pick<Lab, 'boards'>): Tentacle | undefined {
  const board = boards.find((each) => each.name === name);
  if (board === undefined) return undefined;
  return { id: '', board: name, features: board.features, relays: {}, tags: {}, faults: [], leaseKey: '' };
}

function readChange(text: string, lab: Lab): Change | string {
  const [sign, rest] = [text[0], text.slice(1)];
  if (sign !== '+' && sign !== '-')
    return 'a change begins with + or -: +BOARD, +ID (one more like it), -ID (without it).';
  if (rest === '') return `something should stand after "${sign}": a board, or the id of a tentacle.`;
  const ids = lab.tentacles.map(({ id }) => id);
  if (sign === '-') {
    if (ids.includes(rest)) return { kind: 'remove', id: rest };
    return unknownTentacle(rest, lab);
  }
  const [, what = '', times] = /^(.*?)(?:\*(\d+))?$/s.exec(rest) ?? [];
  const count = times === undefined ? 1 : Number(times);
  if (count < 1 || count > MOST) return `as many as 1 to ${MOST} can be added.`;
  const like = lab.tentacles.find(({ id }) => id === what) ?? bareTentacle(what, lab);
  if (like !== undefined) return { kind: 'add', what, like, count };
  const near = suggest(what, [...lab.boards.map(({ name }) => name), ...ids]);
  return `there is no board and no tentacle "${what}". ${near === undefined ? '"testbed list boards" names the boards.' : `Did you mean "+${near}"?`}`;
}

function unknownTentacle(name: string, { tentacles }: Lab): string {
  const ofBoard = tentacles.filter(({ board }) => board === name).map(({ id }) => `-${id}`);
  if (ofBoard.length > 0)
    return `that is a board; a tentacle is taken away by its id, here ${ofBoard.join(' or ')}.`;
  const ids = tentacles.map(({ id }) => id);
  const near = suggest(name, ids);
  if (near !== undefined) return `there is no tentacle "${name}". Did you mean "-${near}"?`;
  return `there is no tentacle "${name}". "testbed list tentacles" names them.`;
}

function freeId(wanted: string, tentacles: readonly Tentacle[]): TentacleId {
  const taken = new Set(tentacles.map(({ id }) => id));
  if (!taken.has(wanted)) return wanted;
  let number = 2;
  while (taken.has(`${wanted}.${number}`)) number++;
  return `${wanted}.${number}`;
}
