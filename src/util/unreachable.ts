/** The end of a switch over a union: a new variant breaks the build here, and a bad value says what it was. */
export function unreachable(value: never): never {
  throw new Error(`Internal error: expected a value of a closed union, was ${JSON.stringify(value)}`);
}
