const MASK = '***';

/**
 * Replaces the values of secrets wherever they stand in a text. Longer ones go first, so that one secret that is part of
 * another leaves nothing of it; empty ones mask nothing.
 */
function maskText(text: string, secrets: Readonly<Record<string, string>>): string {
  let masked = text;
  for (const value of Object.values(secrets).toSorted((a, b) => b.length - a.length))
    if (value !== '') masked = masked.replaceAll(value, MASK);
  return masked;
}

/** The same in every string, key and value, of a plain JSON value. */
export function maskJson(value: unknown, secrets: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return maskText(value, secrets);
  if (Array.isArray(value)) return value.map((entry: unknown) => maskJson(entry, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [maskText(key, secrets), maskJson(entry, secrets)]),
  );
}
