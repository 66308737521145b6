import Module from 'node:module';
import path from 'node:path';

/** Why an import failed: a sentence's end for a person; `hopeless`: what is not there will not be there in a second either. */
export interface ImportFault {
  readonly why: string;
  readonly hopeless: boolean;
  readonly cause: unknown;
}

const HOPELESS: readonly unknown[] = [
  'ERR_MODULE_NOT_FOUND',
  'MODULE_NOT_FOUND',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
];

/** Imports in the order of the plan, each as a file in the working directory would; stops at the first that fails. */
export async function importAll(specifiers: readonly string[]): Promise<ImportFault | undefined> {
  const place = path.resolve('preload');
  const load = importOf(place);
  for (const specifier of specifiers) {
    try {
      await load(specifier);
    } catch (cause) {
      const { name, code, message } = (
        cause instanceof Error ? cause : new Error(String(cause))
      ) as NodeJS.ErrnoException;
      const words = message.split('\n', 1)[0]?.replace(` imported from ${place}`, '');
      const hopeless = HOPELESS.includes(code) || cause instanceof SyntaxError;
      return { why: `${specifier}: ${name}: ${words}`, hopeless, cause };
    }
  }
  return undefined;
}

/** What every loader of CommonJS calls, and the only way to `import()` from elsewhere that is no experiment. */
interface Compiling {
  _compile(source: string, file: string): unknown;
}

/** `import()` as it is for this file, which need not be there. */
function importOf(file: string): (specifier: string) => Promise<unknown> {
  const place = new Module(file);
  (place as unknown as Compiling)._compile('module.exports = (specifier) => import(specifier)', file);
  return place.exports as (specifier: string) => Promise<unknown>;
}
