import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

/** `name`, `@scope/name`, either with `/plan` behind it. */
const WRITTEN = /^((?:@[\w.~-]+\/)?[\w~-][\w.~-]*)(?:\/([\w-][\w.-]*))?$/;

/** The package that an entry of `plans:` or `extends:` may mean, and the one plan of it, if it names one. */
export function readPackageName(text: string): { readonly name: string; readonly plan?: string } | undefined {
  const [, name, plan] = WRITTEN.exec(text) ?? [];
  if (name === undefined) return undefined;
  return plan === undefined ? { name } : { name, plan };
}

/**
 * The directory of an installed npm package, as Node.js finds it for a file in `from`: `node_modules` there, or in the
 * nearest directory above. Symbolic links are followed, so that a linked package finds its own dependencies.
 */
export function findPackage(name: string, from: string): string | undefined {
  const home = homes(from)
    .map((directory) => path.join(directory, name))
    .find(isDirectory);
  return home === undefined ? undefined : realpathSync(home);
}

/** The plans of a package, by name: its `plans/*.yaml`, in the order of their names. */
export function plansOfPackage(home: string): Map<string, string> {
  const directory = path.join(home, 'plans');
  return new Map(
    listed(directory)
      .filter((file) => /\.ya?ml$/.test(file))
      .toSorted()
      .map((file) => [path.basename(file, path.extname(file)), path.join(directory, file)]),
  );
}

/** The names of installed packages that bring plans; for suggestions. */
export function packagesWithPlans(from: string): string[] {
  const found = homes(from).flatMap((directory) =>
    names(directory)
      .flatMap((name) =>
        name.startsWith('@') ? names(path.join(directory, name)).map((own) => `${name}/${own}`) : [name],
      )
      .filter((name) => plansOfPackage(path.join(directory, name)).size > 0),
  );
  return [...new Set(found)];
}

/** Every `node_modules` that counts for a file in `from`, the nearest first. */
function homes(from: string): string[] {
  const found: string[] = [];
  for (let directory = from; ; directory = path.dirname(directory)) {
    const home = path.join(directory, 'node_modules');
    if (path.basename(directory) !== 'node_modules' && existsSync(home)) found.push(home);
    if (directory === path.dirname(directory)) return found;
  }
}

function names(directory: string): string[] {
  return listed(directory).filter((name) => !name.startsWith('.'));
}

/** What is in a directory; nothing, if there is none or this user may not read it: then it brings no plans here. */
function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isDirectory(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch {
    return false;
  }
}
