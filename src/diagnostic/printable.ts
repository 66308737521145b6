/** Whatever moves the cursor, changes colours or turns the direction of writing: C0, DEL, C1, marks of direction and zero width. */
// oxlint-disable-next-line no-control-regex -- they are what it looks for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A stretch of one line with nothing in it that a terminal would obey; every letter keeps its place. A tab is one space. */
export function printable(text: string): string {
  return text.replaceAll('\t', ' ').replaceAll(UNSAFE, '·');
}
