import picomatch from 'picomatch';
import { boardVariantOf, type OrderId, type SpecName } from '../model/ids.ts';
import type { Lab, Tentacle } from '../model/lab.ts';
import type { TestRunSpec } from '../model/plan.ts';
import { lengthOf, type CursorSeed, type Repeats } from './cursor.ts';

/** One `--only` or `--skip`, taken apart. */
export type Selector =
  /** A spec's name or label; `argv` is appended to its command. */
  | { readonly kind: 'spec'; readonly glob: string; readonly argv: readonly string[] }
  /** `RPI_PICO2`: all variants; `RPI_PICO2-RISCV`: that one; `RPI_PICO2-`: the default one. */
  | { readonly kind: 'board'; readonly glob: string }
  | { readonly kind: 'tentacle'; readonly glob: string }
  | { readonly kind: 'feature'; readonly glob: string }
  | { readonly kind: 'tag'; readonly key: string; readonly glob: string }
  /** All repeats of an order, or one. */
  | { readonly kind: 'id'; readonly stem: OrderId; readonly repeat?: number };

const matchers = new Map<string, (text: string) => boolean>();

/** True when the glob, or the very text, is one of the names. */
export function matches(glob: string, ...names: readonly string[]): boolean {
  let matcher = matchers.get(glob);
  // Compiling one takes a hundred times as long as asking it.
  if (matcher === undefined) matchers.set(glob, (matcher = picomatch(glob)));
  return names.some((name) => name === glob || matcher(name));
}

/** True when a board selector means this board and variant. */
export function matchesBoard(glob: string, board: string, variant: string): boolean {
  if (glob.endsWith('-')) return variant === '' && matches(glob.slice(0, -1), board);
  return matches(glob, board, boardVariantOf(board, variant));
}

/** True when a tentacle is meant by a selector that speaks of tentacles. */
export function matchesTentacle(
  selector: Extract<Selector, { kind: 'tentacle' | 'tag' }>,
  tentacle: Tentacle,
): boolean {
  if (selector.kind === 'tentacle') return matches(selector.glob, tentacle.id);
  const value = tentacle.tags[selector.key];
  return value !== undefined && matches(selector.glob, value);
}

/**
 * What a person wants tested. `--only` of the same kind: any of them; of different kinds: all of them. Each `--skip` takes
 * away what it names. `board:`, `tentacle:` and `tag:` speak of who covers; a tentacle that is skipped is no partner either.
 */
export class Selection {
  /** Globs over test paths; empty: all. */
  readonly tests: readonly string[];
  readonly #only: ReadonlyMap<Selector['kind'], readonly Selector[]>;
  readonly #skip: readonly Selector[];
  readonly #extra: ReadonlyMap<SpecName, readonly string[]>;

  constructor(
    only: readonly Selector[],
    skip: readonly Selector[],
    tests: readonly string[],
    specs: readonly TestRunSpec[],
  ) {
    this.#only = Map.groupBy(only, (selector) => selector.kind);
    this.#skip = skip;
    this.tests = tests;
    this.#extra = new Map(
      specs.map((spec) => [spec.name, only.flatMap((each) => (isFor(each, spec) ? each.argv : []))]),
    );
  }

  /** Everything. */
  static all(lab: Pick<Lab, 'specs'>): Selection {
    return new Selection([], [], [], lab.specs);
  }

  /** What `--only 'standard:--via-mpy'` appends to a spec's command. */
  extraArguments(spec: SpecName): readonly string[] {
    return this.#extra.get(spec) ?? [];
  }

  /** A tentacle that is to be left alone: it neither covers nor partners. */
  leavesOut(tentacle: Tentacle): boolean {
    return this.#skip.some(
      (each) => (each.kind === 'tentacle' || each.kind === 'tag') && matchesTentacle(each, tentacle),
    );
  }

  admitsSpec(spec: TestRunSpec): boolean {
    const only = this.#only.get('spec') ?? [];
    const skipped = this.#skip.some((each) => isFor(each, spec));
    return !skipped && (only.length === 0 || only.some((each) => isFor(each, spec)));
  }

  /** The cursor with what of it was selected, `count` times over; undefined when nothing was. */
  narrow<T extends CursorSeed>(seed: T, count: number): (T & { readonly repeats: Repeats }) | undefined {
    if (!this.admitsSpec(seed.spec) || !this.#admitsFeatures(seed.spec)) return undefined;
    const covering = seed.covering.filter((tentacle) => this.#admitsCovering(seed, tentacle));
    if (covering.length === 0 && (seed.role !== undefined || this.#asksForTentacles())) return undefined;
    const repeats = this.#repeatsOf(seed.stem, count);
    return lengthOf(repeats) === 0 ? undefined : { ...seed, covering, repeats };
  }

  #asksForTentacles(): boolean {
    return (['board', 'tentacle', 'tag'] as const).some((kind) => this.#only.has(kind));
  }

  #admitsFeatures(spec: TestRunSpec): boolean {
    const has = (each: Selector) =>
      each.kind === 'feature' && spec.roles.some((role) => matches(each.glob, role.feature));
    const only = this.#only.get('feature');
    return !this.#skip.some(has) && (only === undefined || only.some(has));
  }

  #admitsCovering(seed: CursorSeed, tentacle: Tentacle): boolean {
    const fits = (each: Selector): boolean => {
      if (each.kind === 'board') return matchesBoard(each.glob, tentacle.board, seed.firmware?.variant ?? '');
      return (each.kind === 'tentacle' || each.kind === 'tag') && matchesTentacle(each, tentacle);
    };
    return (
      !this.#skip.some(fits) &&
      (['board', 'tentacle', 'tag'] as const).every((kind) => this.#only.get(kind)?.some(fits) ?? true)
    );
  }

  #repeatsOf(stem: OrderId, count: number): Repeats {
    const named = (selectors: Iterable<Selector>) =>
      [...selectors].filter((each) => each.kind === 'id').filter((each) => each.stem === stem);
    const only = this.#only.has('id') ? named(this.#only.get('id') ?? []) : undefined;
    const skip = named(this.#skip);
    if (only?.length === 0 || skip.some((each) => each.repeat === undefined)) return { picked: [] };
    const whole = only === undefined || only.some((each) => each.repeat === undefined);
    if (whole && skip.length === 0) return { count };
    const wanted = whole
      ? range(count)
      : [...new Set(only.flatMap((each) => each.repeat ?? []))].toSorted((a, b) => a - b);
    return { picked: wanted.filter((repeat) => !skip.some((each) => each.repeat === repeat)) };
  }
}

function isFor(selector: Selector, spec: TestRunSpec): selector is Extract<Selector, { kind: 'spec' }> {
  return selector.kind === 'spec' && matches(selector.glob, spec.name, spec.label);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
