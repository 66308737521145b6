import type { OrderId } from '../model/ids.ts';
import type { Lab } from '../model/lab.ts';
import type { TestRunSpec } from '../model/plan.ts';
import { suggest } from '../util/suggest.ts';
import { Bench } from './bench.ts';
import { seedsOf, type CursorSeed } from './cursor.ts';
import { matches, matchesBoard, matchesTentacle, Selection, type Selector } from './selection.ts';

/** What the command line says about what is to be tested. */
export interface SelectionRequest {
  readonly only: readonly string[];
  readonly skip: readonly string[];
  /** Globs over test paths. */
  readonly tests: readonly string[];
}

export type SelectionAnswer =
  | { readonly ok: true; readonly selection: Selection }
  /** Sentences for a person, each naming its option. */
  | { readonly ok: false; readonly faults: readonly string[] };

/** What of a lab has names that a selector may use. */
type KnownLab = Pick<Lab, 'tentacles' | 'boards' | 'specs' | 'reference'>;

/** Options that take selectors. */
type SelectorOption = '--only' | '--skip' | '--explain';

/** What may stand before the colon of a selector that names no spec. */
const KINDS = ['board', 'tentacle', 'feature', 'tag', 'id'] as const;

/** True when a selector's text names specs, and not boards, tentacles or the like. */
export function namesSpecs(text: string): boolean {
  const [head = '', ...rest] = text.split(':');
  return rest.length === 0 || !KINDS.some((kind) => kind === head);
}

/** True when a selector's text names this spec. */
export function namesSpec(text: string, { name, label }: Pick<TestRunSpec, 'name' | 'label'>): boolean {
  return namesSpecs(text) && matches(text.split(':')[0] ?? '', name, label);
}

/** True when `--only TEXT` names this spec and appends arguments to its command. */
export function appendsTo(text: string, spec: Pick<TestRunSpec, 'name' | 'label'>): boolean {
  return text.includes(':') && namesSpec(text, spec);
}

/** Reads `--only`, `--skip` and `--test` against a lab: names that it does not know, and specs that give no orders, are faults. */
export function parseSelection(request: SelectionRequest, lab: KnownLab): SelectionAnswer {
  const only = readSelectors('--only', request.only, lab);
  const skip = readSelectors('--skip', request.skip, lab, true);
  const faults = [...only.faults, ...skip.faults];
  if (faults.length > 0) return { ok: false, faults };
  const selection = new Selection(only.selectors, skip.selectors, request.tests, lab.specs);
  faults.push(...givingNothing(request.only, only.selectors, selection, lab));
  return faults.length > 0 ? { ok: false, faults } : { ok: true, selection };
}

/**
 * One option's selectors, and a sentence for each that names what the lab does not know; whether they leave any order is not
 * asked. `anyBoard`: a board that no tentacle here has is a name, too, and so are its features.
 */
export function readSelectors(
  option: SelectorOption,
  texts: readonly string[],
  lab: KnownLab,
  anyBoard = false,
): { readonly selectors: readonly Selector[]; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const selectors = texts.flatMap((text) => {
    const answer = readSelector(text, lab, { option, anyBoard });
    if (typeof answer !== 'string') return [answer];
    faults.push(`${option} "${text}": ${answer}`);
    return [];
  });
  return { selectors, faults };
}

/** The selector, or what is wrong with it. */
function readSelector(
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
  if (stems === undefined) stemsKnown.set(lab, (stems = new Set([...seeds(lab)].map(({ stem }) => stem))));
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

/** A spec that somebody names and that then gives nothing must not be passed over in silence. */
function givingNothing(
  texts: readonly string[],
  only: readonly Selector[],
  selection: Selection,
  lab: KnownLab,
): string[] {
  if (only.length === 0) return [];
  const left = [...seeds(lab, selection)];
  const faults = only.flatMap((selector, index) => {
    if (selector.kind !== 'spec') return [];
    const specs = lab.specs.filter((spec) => matches(selector.glob, spec.name, spec.label));
    if (left.some(({ spec }) => specs.includes(spec))) return [];
    const anyway = [...seeds(lab)].some(({ spec }) => specs.includes(spec));
    return [
      `--only "${texts[index]}": ${anyway ? 'the other selectors leave none of its orders.' : noneHere(specs, lab)}`,
    ];
  });
  if (faults.length === 0 && left.length === 0)
    return [`--only ${texts.map((text) => `"${text}"`).join(' ')}: together they select nothing.`];
  return faults;
}

/** Why specs give no orders on this lab, as a sentence. */
export function noneHere(specs: readonly Lab['specs'][number][], lab: Pick<KnownLab, 'tentacles'>): string {
  const wanted = [
    ...new Set(
      specs.flatMap((spec) =>
        (spec.cover === 'each-role' ? spec.roles : spec.roles.slice(0, 1)).map(({ feature }) => feature),
      ),
    ),
  ];
  if (lab.tentacles.length === 0) return `the lab has no tentacles, and ${wanted.join(' or ')} is needed.`;
  return `no tentacle of this lab has ${wanted.join(' or ')}.`;
}

function* seeds(lab: KnownLab, selection: Selection = Selection.all(lab)): Generator<CursorSeed> {
  const bench = new Bench(lab, { without: (tentacle) => selection.leavesOut(tentacle) });
  for (const spec of lab.specs)
    for (const seed of seedsOf(spec, bench)) {
      const narrowed = selection.narrow(seed, 1);
      if (narrowed !== undefined) yield narrowed;
    }
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

/** Splits at blanks; `'…'` and `"…"` hold together. Undefined: a quotation mark is not closed. */
function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  for (const [, bare, single, double, stray] of text.matchAll(/([^\s'"]+)|'([^']*)'|"([^"]*)"|(['"])/g)) {
    if (stray !== undefined) return undefined;
    words.push(bare ?? single ?? double ?? '');
  }
  return words;
}
