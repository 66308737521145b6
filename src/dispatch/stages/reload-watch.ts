import { glob, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** So long between two looks. They are few and cheap, and see what a watch would miss: other hosts, mounts, renames. */
const LOOK_MS = 500;
/** A look that takes long, in a large tree or over a slow mount, is followed by a rest of so many times that. */
const REST = 4;
/** Of a tree with more files than this, the rest is not looked at. */
const MOST_FILES = 5000;

/** Whom a watch tells, each at most once. */
export interface ReloadListener {
  /** A file was changed, made or taken away; the watch is over. */
  readonly onChange: (path: string) => void;
  /** There are more files than are looked at. */
  readonly onTooMany: (most: number) => void;
}

/** Looks whether files change, and says so once; then it is over. */
export class ReloadWatch {
  /** Resolves once it is known how the files are now: from here on, a change is seen. */
  readonly begun: Promise<void>;
  readonly #over = new AbortController();

  /** @param globs files, directories (all in them) and globs, relative to `cwd` */
  constructor(globs: readonly string[], cwd: string, listener: ReloadListener) {
    const look = (): Promise<Map<string, string>> => signatures(globs, cwd);
    const begun = this.#begin(look, listener);
    this.begun = begun.then(() => undefined);
    void begun.then((before) => this.#watch(before, look, listener));
  }

  close(): void {
    this.#over.abort();
  }

  async #begin(
    look: () => Promise<Map<string, string>>,
    { onTooMany }: ReloadListener,
  ): Promise<ReadonlyMap<string, string>> {
    const before = await look();
    if (before.size >= MOST_FILES) onTooMany(MOST_FILES);
    return before;
  }

  async #watch(
    before: ReadonlyMap<string, string>,
    look: () => Promise<ReadonlyMap<string, string>>,
    { onChange }: ReloadListener,
  ): Promise<void> {
    const { signal } = this.#over;
    let restMs = LOOK_MS;
    for (;;) {
      await delay(restMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const startedAt = performance.now();
      const changed = firstDifference(before, await look());
      if (signal.aborted) return;
      if (changed !== undefined) return onChange(changed);
      restMs = Math.max(LOOK_MS, REST * (performance.now() - startedAt));
    }
  }
}

/** By absolute path: another one when a file was made anew or changed. */
async function signatures(globs: readonly string[], cwd: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const each of globs)
    for await (const file of glob(await filesOf(each, cwd), { cwd })) {
      if (found.size >= MOST_FILES) return found;
      const absolute = path.resolve(cwd, file);
      const signature = await signatureOf(absolute);
      if (signature !== undefined) found.set(absolute, signature);
    }
  return found;
}

async function filesOf(each: string, cwd: string): Promise<string> {
  const stats = await stat(path.resolve(cwd, each)).catch(() => undefined);
  return stats?.isDirectory() === true ? path.join(each, '**') : each;
}

/** Undefined: it is no file, not there, or not for us to see. */
async function signatureOf(file: string): Promise<string | undefined> {
  const stats = await stat(file).catch(() => undefined);
  return stats?.isFile() === true ? `${stats.ino}:${stats.mtimeMs}:${stats.size}` : undefined;
}

function firstDifference(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): string | undefined {
  return [...before.keys(), ...now.keys()].find((file) => before.get(file) !== now.get(file));
}
