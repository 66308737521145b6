import { createRequire } from 'node:module';
import type picomatchType from 'picomatch';

const LONGEST = 1000;
const PAIRS = [
  ['[', ']'],
  ['{', '}'],
  ['(', ')'],
] as const;

type Picomatch = typeof picomatchType;
let picomatch: Picomatch | undefined;

/** `picomatch` is CommonJS, and only loaded where there is a glob. */
function load(): Picomatch {
  picomatch ??= createRequire(import.meta.url)('picomatch') as Picomatch;
  return picomatch;
}

/** What is wrong with a glob; undefined if nothing is. Picomatch takes what it can not read for letters, and says nothing. */
export function globFault(glob: string): string | undefined {
  if (glob.length > LONGEST) return `this is no glob: it has more than ${LONGEST} letters`;
  const open = unbalanced(glob);
  if (open !== undefined) return open;
  for (const [set] of glob.matchAll(/\[[!^]?\]?[^\]]*\]/g)) {
    if (!isSet(set)) return `this is no glob: "${set}" is no set of letters`;
  }
  return undefined;
}

function isSet(set: string): boolean {
  try {
    return new RegExp(set.replace('[!', '[^')) instanceof RegExp;
  } catch {
    return false;
  }
}

function unbalanced(glob: string): string | undefined {
  // Inside of [ ], brackets are letters.
  const plain = glob.replaceAll(/\\./g, '').replaceAll(/\[[!^]?\]?[^\]]*\]/g, '');
  for (const [open, close] of PAIRS) {
    const count = (letter: string): number => plain.split(letter).length - 1;
    if (count(open) > count(close)) return `this is no glob: a "${open}" has no "${close}"`;
    if (count(open) < count(close)) return `this is no glob: a "${close}" has no "${open}"`;
  }
  return undefined;
}

/** Whether a glob matches at least one of the texts. */
export function matchesAny(glob: string, texts: readonly string[]): boolean {
  const matches = load()(glob);
  return texts.some((text) => matches(text));
}
