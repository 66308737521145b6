import type { OrderId } from '../model/ids.ts';
import type { Lab } from '../model/lab.ts';
import { suggest } from '../util/suggest.ts';
import { allSeeds } from './all-seeds.ts';
import { matches, matchesBoard, matchesTentacle, type Selector } from './selection.ts';
import { KINDS, splitWords } from './selector-text.ts';

/** What of a lab has names that a selector may use. */
export type KnownLab = Pick<Lab, 'tentacles' | 'boards' | 'specs' | 'reference'>;

/** Options that take selectors. */
export type SelectorOption = '--only' | '--skip' | '--explain';

/** The selector that a text is, or what is wrong with it. `anyBoard`: see `readSelectors`. */
export function readSelector(
  text: string,
  lab: KnownLab,
  { option, anyBoard }: { readonly option: SelectorOption; readonly anyBoard: boolean },
): Selector | string {
  const colon = text.indexOf(':');
  const [head, rest] = colon === -1 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  if (colon !== -1 && rest === '') return `something should stand after "${head}:".`;
  switch (head) {
    case 'board':
      return readBoard(rest, lab, anyBoard);
    case 'tentacle': {
      const ids = lab.tentacles.map(({ id }) => id);
      const selector = { kind: 'tentacle', glob: rest } as const;
      return ids.some((id) => matches(rest, id)) ? selector : unknown(`tentacle "${rest}"`, rest, ids);
    }
    case 'feature': {
      const features = knownFeatures(lab, anyBoard);
      const selector = { kind: 'feature', glob: rest } as const;
      return features.some((name) => matches(rest, name))
        ? selector
        : unknown(`feature "${rest}"`, rest, features);
    }
    case 'tag':
      return readTag(rest, lab);
    case 'id':
      return readId(rest, lab);
    default:
      return readSpec(head, colon === -1 ? undefined : rest, lab, option);
  }
}

function readBoard(glob: string, lab: KnownLab, anyBoard: boolean): Selector | string {
  const fits = (name: string) =>
    lab.boards
      .filter((board) => board.name === name)
      .some((board) => board.variants.some((variant) => matchesBoard(glob, name, variant)));
  const here = [...new Set(lab.tentacles.map(({ board }) => board))];
  if (here.some(fits)) return { kind: 'board', glob };
  const all = lab.boards.map(({ name }) => name);
  if (!all.some(fits)) {
    const names = lab.boards.flatMap((board) =>
      board.variants.map((variant) => (variant === '' ? board.name : `${board.name}-${variant}`)),
    );
    return unknown(`board or variant "${glob}"`, glob, names);
  }
  if (anyBoard) return { kind: 'board', glob };
  return `no tentacle of this lab has that board. ${here.length === 0 ? 'It has no tentacles.' : `It has ${here.toSorted().join(', ')}.`}`;
}

function readTag(text: string, lab: KnownLab): Selector | string {
  const equals = text.indexOf('=');
  if (equals < 1) return 'a tag is written tag:KEY=VALUE.';
  const selector = { kind: 'tag', key: text.slice(0, equals), glob: text.slice(equals + 1) } as const;
  if (lab.tentacles.some((tentacle) => matchesTentacle(selector, tentacle))) return selector;
  const tags = lab.tentacles.flatMap((tentacle) =>
    Object.entries(tentacle.tags).map(([key, value]) => `${key}=${value}`),
  );
  return unknown(`tag "${text}"`, text, [...new Set(tags)]);
}

const stemsKnown = new WeakMap<KnownLab, ReadonlySet<OrderId>>();

/** The ids of all orders of a lab, each without its repeats; a session may be narrowed to thousands of them. */
function stemsOf(lab: KnownLab): ReadonlySet<OrderId> {
  let stems = stemsKnown.get(lab);
  if (stems === undefined) stemsKnown.set(lab, (stems = new Set([...allSeeds(lab)].map(({ stem }) => stem))));
  return stems;
}

/** An id names all repeats of an order, or with `#N` that one, be `--count` what it may: a report's id can be pasted. */
function readId(id: string, lab: KnownLab): Selector | string {
  const stems = stemsOf(lab);
  if (stems.has(id)) return { kind: 'id', stem: id };
  const hash = id.lastIndexOf('#');
  const [stem, repeat] = [id.slice(0, hash), id.slice(hash + 1)];
  if (hash > 0 && stems.has(stem) && /^[1-9]\d{0,8}$/.test(repeat))
    return { kind: 'id', stem, repeat: Number(repeat) };
  return unknown(`order "${id}"`, id, stems, '"testbed plan --format json" lists the ids.');
}

function readSpec(
  glob: string,
  argv: string | undefined,
  lab: KnownLab,
  option: SelectorOption,
): Selector | string {
  const found = lab.specs.filter((spec) => matches(glob, spec.name, spec.label));
  if (found.length === 0) {
    const kind = argv === undefined ? undefined : suggest(glob, KINDS);
    if (kind !== undefined) return `there is no spec "${glob}". Did you mean "${kind}:${argv}"?`;
    return unknown(
      `spec "${glob}"`,
      glob,
      lab.specs.flatMap((spec) => [spec.name, spec.label]),
      listed(lab.specs.map(({ name }) => name)),
    );
  }
  if (argv === undefined) return { kind: 'spec', glob, argv: [] };
  if (option !== '--only') return 'arguments can only be appended by --only.';
  const without = found.find((spec) => spec.command === undefined);
  if (without !== undefined) return `${without.name} has no command to append arguments to.`;
  const words = splitWords(argv);
  return words === undefined ? 'a quotation mark is not closed.' : { kind: 'spec', glob, argv: words };
}

function knownFeatures(lab: KnownLab, anyBoard: boolean): string[] {
  return [
    ...new Set([
      ...lab.tentacles.flatMap(({ features }) => features),
      ...(anyBoard ? lab.boards.flatMap(({ features }) => features) : []),
      ...lab.specs.flatMap((spec) => spec.roles.map(({ feature }) => feature)),
    ]),
  ];
}

function unknown(
  what: string,
  name: string,
  candidates: Iterable<string>,
  otherwise = listed([...candidates]),
): string {
  const near = suggest(name, candidates);
  return `there is no ${what}. ${near === undefined ? otherwise : `Did you mean "${near}"?`}`;
}

function listed(names: readonly string[]): string {
  const most = 12;
  if (names.length === 0) return 'There are none.';
  const shown = names.toSorted().slice(0, most).join(', ');
  return `There are: ${shown}${names.length > most ? `, and ${names.length - most} more` : ''}.`;
}
