/** Where a value comes from. Lines and columns count from 1, paths are absolute. */
export type Origin =
  | {
      readonly kind: 'lab' | 'overlay' | 'plan' | 'catalogue';
      readonly file: string;
      readonly line: number;
      readonly column: number;
    }
  | { readonly kind: 'command-line'; readonly option: string }
  | { readonly kind: 'environment'; readonly name: string }
  /** Nobody says it: testbed does. */
  | { readonly kind: 'default' };

/** What a value was laid over. */
export interface Instead {
  readonly origin: Origin;
  /** As it is written: texts, lists and maps. */
  readonly value: Written;
}

/** A value as it is written, for people. */
export type Written = string | readonly Written[] | { readonly [key: string]: Written };

/** A value of the effective configuration. Maps and lists need no origin where their values come from several places. */
export type Shown = ShownMap | ShownList | ShownScalar;

export interface ShownMap {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Shown>;
  readonly origin?: Origin;
}

export interface ShownList {
  readonly kind: 'list';
  readonly items: readonly Shown[];
  readonly origin?: Origin;
  readonly instead?: Instead;
}

export interface ShownScalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean;
  readonly origin: Origin;
  readonly instead?: Instead;
}

export const DEFAULT: Origin = { kind: 'default' };

/** A plain value that is all from one place. */
export function shownPlain(plain: unknown, origin: Origin): Shown {
  if (Array.isArray(plain))
    return { kind: 'list', origin, items: plain.map((item: unknown) => shownPlain(item, origin)) };
  if (typeof plain === 'object' && plain !== null)
    return {
      kind: 'map',
      origin,
      entries: new Map(Object.entries(plain).map(([key, value]) => [key, shownPlain(value, origin)])),
    };
  return { kind: 'scalar', value: plain as string | number | boolean, origin };
}

/** The value with another one in its place: a path made absolute, a text with its variables filled in. */
export function shownAs(shown: Shown, value: string): Shown {
  return shown.kind === 'scalar' ? { ...shown, value } : shown;
}

function changedTexts(written: Written, change: (text: string) => string): Written {
  if (typeof written === 'string') return change(written);
  if (Array.isArray(written)) return written.map((item: Written) => changedTexts(item, change));
  return Object.fromEntries(
    Object.entries(written).map(([key, value]) => [change(key), changedTexts(value, change)]),
  );
}

/** A map, unless it would be empty. */
export function shownMap(entries: readonly (readonly [string, Shown])[]): ShownMap | undefined {
  return entries.length === 0 ? undefined : { kind: 'map', entries: new Map(entries) };
}

/** The same with each text changed, keys too: for masking, before anything is quoted or cut. */
export function withTexts(shown: Shown, change: (text: string) => string): Shown {
  if (shown.kind === 'map') {
    const entries = [...shown.entries].map(
      ([key, value]) => [change(key), withTexts(value, change)] as const,
    );
    return { ...shown, entries: new Map(entries) };
  }
  const { instead } = shown;
  const under =
    instead === undefined ? {} : { instead: { ...instead, value: changedTexts(instead.value, change) } };
  if (shown.kind === 'list')
    return { ...shown, ...under, items: shown.items.map((item) => withTexts(item, change)) };
  return { ...shown, ...under, value: typeof shown.value === 'string' ? change(shown.value) : shown.value };
}
