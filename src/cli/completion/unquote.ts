/** A word as it is being typed becomes what the shell will make of it; its last quotation mark may be open. Nothing is expanded. */
export function unquote(typed: string): string {
  return typed.replaceAll(
    /'([^']*)(?:'|$)|"((?:[^"\\]|\\.)*)(?:"|$)|\\(.)/gs,
    (_whole, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
  );
}
