import { createRequire } from 'node:module';

type Picomatch = typeof import('picomatch');
let picomatch: Picomatch | undefined;

/** `picomatch` is CommonJS, and only loaded where there is a glob. */
function load(): Picomatch {
  picomatch ??= createRequire(import.meta.url)('picomatch') as Picomatch;
  return picomatch;
}

/** What is wrong with a glob; undefined if nothing is. */
export function globFault(glob: string): string | undefined {
  try {
    load().makeRe(glob, { strictBrackets: true });
  } catch (error) {
    return `this is no glob: ${(error as Error).message.replace(/^Missing/, 'missing').replaceAll('"', '')}`;
  }
  return unbalanced(glob);
}

/** Picomatch takes an open bracket for a letter; a person hardly ever means that. */
function unbalanced(glob: string): string | undefined {
  for (const [open, close] of ['[]', '{}', '()'].map((pair) => [...pair])) {
    const plain = glob.replaceAll(/\\./g, '');
    const count = (letter: string | undefined): number => plain.split(letter ?? '').length - 1;
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
