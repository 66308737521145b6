/** What to write where a key and the begin of its value have grown together: `v0{ board: VIRTUAL }`, `v0:{…}`, `tags: a:1`. */
export const COLON = 'a ":" with a space behind it stands between a key and its value';

const GLUED = /^[\w.-]+:?[ ]*[{[]/;

/** Whether a key, or the begin of a line, has swallowed the bracket of its value. */
export function isGlued(text: string): boolean {
  return GLUED.test(text);
}
