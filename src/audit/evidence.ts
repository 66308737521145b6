/** Lines that name what went wrong, the more telling kind first. `Error 1` is make's word for somebody else's error. */
const TELLING: readonly RegExp[] = [
  /(?:Error|Exception)(?: \[\w+\])?(?::|$)|\b(?:error|fatal|panic): |\bfatal error\b|\bpanicked at\b|\bassertion\b/i,
  /\b(?:FAIL|FAILED|FAILURE)\b.*\w/,
];

/**
 * Of the last lines that a failed program printed, the one that tells most: the last that names an error, else a failure,
 * else the last with something in it. Undefined: there is none.
 */
export function evidenceLine(lines: readonly string[]): string | undefined {
  // A line of a stack trace tells where; what happened stands above.
  const said = lines.filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  for (const kind of TELLING) {
    const line = said.findLast((text) => kind.test(text.trimEnd()));
    if (line !== undefined) return line.trim();
  }
  return said.at(-1)?.trim();
}
