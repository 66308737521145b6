/** In an expected output: any number of whole lines, up to the first that matches the line below. */
const ANY_LINES = '########';

/** The lines of what a board or a file says: `\r`s before a line end dropped, no empty last line. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  const whole = lines.map(withoutReturns);
  return rest === '' ? whole : [...whole, rest];
}

/** By hand: a pattern takes seconds for a progress bar of 100 KB of `\r`. */
function withoutReturns(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === '\r') end--;
  return line.slice(0, end);
}

/**
 * The first line in which an output differs from what is expected, as a short sentence with the output's line number;
 * undefined when they agree. `wildcards`: the expected text may use the marks of MicroPython's `.exp` files, see `isPattern`.
 */
export function firstDifference(
  expectedText: string,
  output: readonly string[],
  wildcards: boolean,
): string | undefined {
  const expected = linesOf(expectedText);
  const plain = firstUnequal(expected, output);
  if (plain === undefined || !wildcards || !isPattern(expected)) return plain;
  return firstUnmatched(expected, output);
}

function firstUnequal(expected: readonly string[], output: readonly string[]): string | undefined {
  for (let index = 0; index < Math.max(expected.length, output.length); index++)
    if (expected[index] !== output[index]) return sentence(index, expected[index], output[index]);
  return undefined;
}

/**
 * True when an expected output is meant as a pattern: it has a line `########`, or a backslash before a wildcard's
 * quantifier (`\.\+`, `\\d\+`, `\]\+`). There a backslash takes the meaning of the next character from it, or gives one to
 * it, in the way of MicroPython's own `.exp` files; any other `.exp` is compared letter by letter.
 */
function isPattern(expected: readonly string[]): boolean {
  return expected.some((line) => line === ANY_LINES || /\\(?:[.\]]|\\[dws])\\[*+]/.test(line));
}

/** Walks through both; backtracking is not needed, as `########` ends at the first line that fits. */
function firstUnmatched(expected: readonly string[], output: readonly string[]): string | undefined {
  let at = 0;
  for (let index = 0; index < expected.length; index++) {
    const want = expected[index] ?? '';
    if (want !== ANY_LINES) {
      const got = output[at];
      if (got === undefined || !patternOf(want).test(got)) return sentence(at, want, got);
      at++;
      continue;
    }
    const next = expected.slice(index + 1).find((line) => line !== ANY_LINES);
    if (next === undefined) return undefined;
    const pattern = patternOf(next);
    const from = at;
    while (at < output.length && !pattern.test(output[at] ?? '')) at++;
    if (at === output.length) return `no line from line ${from + 1} on is ${quote(next)}`;
  }
  return at === output.length ? undefined : sentence(at, undefined, output[at]);
}

/** An expected line as a regular expression: `\` before a character passes it on to the expression as it is. */
function patternOf(line: string): RegExp {
  let source = '';
  for (let index = 0; index < line.length; index++) {
    const char = line[index] ?? '';
    if (char === '\\') source += line[++index] ?? '\\\\';
    else source += char.replace(/[$()*+.?[\]^{|}]/, '\\$&');
  }
  try {
    return new RegExp(`^${source}$`);
  } catch {
    // Not a pattern after all: letter by letter.
    return new RegExp(`^${line.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')}$`);
  }
}

function sentence(index: number, expected: string | undefined, got: string | undefined): string {
  const want = expected === undefined ? 'the end of the output' : quote(expected, got);
  return `line ${index + 1}: expected ${want}, got ${got === undefined ? 'the end of the output' : quote(got, expected)}`;
}

const LONGEST = 60;

/** The line as JSON text; a long one is cut so that the place where it leaves the other can be seen. */
function quote(line: string, other = ''): string {
  if (line.length <= LONGEST) return JSON.stringify(line);
  let same = 0;
  while (same < line.length && line[same] === other[same]) same++;
  const from = Math.max(0, Math.min(same - 20, line.length - LONGEST));
  const part = line.slice(from, from + LONGEST);
  return `${from > 0 ? '…' : ''}${JSON.stringify(part)}${from + LONGEST < line.length ? '…' : ''}`;
}
