import { globSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';

/** So long between two looks. They are few and cheap, and see what a watch would miss: other hosts, mounts, renames. */
const LOOK_MS = 500;
/** Of a tree with more files than this, the rest is not looked at. */
const MOST_FILES = 5000;

/** Looks whether files change, and says so once; then it is over. */
export class ReloadWatch {
  readonly #timer: NodeJS.Timeout;

  /** @param globs files, directories (all in them) and globs, relative to `cwd` */
  constructor(globs: readonly string[], cwd: string, onChange: (path: string) => void) {
    const before = signatures(globs, cwd);
    this.#timer = setInterval(() => {
      const changed = firstDifference(before, signatures(globs, cwd));
      if (changed === undefined) return;
      this.close();
      onChange(changed);
    }, LOOK_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** By absolute path: another one when a file was made anew or changed. */
function signatures(globs: readonly string[], cwd: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const glob of globs)
    for (const file of filesOf(glob, cwd)) {
      if (found.size >= MOST_FILES) return found;
      const absolute = path.resolve(cwd, file);
      const stat = look(absolute);
      if (stat?.isFile() === true) found.set(absolute, `${stat.ino}:${stat.mtimeMs}:${stat.size}`);
    }
  return found;
}

function filesOf(glob: string, cwd: string): string[] {
  const isDirectory = look(path.resolve(cwd, glob))?.isDirectory() === true;
  return globSync(isDirectory ? path.join(glob, '**') : glob, { cwd });
}

function look(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    // It is not there, or not for us to see.
    return undefined;
  }
}

function firstDifference(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): string | undefined {
  return [...before.keys(), ...now.keys()].find((file) => before.get(file) !== now.get(file));
}
