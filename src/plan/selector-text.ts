import type { TestRunSpec } from '../model/plan.ts';
import { matches } from './selection.ts';

/** What may stand before the colon of a selector that names no spec. */
export const KINDS = ['board', 'tentacle', 'feature', 'tag', 'id'] as const;

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

/**
 * Splits at blanks, as a shell does: what stands in quotes holds together, also with what is beside it without a blank.
 * Undefined: a quotation mark is not closed.
 */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*"|['"])+/g)) {
    const pieces = [...word.matchAll(/[^'"]+|'([^']*)'|"([^"]*)"|['"]/g)];
    if (pieces.some(([piece]) => piece === "'" || piece === '"')) return undefined;
    words.push(pieces.map(([piece, single, double]) => single ?? double ?? piece).join(''));
  }
  return words;
}
