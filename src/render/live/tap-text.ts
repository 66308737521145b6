import { oneLine } from '../text.ts';

/** What a test point says: `ok` or `not ok`, of what, and whether that counts. */
export interface Point {
  readonly ok: boolean;
  readonly name: string;
  /** `SKIP`: it was not carried out; `TODO`: it fails as expected, or should have. */
  readonly directive?: { readonly word: 'SKIP' | 'TODO'; readonly reason: string };
  /** For the YAML block; absent values are left out. */
  readonly diagnostic?: Readonly<Record<string, string | number | undefined>>;
}

/** The lines of a test point of TAP 14 (https://testanything.org/tap-version-14-specification.html), indented by level. */
export function pointLines(point: Point, number: number, level: number): string[] {
  const indent = '    '.repeat(level);
  const { ok, name, directive, diagnostic } = point;
  const tail = directive === undefined ? '' : ` # ${directive.word} ${tapText(directive.reason)}`.trimEnd();
  const head = `${indent}${ok ? 'ok' : 'not ok'} ${number} - ${tapText(name)}${tail}`;
  if (diagnostic === undefined) return [head];
  const entries = Object.entries(diagnostic).filter(([, value]) => value !== undefined && value !== '');
  const yaml = entries.map(([key, value]) => `${indent}  ${key}: ${yamlScalar(value ?? '')}`);
  return [head, `${indent}  ---`, ...yaml, `${indent}  ...`];
}

/** A comment; what it says can not be taken for anything else. */
export function commentLine(text: string): string {
  return `# ${oneLine(text)}`;
}

/** A description: a `#` would begin a directive there. */
export function tapText(text: string): string {
  return oneLine(text).replace(/[\\#]/g, '\\$&');
}

/** JSON's strings are YAML's quoted ones, once nothing unprintable is in them. */
function yamlScalar(value: string | number): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(oneLine(value));
}
