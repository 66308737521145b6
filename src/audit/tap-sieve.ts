/** Subtests deeper than so many levels are not read: each level costs the parser a copy of every line below it. */
export const DEEPEST = 50;
/** Of a YAML block, so many characters say why a test failed. */
const LONGEST_BLOCK = 64 * 1024;
const INDENT = 4;

/** Whatever the parser may take for TAP, at any level; it may be more, never less. */
const TAP =
  /^[ \t]*(?:(?:not )?ok\b|\d+\.\.\d|# Subtest\b|pragma [+-]|[{}]$|[Bb][Aa][Ii][Ll] [Oo][Uu][Tt]!|[Tt][Aa][Pp] [Vv])/;
const BLOCK = /^([ \t]+)---$/;

/**
 * Keeps from the TAP parser what is no TAP: of that it would remember every line. What a test prints between its results may be
 * without end.
 *
 *     outside ── `  ---` ──▶ in a YAML block ── `  ...`, or a line with less indent ──▶ outside
 */
export class TapSieve {
  #block: { readonly indent: string; length: number } | undefined;
  #strict = false;
  #tooDeep = false;

  /** Whether a line, without its newline, is for the parser. */
  passes(line: string): boolean {
    const isTap = TAP.test(line);
    if (isTap && indentOf(line) > DEEPEST * INDENT) {
      this.#tooDeep = true;
      return false;
    }
    if (this.#inBlock(line)) return true;
    // There, what is no TAP is a fault.
    if (line.trimStart().startsWith('pragma +strict')) this.#strict = true;
    return isTap || this.#strict;
  }

  /** Something of TAP was not read, because it stood too deep. */
  get tooDeep(): boolean {
    return this.#tooDeep;
  }

  #inBlock(line: string): boolean {
    const block = this.#block;
    if (block !== undefined) {
      if (line === `${block.indent}...`) {
        this.#block = undefined;
        return true;
      }
      if (line === '' || line.startsWith(block.indent)) {
        block.length += line.length + 1;
        return block.length <= LONGEST_BLOCK;
      }
    }
    const indent = BLOCK.exec(line)?.[1];
    this.#block = indent === undefined ? undefined : { indent, length: 0 };
    return indent !== undefined;
  }
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
