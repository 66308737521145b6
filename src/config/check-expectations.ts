import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { boardVariantOf } from '../model/ids.ts';
import { suggest } from '../util/suggest.ts';
import type { KnownBoard } from './bench.ts';
import { diagnose } from './fault.ts';
import { globFault, matchesAny } from './globs.ts';
import { itemsAt, textAt, type Located } from './located.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long before its end an excuse is told: two weeks leave time to look. */
const SOON_DAYS = 14;

/** What entries of `expect:` may name. */
export interface ExpectationScope {
  readonly boards: ReadonlyMap<string, KnownBoard>;
  /** Names and labels. */
  readonly specs: readonly string[];
  readonly today: Date;
}

/** Globs that can not match anything, and excuses that no longer excuse. */
export function checkExpectations(root: Located, scope: ExpectationScope): Diagnostic[] {
  const boardVariants = [...scope.boards.values()].flatMap(({ name, variants }) =>
    variants.map((variant) => boardVariantOf(name, variant)),
  );
  return itemsAt(root, 'expect').flatMap((entry) => {
    const test = textAt(entry, 'test');
    const wrong = test === undefined ? undefined : globFault(test.text);
    return [
      ...(test === undefined || wrong === undefined
        ? []
        : [diagnose(test.spot, test.via, { message: wrong })]),
      ...checkGlobs(entry, 'boards', boardVariants, 'board'),
      ...checkGlobs(entry, 'specs', scope.specs, 'spec'),
      ...checkUntil(entry, scope.today),
    ];
  });
}

function checkGlobs(entry: Located, key: string, known: readonly string[], called: string): Diagnostic[] {
  return itemsAt(entry, key).flatMap((item) => {
    if (item.kind !== 'scalar' || item.text.trim() === '') return [];
    const wrong = globFault(item.text);
    if (wrong !== undefined) return [diagnose(item.spot, item.via, { message: wrong })];
    if (matchesAny(item.text, known)) return [];
    const near = suggest(item.text, known);
    return [
      diagnose(item.spot, item.via, {
        severity: 'warning',
        message: `this excuses nothing, because no ${called} is called "${item.text}"`,
        ...(near === undefined ? {} : { suggestion: `did you mean "${near}"?` }),
      }),
    ];
  });
}

function checkUntil(entry: Located, today: Date): Diagnostic[] {
  const until = textAt(entry, 'until');
  if (until === undefined) return [];
  const day = new Date(`${until.text}T00:00:00Z`);
  // What the pattern of the schema lets through is a day, or the 31st of a shorter month, which is in the next for JavaScript.
  if (!/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(until.text)) return [];
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== until.text)
    return [diagnose(until.spot, until.via, { message: `there is no day ${until.text}` })];
  const left = (day.getTime() - new Date(`${localDay(today)}T00:00:00Z`).getTime()) / DAY_MS;
  if (left > SOON_DAYS) return [];
  const test = textAt(entry, 'test')?.text ?? '';
  return [
    diagnose(until.spot, until.via, {
      severity: 'warning',
      message:
        left < 0
          ? `this has expired, and no longer excuses ${test}`
          : `this expires ${left === 0 ? 'today' : left === 1 ? 'tomorrow' : `in ${left} days`}, and then no longer excuses ${test}`,
      suggestion: 'look whether it is repaired, then remove the entry or give it another day',
    }),
  ];
}

/** `YYYY-MM-DD` by the clock on the wall. */
function localDay(date: Date): string {
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((number) => String(number).padStart(2, '0'))
    .join('-');
}
