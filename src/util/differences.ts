/** `tentacles.0.board: "RPI_PICO", now "RPI_PICO2"` for each place where two JSON values differ; empty when they are equal. */
export function differences(before: unknown, after: unknown): string[] {
  return [...differing(plain(before), plain(after), '')];
}

function* differing(before: unknown, after: unknown, place: string): Generator<string> {
  if (Object.is(before, after)) return;
  if (!isCollection(before) || !isCollection(after) || Array.isArray(before) !== Array.isArray(after)) {
    yield `${place}: ${say(before)}, now ${say(after)}`;
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
    yield* differing(before[key], after[key], place === '' ? key : `${place}.${nameIn(before, after, key)}`);
}

type Collection = Readonly<Record<string, unknown>>;

function isCollection(value: unknown): value is Collection {
  return typeof value === 'object' && value !== null;
}

/** Entries of a list are told by their name or id where both have the same, else by their number. */
function nameIn(before: Collection, after: Collection, key: string): string {
  const names = [before[key], after[key]].map((entry) =>
    isCollection(entry) ? (entry['name'] ?? entry['id']) : undefined,
  );
  return typeof names[0] === 'string' && names[0] === names[1] ? names[0] : key;
}

function say(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** As it is after a way through a file. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
