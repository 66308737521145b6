/**
 * What may stand next, by the line of usage that help shows: `lab|plan|user|event`, `[SESSION]`, `serve [ID …] | fault ID [KIND]`.
 * The answer is words to choose from (`serve`, `fault`) and kinds of values (`ID`).
 */
export function nextPositionals(usage: string, before: readonly string[]): string[] {
  return usage.split(' | ').flatMap((alternative) => nextOf(alternative, before));
}

function nextOf(alternative: string, before: readonly string[]): string[] {
  const tokens = (alternative.match(/\[[^\]]*\]|\S+/g) ?? []).map((token) => {
    const inner = token.replaceAll(/[[\]]/g, '').trim();
    return { choices: inner.replace(/ ?…$/, '').split('|'), repeats: inner.endsWith('…') };
  });
  let index = 0;
  for (const word of before) {
    const token = tokens[index];
    if (token === undefined) return [];
    const takesAnything = token.choices.some(isKind);
    if (!takesAnything && !token.choices.includes(word)) return [];
    if (!token.repeats) index++;
  }
  return tokens[index]?.choices ?? [];
}

/** `SESSION` stands for a value, `serve` for itself. */
export function isKind(text: string): boolean {
  return /^[A-Z]/.test(text);
}
